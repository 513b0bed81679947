-- Starts that are held back (debounce, batch). No index over the log: a delivery's verdict says "held" as long as its
-- event stands here, and what became of it from the transaction on that fires the group.
create table held (
  id bigint generated always as identity primary key,
  workflow text collate "C" not null,  -- slug
  source text collate "C" not null,
  key text collate "C" not null check (octet_length(key) <= 1024),
  kind smallint not null,              -- HoldKind
  events int not null default 0,       -- that came; of a debounce all but the last are replaced
  bytes bigint not null default 0,     -- of the bodies in it
  since timestamptz not null,
  due timestamptz not null,
  closed boolean not null default false,  -- nothing is added any more
  claimed_until timestamptz
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create unique index held_open on held (workflow, source, key, kind) where not closed;
create index held_due on held (due);
create index held_of_workflow on held (workflow, due);

create table held_event (
  held bigint not null,
  id bigint generated always as identity,  -- in the order in which they came
  delivery uuid not null,
  cause_depth int not null,
  untrusted boolean not null,
  needs_approval boolean not null,
  primary key (held, id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index held_event_of on held_event (delivery);

-- What a delivery says of a workflow for which its event was held. Texts are taken as they stand (json, not jsonb: it
-- could not hold every text).
create function settle_verdict(of_delivery uuid, of_workflow text, its_outcome text, its_run uuid, its_detail text)
returns void language sql as $$
  update delivery d set verdicts = convert_to('{"v":1,"list":[' || (
    select coalesce(string_agg(
      case when v ->> 'workflow' = of_workflow and v ->> 'outcome' = 'held'
        then json_strip_nulls(json_build_object('workflow', of_workflow, 'outcome', its_outcome, 'run', its_run,
                                                'detail', nullif(its_detail, '')))::text
        else v::text end, ',' order by n), '')
    from json_array_elements(convert_from(d.verdicts, 'UTF8')::json -> 'list') with ordinality as e (v, n)) || ']}', 'UTF8')
  where d.id = of_delivery
$$;

-- One event into its group, which is made where none is open. What is ripe by now, or too large with one more, is closed
-- for good. The clock is read behind the group's lock: who waited for it came later.
create function hold_event(of_delivery uuid, of_workflow text, of_source text, of_key text, of_kind smallint,
  wait interval, longest interval, size int, body_bytes bigint, depth int, is_untrusted boolean, is_to_approve boolean,
  most_keys int, most_bytes bigint) returns void language plpgsql as $$
declare
  found_group held;
  at timestamptz;
  standing bigint;
  other record;
begin
  loop
    select * into found_group from held h where h.workflow = of_workflow and h.source = of_source and h.key = of_key
      and h.kind = of_kind and not h.closed for update;
    at := clock_timestamp();
    exit when found and (found_group.events = 0
      or (found_group.due > at and (of_kind = 0 or found_group.bytes + body_bytes <= most_bytes)));
    if found then
      update held h set closed = true, due = least(h.due, at) where h.id = found_group.id;
    end if;
    select count(*) into standing from (select from held h where h.workflow = of_workflow limit 2 * most_keys) w;
    if standing >= 2 * most_keys then
      perform settle_verdict(of_delivery, of_workflow, 'error', null,
        standing || ' groups of events of this workflow are held: no more are taken');
      return;
    elsif standing >= most_keys then
      update held h set closed = true, due = at where h.id = (select o.id from held o
        where o.workflow = of_workflow and not o.closed order by o.due limit 1 for update skip locked);
    end if;
    insert into held (workflow, source, key, kind, since, due)
    values (of_workflow, of_source, of_key, of_kind, at, at + wait)
    on conflict (workflow, source, key, kind) where not closed do nothing;
  end loop;
  if of_kind = 0 then
    for other in delete from held_event e where e.held = found_group.id returning e.delivery loop
      perform settle_verdict(other.delivery, of_workflow, 'replaced', null,
        'debounce: delivery ' || of_delivery || ' came after it');
    end loop;
  end if;
  insert into held_event (held, delivery, cause_depth, untrusted, needs_approval)
  values (found_group.id, of_delivery, depth, is_untrusted, is_to_approve);
  update held h set events = h.events + 1,
    bytes = case when of_kind = 0 then body_bytes else h.bytes + body_bytes end,
    due = case when of_kind = 0 then least(at + wait, h.since + longest) when h.events + 1 >= size then at else h.due end,
    closed = of_kind = 1 and h.events + 1 >= size
  where h.id = found_group.id;
end $$;
