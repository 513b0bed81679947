-- How far each schedule has come, and the account of its ticks. No index over the log: a run's origin says that its
-- tick was made once, these rows say what was decided of each.
create table schedule (
  workflow text collate "C" not null,  -- slug
  id text collate "C" not null,        -- cron expression and zone
  serial bigint not null default 0,    -- decisions made of it
  considered timestamptz not null default clock_timestamp(),
  primary key (workflow, id)
) with (fillfactor = 80);

create table tick (
  workflow text collate "C" not null,
  id text collate "C" not null,
  at timestamptz not null,
  outcome smallint not null,  -- TickOutcome
  caught_up boolean not null,
  definition text collate "C" not null,
  count int not null,
  detail text not null,
  run_id uuid,
  decided_at timestamptz not null default clock_timestamp(),
  primary key (workflow, id, at)
);
create index tick_open on tick (workflow, id, at) where outcome < 3;
