-- What must happen beside a row in its own transaction, whoever writes it.

-- A member lives until its lease is over, by the database's clock, or its session lock is free. A lock says nothing
-- if the server has restarted since: then all of them are free for a moment.
create view living as
  select m.* from member m
  where m.until > clock_timestamp()
    and (m.server_start <> pg_postmaster_start_time()
         or exists (select from pg_locks l
                    where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
                      and l.database = (select oid from pg_database where datname = current_database())
                      and (l.classid::bigint << 32 | l.objid::bigint) = m.lock));

create function wake_oldest(wanted text) returns void language sql as $$
  insert into inbox (partition, run_id)
  select partition, run_id from run
  where state = 0 and group_key is not null and group_key = wanted
  order by run_id limit 1
$$;

-- Runs in statements of its own, behind the close: it sees every head row committed before.
create function leave_group() returns trigger language plpgsql as $$
begin
  delete from slot where group_key = new.group_key and run_id = new.run_id;
  perform wake_oldest(new.group_key);
  return null;
end $$;
create trigger run_leaves_group after update of closed_at on run for each row
  when (new.closed_at is not null and old.closed_at is null and new.group_key is not null)
  execute function leave_group();

-- A place and the decision that takes it, both or neither. True: admitted; false: no place is free.
create function admit(wanted text, places int, run uuid, decision text, by_writer bigint, of_type smallint, payload bytea)
returns boolean language plpgsql as $$
declare
  free int;
begin
  if exists (select from event e where e.run_id = run and e.key = decision and e.writer = by_writer) then
    return true;
  end if;
  loop
    select place into free from generate_series(0, places - 1) place
    where not exists (select from slot s where s.group_key = wanted and s.k = place) order by place limit 1;
    if free is null then
      return false;
    end if;
    insert into slot (group_key, k, run_id) values (wanted, free, run) on conflict do nothing;
    exit when found;
  end loop;
  insert into event (run_id, key, writer, type, data) values (run, decision, by_writer, of_type, payload)
  on conflict do nothing;
  if not found then
    raise exception 'another decision stands under %', decision using errcode = 'CB001';
  end if;
  update run r set state = 2, group_key = wanted where r.run_id = run;
  if (select count(*) from slot s where s.group_key = wanted) < places then
    perform wake_oldest(wanted);
  end if;
  return true;
end $$;

-- The least UUIDv7 of a point in time.
create function first_uuid(at timestamptz) returns uuid language sql immutable as $$
  select rpad(lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0'), 32, '0')::uuid
$$;

-- Makes the missing day partitions from yesterday on, `days_ahead` from today. Rows of a day that stand in the default
-- partition already keep that day there. Answers with the number made.
create function make_partitions(days_ahead int) returns int language plpgsql as $$
declare
  parent text;
  day date;
  made int := 0;
begin
  perform pg_advisory_xact_lock(7216459301);
  foreach parent in array array['event', 'blob', 'delivery'] loop
    for day in select generate_series(current_date - 1, current_date + days_ahead, interval '1 day')::date loop
      continue when to_regclass(parent || to_char(day, '_YYYYMMDD')) is not null;
      begin
        execute format('create table %I partition of %I for values from (%L) to (%L)',
          parent || to_char(day, '_YYYYMMDD'), parent,
          first_uuid(day::timestamp at time zone 'UTC'), first_uuid((day + 1)::timestamp at time zone 'UTC'));
        made := made + 1;
      exception when check_violation then
        null;
      end;
    end loop;
  end loop;
  return made;
end $$;

create table event_default partition of event default;
create table blob_default partition of blob default;
create table delivery_default partition of delivery default;

-- The first 16 random bits of a UUIDv7, modulo the number of partitions: as partition_of in shared/base/ids.hpp.
create function partition_of(run uuid, partitions int) returns smallint language sql immutable as $$
  select ((((get_byte(uuid_send(run), 6) & 15) << 12) | (get_byte(uuid_send(run), 7) << 4)
    | ((get_byte(uuid_send(run), 8) >> 2) & 15)) % partitions)::smallint
$$;

-- An event's data beyond 64 KiB stands in blob; the event holds {"blob":"<SHA-256 in hex>"}, exactly 75 bytes, and
-- nothing else that has this form is stored inline.
create function whole(run uuid, stored bytea) returns bytea language sql stable as $$
  select case when octet_length(stored) = 75 and substr(stored, 1, 9) = '{"blob":"'::bytea
    then (select b.data from blob b where b.run_id = run and b.hash = decode(encode(substr(stored, 10, 64), 'escape'), 'hex'))
    else stored end
$$;
