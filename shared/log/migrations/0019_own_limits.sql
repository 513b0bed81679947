-- Each run of a group goes by its own limit, however many places others hold: a place is free for it while fewer runs have one
-- than its limit, whichever those are. Definitions of one group may name different limits, and so may versions of one.

-- Of a run that waits and has tried: how many places its group has for it.
alter table run add places int;
create index run_waiting_places on run (group_key, places) where state = 0 and group_key is not null;

-- The oldest for which a place is free behind those that are older. One that has not tried does so without being told; one that
-- tried before this migration did is told.
create or replace function wake_oldest(wanted text) returns void language plpgsql as $$
declare
  held bigint;
  most bigint;
begin
  select count(*) into held from slot s where s.group_key = wanted;
  select max(r.places) into most from run r where r.state = 0 and r.group_key is not null and r.group_key = wanted;
  insert into inbox (partition, run_id)
  select w.partition, w.run_id from (
    select r.partition, r.run_id, r.lacks, r.places, row_number() over (order by r.run_id) - 1 as ahead from run r
    where r.state = 0 and r.group_key is not null and r.group_key = wanted
      and (r.lacks is distinct from 2 or r.turn_at <= clock_timestamp())
    order by r.run_id limit greatest(most - held, 1)) w
  where w.places > held + w.ahead or (w.places is null and w.lacks is not null)
  order by w.run_id limit 1;
end $$;

drop function admit(text, int, uuid, text, bigint, smallint, bytea, text, int, bigint);

-- As in 0011, but for what is said above.
create function admit(of_group text, most int, run uuid, decision text, by_writer bigint, of_type smallint, payload bytea,
  of_rate text, turns int, micros bigint,
  out admitted boolean, out of_position bigint, out of_at timestamptz, out next_turn timestamptz) language plpgsql as $$
declare
  wanted text := nullif(of_group, '');
  rate text := nullif(of_rate, '');
  span interval := micros * interval '1 microsecond';
  moment timestamptz;
  held bigint := 0;
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
    select count(*) into held from slot s where s.group_key = wanted;
    select count(*) into older from (select from run r
      where r.state = 0 and r.group_key = wanted and r.run_id < run and (r.lacks is distinct from 2 or r.turn_at <= moment)
      limit greatest(most - held, 0)) w;
    has_place := most - held > older;
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
      turn_at = next_turn, places = most
    where r.run_id = run and r.closed_at is null
      and (r.state, r.group_key, r.rate_key, r.lacks, r.turn_at, r.places) is distinct from
        (0, wanted, rate, case when has_place then 2 else 1 end, next_turn, most);
    if has_place and wanted is not null then
      perform wake_oldest(wanted);
    end if;
    return;
  end if;
  if wanted is not null then
    insert into slot (group_key, k, run_id) select wanted, min(place), run from generate_series(0, held) place
    where not exists (select from slot s where s.group_key = wanted and s.k = place);
  end if;
  if rate is not null then
    of_at := moment;  -- so that the log alone tells when the turn was
    update event e set at = moment where e.run_id = run and e.key = decision;
    insert into turn (rate_key, at, until, run_id) values (rate, moment, moment + span, run);
    delete from turn t where t.rate_key = rate and t.at <= moment - span and t.until <= moment;
  end if;
  update run r set state = 2, group_key = wanted, rate_key = rate, lacks = null, turn_at = null, places = null
  where r.run_id = run;
  insert into inbox (partition, run_id) select r.partition, r.run_id from run r where r.run_id = run;
  if wanted is not null then
    perform wake_oldest(wanted);
  end if;
  if rate is not null then
    perform wake_first(rate, coalesce(turn_time(rate, turns, span, 0, moment), moment));
  end if;
end $$;
