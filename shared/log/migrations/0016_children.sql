-- The run that started a run, by which its children are listed.

alter table run add column parent uuid;

update run r set parent = c.parent
from (select e.run_id, (convert_from(whole(e.run_id, e.data), 'UTF8')::json #>> '{list,0,parent,run}')::uuid as parent
      from run made join event e on e.run_id = made.run_id and e.key = 'd/0'
      where position('"parent":{"run":"'::bytea in whole(e.run_id, e.data)) > 0) c
where r.run_id = c.run_id and c.parent is not null;

create index run_of_parent on run (parent, run_id desc) where parent is not null;
