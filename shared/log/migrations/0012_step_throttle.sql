-- Turns of throttles that steps have. They stand beside those of runs, under names of their own ('step …'). An attempt takes its
-- turn in the transaction of the row that says so, and a run waits for its steps by trying in vain.

create table step_wait (
  rate_key text collate "C" not null,
  run_id uuid not null,
  since timestamptz not null,    -- the order of the queue: a run that had a turn queues anew, so that runs take turn about
  turn_at timestamptz not null,  -- that it was told
  primary key (rate_key, run_id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index step_wait_order on step_wait (rate_key, since, run_id);

-- A run that does not come to its turn (it is paused, cancelled, closed, nobody owns it) is behind all others ten seconds later
-- (limits::kTurnGrace): nothing has to be cleaned up when a run stops waiting, whatever the reason.
create function admit_step(of_rate text, turns int, micros bigint, run uuid, decision text, by_writer bigint, of_type smallint,
  payload bytea, out admitted boolean, out of_position bigint, out of_at timestamptz, out next_turn timestamptz)
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
  if not admitted then
    delete from event e where e.run_id = run and e.key = decision;  -- nobody has seen it
    insert into step_wait as w (rate_key, run_id, since, turn_at) values (rate, run, waits_since, next_turn)
    on conflict (rate_key, run_id) do update set turn_at = excluded.turn_at;
    return;
  end if;
  of_at := moment;  -- so that the log alone tells when the turn was
  update event e set at = moment where e.run_id = run and e.key = decision;
  insert into turn (rate_key, at, until, run_id) values (rate, moment, moment + span, run);
  delete from turn t where t.rate_key = rate and t.at <= moment - span and t.until <= moment;
  delete from step_wait w where w.rate_key = rate and w.run_id = run;
end $$;
