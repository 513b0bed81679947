-- Pauses that stand over every run of a scope. No index over the log: the runs' own logs say what came of them.
create table pause (
  scope text collate "C" not null check (scope in ('workflow', 'source', 'all')),
  name text collate "C" not null check ((name = '') = (scope = 'all')),
  at timestamptz not null default clock_timestamp(),
  actor text not null,
  reason text not null,
  primary key (scope, name)
);
