-- Places in groups go to the run that has waited longest, and a run waits by trying: what it finds and that it waits are
-- one transaction under the group's lock.

create index run_of_group on run (group_key, run_id desc) where closed_at is null and group_key is not null;

drop function wait_for_place(uuid, text);
drop function admit(text, int, uuid, text, bigint, smallint, bytea);

-- A place and the decision that takes it, both or neither. It is left to the oldest runs that wait: whoever made it free has
-- woken them. Whoever owns the run is told of it: another process may have tried for it, before it lost the run or while it
-- slept, and the owner rests.
create function admit(wanted text, places int, run uuid, decision text, by_writer bigint, of_type smallint, payload bytea,
  out admitted boolean, out of_position bigint, out of_at timestamptz) language plpgsql as $$
declare
  free int[];
  older bigint;
begin
  select true, e.position, e.at into admitted, of_position, of_at from event e
  where e.run_id = run and e.key = decision and e.writer = by_writer;
  if found then
    return;
  end if;
  insert into event (run_id, key, writer, type, data) values (run, decision, by_writer, of_type, payload)
  on conflict do nothing returning position, at into of_position, of_at;
  if not found then
    raise exception 'another decision stands under %', decision using errcode = 'CB001';
  end if;
  perform from run r where r.run_id = run for update;
  perform lock_groups(array[wanted]);
  free := array(select place from generate_series(0, places - 1) place
    where not exists (select from slot s where s.group_key = wanted and s.k = place) order by place);
  select count(*) into older from (select from run r
    where r.state = 0 and r.group_key = wanted and r.run_id < run limit cardinality(free)) w;
  admitted := cardinality(free) > older;
  if not admitted then
    delete from event e where e.run_id = run and e.key = decision;  -- nobody has seen it
    update run r set state = 0, group_key = wanted
    where r.run_id = run and r.closed_at is null and (r.state <> 0 or r.group_key is distinct from wanted);
    return;
  end if;
  insert into slot (group_key, k, run_id) values (wanted, free[1], run);
  update run r set state = 2, group_key = wanted where r.run_id = run;
  insert into inbox (partition, run_id) select r.partition, r.run_id from run r where r.run_id = run;
  if cardinality(free) > 1 then
    perform wake_oldest(wanted);
  end if;
end $$;

-- The run does not try when it is woken (it is paused, or can't be read): it waits no more until it tries again. Whoever
-- owns it no longer has no say: it may have tried meanwhile, and would wait unseen.
create function stand_aside(run uuid, by_holder uuid) returns boolean language plpgsql as $$
declare
  its_group text;
begin
  select r.group_key into its_group from run r
  where r.run_id = run and r.closed_at is null and r.state = 0 and r.group_key is not null for update;
  if not found or not exists (select from lease l join run r on r.partition = l.partition
                              where r.run_id = run and l.holder = by_holder) then
    return false;
  end if;
  perform lock_groups(array[its_group]);
  update run r set state = 3 where r.run_id = run;
  perform wake_oldest(its_group);
  return true;
end $$;
