-- Turns of throttles: at most so many runs of a name begin in any span of time. A run takes its turn in the transaction that
-- admits it, together with its place in a group, and waits by trying in vain, as it does for a place.

create table turn (
  rate_key text collate "C" not null,
  at timestamptz not null,     -- of the event that took it
  until timestamptz not null,  -- from then on no span has it in it
  run_id uuid not null,
  primary key (rate_key, at, run_id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

alter table run add rate_key text collate "C" check (octet_length(rate_key) <= 1100);
-- Of a run that waits (state 0) and has tried: 1, it lacks a place; 2, it lacks a turn, and was told that it comes at turn_at.
alter table run add lacks smallint, add turn_at timestamptz;
create index run_waiting_rate on run (rate_key, run_id) where state = 0 and rate_key is not null;

-- Who lacks a turn holds up nobody in the group until its time has come.
create or replace function wake_oldest(wanted text) returns void language sql as $$
  insert into inbox (partition, run_id)
  select partition, run_id from run
  where state = 0 and group_key is not null and group_key = wanted
    and (lacks is distinct from 2 or turn_at <= clock_timestamp())
  order by run_id limit 1
$$;

-- The first that waits for a turn, if it was told that it comes later than it does. Who lacks a place holds up nobody here.
create function wake_first(wanted text, due timestamptz) returns void language sql as $$
  insert into inbox (partition, run_id)
  select f.partition, f.run_id from (select partition, run_id, turn_at from run
    where state = 0 and rate_key is not null and rate_key = wanted and lacks is distinct from 1
    order by run_id limit 1) f
  where f.turn_at > due
$$;

-- When somebody behind `ahead` others has a turn; null: now. The turns to come are those of a span later, again and again.
create function turn_time(wanted text, places int, span interval, ahead bigint, moment timestamptz)
returns timestamptz language plpgsql as $$
declare
  latest timestamptz[];  -- the newest first
  taken int;
  nth bigint;
begin
  latest := array(select t.at from turn t where t.rate_key = wanted and t.at > moment - span order by t.at desc limit places);
  taken := cardinality(latest);
  nth := taken + ahead;
  if nth < places then
    return null;
  end if;
  return coalesce(latest[taken - (nth % places)::int], moment) + (nth / places) * span;
end $$;

drop function admit(text, int, uuid, text, bigint, smallint, bytea);

-- What the run needs and the decision that takes it, all or nothing. Places and turns are left to the oldest runs that wait for
-- them: whoever made a place free has woken them, and who waits for a turn has a timer. Whoever owns the run is told of it:
-- another process may have tried for it, before it lost the run or while it slept, and the owner rests.
create function admit(of_group text, places int, run uuid, decision text, by_writer bigint, of_type smallint, payload bytea,
  of_rate text, turns int, micros bigint,
  out admitted boolean, out of_position bigint, out of_at timestamptz, out next_turn timestamptz) language plpgsql as $$
declare
  wanted text := nullif(of_group, '');
  rate text := nullif(of_rate, '');
  span interval := micros * interval '1 microsecond';
  moment timestamptz;
  free int[];
  older bigint;
  has_place boolean := true;
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
  perform lock_groups(array_remove(array[wanted, 'throttle ' || rate], null));
  moment := clock_timestamp();
  if wanted is not null then
    free := array(select place from generate_series(0, places - 1) place
      where not exists (select from slot s where s.group_key = wanted and s.k = place) order by place);
    select count(*) into older from (select from run r
      where r.state = 0 and r.group_key = wanted and r.run_id < run and (r.lacks is distinct from 2 or r.turn_at <= moment)
      limit cardinality(free)) w;
    has_place := cardinality(free) > older;
  end if;
  if rate is not null then
    select count(*) into older from (select from run r
      where r.state = 0 and r.rate_key = rate and r.run_id < run and r.lacks is distinct from 1 limit 1000) w;
    next_turn := turn_time(rate, turns, span, older, moment);
  end if;
  admitted := has_place and next_turn is null;
  if not admitted then
    delete from event e where e.run_id = run and e.key = decision;  -- nobody has seen it
    if not has_place then
      if rate is not null and next_turn is null then
        update run r set lacks = 1 where r.run_id = run;
        perform wake_first(rate, moment);
      end if;
      next_turn := null;
    end if;
    update run r set state = 0, group_key = wanted, rate_key = rate, lacks = case when has_place then 2 else 1 end,
      turn_at = next_turn
    where r.run_id = run and r.closed_at is null
      and (r.state, r.group_key, r.rate_key, r.lacks, r.turn_at) is distinct from
        (0, wanted, rate, case when has_place then 2 else 1 end, next_turn);
    if has_place and wanted is not null then
      perform wake_oldest(wanted);
    end if;
    return;
  end if;
  if wanted is not null then
    insert into slot (group_key, k, run_id) values (wanted, free[1], run);
  end if;
  if rate is not null then
    of_at := moment;  -- so that the log alone tells when the turn was
    update event e set at = moment where e.run_id = run and e.key = decision;
    insert into turn (rate_key, at, until, run_id) values (rate, moment, moment + span, run);
    delete from turn t where t.rate_key = rate and t.at <= moment - span and t.until <= moment;
  end if;
  update run r set state = 2, group_key = wanted, rate_key = rate, lacks = null, turn_at = null where r.run_id = run;
  insert into inbox (partition, run_id) select r.partition, r.run_id from run r where r.run_id = run;
  if wanted is not null and cardinality(free) > 1 then
    perform wake_oldest(wanted);
  end if;
  if rate is not null then
    perform wake_first(rate, coalesce(turn_time(rate, turns, span, 0, moment), moment));
  end if;
end $$;

-- The run does not try when it is woken (it is paused, or can't be read): it waits no more until it tries again. Where the
-- decision `unless` stands it was said too late: the run has been resumed since, and may have tried. Whoever
-- owns it no longer has no say: it may have tried meanwhile, and would wait unseen.
drop function stand_aside(uuid, uuid);
create function stand_aside(run uuid, by_holder uuid, unless text) returns boolean language plpgsql as $$
declare
  its_group text;
  its_rate text;
begin
  select r.group_key, r.rate_key into its_group, its_rate from run r
  where r.run_id = run and r.closed_at is null and r.state = 0 and coalesce(r.group_key, r.rate_key) is not null for update;
  if not found or exists (select from event e where e.run_id = run and e.key = unless) or not exists (select from lease l join run r on r.partition = l.partition
                              where r.run_id = run and l.holder = by_holder) then
    return false;
  end if;
  perform lock_groups(array_remove(array[its_group, 'throttle ' || its_rate], null));
  update run r set state = 3, lacks = null, turn_at = null where r.run_id = run;
  perform wake_oldest(its_group);
  perform wake_first(its_rate, '-infinity');
  return true;
end $$;

-- A run that closes leaves its place, or the queues that it is in. Noted for hand_over(), in a setting of the transaction.
create or replace function leave_group() returns trigger language plpgsql as $$
declare
  noted jsonb := coalesce(nullif(current_setting('callboard.left_groups', true), ''), '[]')::jsonb;
begin
  if new.group_key is not null then
    delete from slot where group_key = new.group_key and run_id = new.run_id;
    noted := noted || to_jsonb(new.group_key);
  end if;
  if new.rate_key is not null and old.state = 0 then
    noted := noted || jsonb_build_object('rate', new.rate_key);
  end if;
  perform set_config('callboard.left_groups', noted::text, true);
  return null;
end $$;
drop trigger run_leaves_group on run;
create trigger run_leaves_group after update of closed_at on run for each row
  when (new.closed_at is not null and old.closed_at is null
        and (new.group_key is not null or (new.rate_key is not null and old.state = 0)))
  execute function leave_group();

-- Before the commit, once for all runs that the transaction closed.
create or replace function hand_over() returns trigger language plpgsql as $$
declare
  noted text := nullif(current_setting('callboard.left_groups', true), '');
  left_groups text[];
  left_rates text[];
begin
  if noted is null then
    return null;
  end if;
  left_groups := array(select distinct e #>> '{}' from jsonb_array_elements(noted::jsonb) e where jsonb_typeof(e) = 'string');
  left_rates := array(select distinct e ->> 'rate' from jsonb_array_elements(noted::jsonb) e where jsonb_typeof(e) = 'object');
  perform set_config('callboard.left_groups', '', true);
  perform lock_groups(left_groups || array(select 'throttle ' || rate from unnest(left_rates) rate));
  perform wake_oldest(name) from unnest(left_groups) name;
  perform wake_first(name, '-infinity') from unnest(left_rates) name;
  return null;
end $$;
drop trigger run_hands_over on run;
create constraint trigger run_hands_over after update of closed_at on run deferrable initially deferred for each row
  when (new.closed_at is not null and old.closed_at is null
        and (new.group_key is not null or (new.rate_key is not null and old.state = 0)))
  execute function hand_over();
