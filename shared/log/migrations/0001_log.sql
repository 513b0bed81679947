-- The log: events, what came in, and the indexes over them that are written in the same transactions.

create sequence event_position;  -- for people and paging; has holes, commits out of order, is no cursor

create table event (
  run_id uuid not null,
  position bigint not null default nextval('event_position'),
  at timestamptz not null default clock_timestamp(),
  writer bigint not null,
  -- of the inserting transaction: what is below the snapshot's xmin can't be preceded by anything any more
  xid bigint not null default (pg_current_xact_id()::text::bigint),
  type smallint not null,
  key text collate "C" not null check (octet_length(key) between 1 and 200),
  data bytea compression lz4 not null,
  primary key (run_id, key)
) partition by range (run_id);
create index event_tail on event using brin (xid) with (pages_per_range = 32, autosummarize = on);

create table blob (
  run_id uuid not null,
  hash bytea not null,
  data bytea compression lz4 not null,
  primary key (run_id, hash)
) partition by range (run_id);

create table delivery (
  id uuid primary key,
  at timestamptz not null,
  source text collate "C" not null,
  external_id text not null,
  event text not null,
  matched_against text not null,
  headers bytea compression lz4 not null,
  verdicts bytea compression lz4 not null,
  body bytea compression lz4 not null
) partition by range (id);

create table origin (
  kind text collate "C" not null,
  hash bytea not null,
  maker uuid not null,       -- an id that only this very arrival made
  delivery uuid,
  at timestamptz not null,
  fingerprint bytea not null,
  runs bytea not null,       -- 16 bytes a run
  primary key (kind, hash)
);
create index origin_at on origin using brin (at);

create table workflow (
  id int generated always as identity primary key,
  slug text collate "C" not null unique,
  current int                -- the definition that the slug names
);
create table definition (
  id int generated always as identity primary key,
  workflow int not null references workflow,
  hash text collate "C" not null unique,
  name text not null,
  version text not null,
  format text not null,
  body bytea compression lz4 not null,
  at timestamptz not null default clock_timestamp()
);
alter table workflow add foreign key (current) references definition;
create index definition_by_workflow on definition (workflow, id desc);

create table run (
  run_id uuid primary key,
  created_at timestamptz not null,
  closed_at timestamptz,
  delivery uuid,
  workflow int not null,
  definition int not null,
  decisions int not null default 1,
  partition smallint not null,
  state smallint not null,   -- RunPhase; pending (0): waits for a place in its group
  group_key text collate "C" check (octet_length(group_key) <= 1024)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index run_open on run (partition, run_id) where closed_at is null;
create index run_by_workflow on run (workflow, run_id desc);
create index run_odd on run (state, run_id desc) where state not in (2, 6);
create index run_waiting_group on run (group_key, run_id) where state = 0 and group_key is not null;

create table inbox (
  partition smallint not null,
  id bigint generated always as identity,
  run_id uuid not null,
  primary key (partition, id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create table slot (
  group_key text collate "C" not null,
  k int not null,
  run_id uuid not null,
  primary key (group_key, k)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create table member (
  id uuid primary key,
  until timestamptz not null,
  server_start timestamptz not null,  -- of the server that gave the session lock
  lock bigint not null,               -- the session lock's key
  slots int not null,
  role smallint not null,
  name text not null,
  pool text not null
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create table lease (
  partition smallint primary key,
  holder uuid not null,               -- valid while that member lives
  epoch bigint not null default 1,    -- changes with the holder
  taken_at timestamptz not null default clock_timestamp()
) with (fillfactor = 20);

create table setting (name text primary key, value text not null);
