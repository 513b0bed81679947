-- The list of attempts that were given up on: type 24 is step_lost.
create index event_lost on event (run_id, key) where type = 24;

-- Whoever takes a place in a group, frees one or leaves the queue holds the group's lock until its transaction ends, and
-- looks at the group in a statement behind the lock. Two that overlap would not see each other's rows: both wake the
-- same run, or one that has just left, and another waits beside a free place.
--
-- The locks come last in every transaction, behind its events and head rows, and all at once in one order: who holds one
-- waits for nothing but a higher one, so that they never make a deadlock.
create function lock_groups(wanted text[]) returns void language plpgsql as $$
declare
  number int;
begin
  for number in select distinct hashtext(name) from unnest(wanted) name order by 1 loop
    perform pg_advisory_xact_lock(721645931, number);
  end loop;
end $$;

drop trigger run_leaves_group on run;
drop function leave_group();

-- Notes the group for hand_over(), in a setting of the transaction.
create function leave_group() returns trigger language plpgsql as $$
begin
  delete from slot where group_key = new.group_key and run_id = new.run_id;
  perform set_config('callboard.left_groups',
    (coalesce(nullif(current_setting('callboard.left_groups', true), ''), '[]')::jsonb || to_jsonb(new.group_key))::text, true);
  return null;
end $$;
create trigger run_leaves_group after update of closed_at on run for each row
  when (new.closed_at is not null and old.closed_at is null and new.group_key is not null)
  execute function leave_group();

-- Before the commit, once for all runs that the transaction closed.
create function hand_over() returns trigger language plpgsql as $$
declare
  noted text := nullif(current_setting('callboard.left_groups', true), '');
  left_groups text[];
begin
  if noted is null then
    return null;
  end if;
  left_groups := array(select distinct jsonb_array_elements_text(noted::jsonb));
  perform set_config('callboard.left_groups', '', true);
  perform lock_groups(left_groups);
  perform wake_oldest(name) from unnest(left_groups) name;
  return null;
end $$;
create constraint trigger run_hands_over after update of closed_at on run deferrable initially deferred for each row
  when (new.closed_at is not null and old.closed_at is null and new.group_key is not null)
  execute function hand_over();

-- A place and the decision that takes it, both or neither. True: admitted; false: no place is free.
create or replace function admit(wanted text, places int, run uuid, decision text, by_writer bigint, of_type smallint, payload bytea)
returns boolean language plpgsql as $$
declare
  free int;
begin
  if exists (select from event e where e.run_id = run and e.key = decision and e.writer = by_writer) then
    return true;
  end if;
  insert into event (run_id, key, writer, type, data) values (run, decision, by_writer, of_type, payload)
  on conflict do nothing;
  if not found then
    raise exception 'another decision stands under %', decision using errcode = 'CB001';
  end if;
  perform from run r where r.run_id = run for update;
  perform lock_groups(array[wanted]);
  select place into free from generate_series(0, places - 1) place
  where not exists (select from slot s where s.group_key = wanted and s.k = place) order by place limit 1;
  if free is null then
    delete from event e where e.run_id = run and e.key = decision;  -- nobody has seen it
    return false;
  end if;
  insert into slot (group_key, k, run_id) values (wanted, free, run);
  update run r set state = 2, group_key = wanted where r.run_id = run;
  if (select count(*) from slot s where s.group_key = wanted) < places then
    perform wake_oldest(wanted);
  end if;
  return true;
end $$;

-- The run waits for a place from the commit on. False: it is closed, or has one.
create function wait_for_place(run uuid, wanted text) returns boolean language plpgsql as $$
begin
  perform from run r where r.run_id = run and r.closed_at is null for update;
  if not found then
    return false;
  end if;
  perform lock_groups(array[wanted]);
  update run r set group_key = wanted, state = 0
  where r.run_id = run and not exists (select from slot s where s.group_key = wanted and s.run_id = run);
  return found;
end $$;
