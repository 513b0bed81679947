-- A run none of whose steps wants a turn any more leaves the queues that it is in, and the first of each is told, as of runs.

create index step_wait_run on step_wait (run_id);

-- The first that waits, if it was told that its turn comes later than it does.
create function wake_first_step(wanted text, due timestamptz) returns void language sql as $$
  insert into inbox (partition, run_id)
  select f.partition, f.run_id from (select r.partition, r.run_id, w.turn_at from step_wait w join run r on r.run_id = w.run_id
    where w.rate_key = wanted and r.closed_at is null order by w.since, w.run_id limit 1) f
  where f.turn_at > due
$$;

-- All queues but those of the throttles in `keep`.
create function leave_turns(run uuid, keep text[]) returns boolean language plpgsql as $$
declare
  rates text[] := array(select w.rate_key from step_wait w
    where w.run_id = run and w.rate_key not in (select 'step ' || name from unnest(keep) name));
begin
  if cardinality(rates) = 0 then
    return false;
  end if;
  perform lock_groups(array(select 'throttle ' || rate from unnest(rates) rate));
  delete from step_wait w where w.run_id = run and w.rate_key = any(rates);
  perform wake_first_step(rate, '-infinity') from unnest(rates) rate;
  return true;
end $$;

-- As in 0012; and the first of the queue is told if its turn comes earlier than it knows: somebody has left, or was late.
create or replace function admit_step(of_rate text, turns int, micros bigint, run uuid, decision text, by_writer bigint,
  of_type smallint, payload bytea, out admitted boolean, out of_position bigint, out of_at timestamptz, out next_turn timestamptz)
language plpgsql as $$
declare
  rate text := 'step ' || of_rate;
  span interval := micros * interval '1 microsecond';
  moment timestamptz;
  waits_since timestamptz;
  ahead bigint;
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
  perform lock_groups(array['throttle ' || rate]);
  moment := clock_timestamp();
  delete from step_wait w where w.rate_key = rate and w.run_id <> run and w.turn_at + interval '10 seconds' < moment;
  select coalesce((select w.since from step_wait w where w.rate_key = rate and w.run_id = run), moment) into waits_since;
  select count(*) into ahead from (select from step_wait w
    where w.rate_key = rate and (w.since, w.run_id) < (waits_since, run) limit 1000) w;
  next_turn := turn_time(rate, turns, span, ahead, moment);
  admitted := next_turn is null;
  if admitted then
    of_at := moment;  -- so that the log alone tells when the turn was
    update event e set at = moment where e.run_id = run and e.key = decision;
    insert into turn (rate_key, at, until, run_id) values (rate, moment, moment + span, run);
    delete from turn t where t.rate_key = rate and t.at <= moment - span and t.until <= moment;
    delete from step_wait w where w.rate_key = rate and w.run_id = run;
  else
    delete from event e where e.run_id = run and e.key = decision;  -- nobody has seen it
    insert into step_wait as w (rate_key, run_id, since, turn_at) values (rate, run, waits_since, next_turn)
    on conflict (rate_key, run_id) do update set turn_at = excluded.turn_at;
  end if;
  perform wake_first_step(rate, coalesce(turn_time(rate, turns, span, 0, moment), moment));
end $$;
