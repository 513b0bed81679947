-- What runs are searched by: an index over the labels in d/0, written with the run.

create table run_label (
  name text collate "C" not null check (octet_length(name) between 1 and 63),
  value text collate "C" not null check (octet_length(value) between 1 and 200),
  run_id uuid not null,
  primary key (name, value, run_id)
);
create unique index run_label_of_run on run_label (run_id, name);
