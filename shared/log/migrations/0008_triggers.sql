-- Ends of runs that start other runs (on.workflow). A row stands from the close on, in the close's own transaction,
-- until some dispatcher has made an arrival of it, whose origin is the run and the number of the closing decision.
create table listened (slug text collate "C" primary key);  -- workflows whose ends somebody has asked for

create table run_end (
  partition smallint not null,
  run_id uuid not null,
  decision int not null,
  primary key (partition, run_id, decision)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create function note_run_end() returns trigger language plpgsql as $$
begin
  insert into run_end (partition, run_id, decision)
  select new.partition, new.run_id, new.decisions - 1
  where exists (select from workflow w join listened l on l.slug = w.slug where w.id = new.workflow)
  on conflict do nothing;
  return null;
end $$;
create trigger run_ends after update of closed_at on run for each row
  when (new.closed_at is not null and old.closed_at is null)
  execute function note_run_end();
