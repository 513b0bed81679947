-- Events that open runs listen to: what cancels them, and what their steps wait for. A row stands from the moment that an
-- owner has put it until the run is closed, or what listens is over.
create table listener (
  source text collate "C" not null,
  key text collate "C" not null,       -- see listening_key
  partition smallint not null,
  run_id uuid not null,
  target text collate "C" not null,    -- what of the run listens
  secured boolean not null default false,  -- what came before it stood has been looked at
  primary key (source, key, partition, run_id, target)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index listener_of_run on listener (run_id);

-- Deliveries that something in the partition listened to when they came in, until the partition's owner has held them
-- against all that listens there.
create table heard (
  partition smallint not null,
  id bigint generated always as identity,
  delivery uuid not null,
  primary key (partition, id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- What an index of listeners goes by: of GitHub and Linear the event without its action, of others all of it. As
-- workflow::listening_key.
create function listening_key(source text, event text) returns text language sql immutable as $$
  select case when source in ('github', 'linear') then split_part(event, '.', 1) else event end
$$;
create index delivery_of_key on delivery (source, listening_key(source, event), id);

-- Told by events: which runs a delivery cancelled, or woke a step of.
create index event_of_delivery on event (key) where key like 'signal/event-%' or key like 'cmd/event-%';

-- The partitions in which something listens: a few looks into the index, however many runs there are.
create function listening_partitions(wanted_source text, wanted_key text) returns setof smallint language sql stable as $$
  with recursive found as (
    (select l.partition from listener l where l.source = wanted_source and l.key = wanted_key order by l.partition limit 1)
    union all
    select (select l.partition from listener l
            where l.source = wanted_source and l.key = wanted_key and l.partition > f.partition
            order by l.partition limit 1)
    from found f where f.partition is not null
  )
  select partition from found where partition is not null
$$;

-- A run that has had listeners says so in its head row, so that the close of any other pays nothing for them. Who puts one
-- holds the head row against the close.
alter table run add column listens boolean not null default false;

create function stop_listening() returns trigger language plpgsql as $$
begin
  delete from listener where run_id = new.run_id;
  return null;
end $$;
create trigger run_stops_listening after update of closed_at on run for each row
  when (new.closed_at is not null and old.closed_at is null and new.listens)
  execute function stop_listening();

create function put_listeners(runs uuid[], targets text[], sources text[], keys text[]) returns void language plpgsql as $$
begin
  perform from run r where r.run_id = any (runs) and r.closed_at is null order by r.run_id for update;
  update run r set listens = true where r.run_id = any (runs) and r.closed_at is null and not r.listens;
  insert into listener (source, key, partition, run_id, target)
  select t.source, t.key, r.partition, t.run_id, t.target
  from unnest(runs, targets, sources, keys) as t (run_id, target, source, key)
  join run r on r.run_id = t.run_id and r.closed_at is null
  order by 1, 2, 3, 4, 5
  on conflict do nothing;
end $$;

-- Every transaction that stores deliveries holds share_arrivals() from its first statement on. Who has put listeners waits
-- for those under way: whatever they store can be seen from then on, and what is stored by later ones is heard.
create function share_arrivals() returns void language sql as $$ select pg_advisory_xact_lock_shared(7216459347) $$;
create function wait_for_arrivals() returns void language sql as $$ select pg_advisory_xact_lock(7216459347) $$;
