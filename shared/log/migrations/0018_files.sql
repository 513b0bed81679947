-- The file of a watched folder that made the current definition current, by its whole path; null: a person did.

alter table workflow add column file text collate "C";
create index workflow_by_file on workflow (file) where file is not null;
