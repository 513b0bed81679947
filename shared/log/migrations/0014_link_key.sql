-- What links to approvals are signed with (244 random bits). Whoever deletes and sets it anew makes all links void:
-- update setting set value = replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '') where name = 'link_key';
-- dispatchers read it when they start.
insert into setting (name, value)
values ('link_key', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''))
on conflict do nothing;
