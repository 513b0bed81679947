-- Stored folds: a cache beside the log, dropped by whoever doubts it. At most two of a run: a whole one, and one that
-- holds what has changed since.
create table fold (
  run_id uuid not null,
  whole boolean not null generated always as (base = '') stored,
  checkpoint text collate "C" not null,
  base text collate "C" not null,        -- the checkpoint of the whole one that it rests on, or empty
  definition text collate "C" not null,  -- hash
  position bigint not null,              -- of the checkpoint's event: none behind it is in the fold
  events int not null,
  seen pg_snapshot not null,             -- of the read that it was made of
  since bigint not null,                 -- no event that it lacks is of an earlier transaction
  home text collate "C" not null,        -- fold_home() of the database in which those transactions are
  at timestamptz not null default clock_timestamp(),
  data bytea compression lz4 not null,
  primary key (run_id, whole)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- Transactions' numbers mean something in one database of one cluster only: not after a dump and a restore.
create function fold_home() returns text language sql stable as $$
  select (select system_identifier from pg_control_system()) || '/'
    || (select oid from pg_database where datname = current_database())
$$;
