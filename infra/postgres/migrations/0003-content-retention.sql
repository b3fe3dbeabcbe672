-- How long a namespace's content is kept, from its put; none: the default. Outlives the namespace's data key.
create table content.retention (
  namespace_id text collate "C" primary key,
  retention_ms bigint not null check (retention_ms >= 0)
);

-- Milliseconds since 1970.
alter table content.items add column put_at bigint;
-- Until now every content was kept for 30 days.
update content.items set put_at = expires_at - 2592000000;
alter table content.items alter column put_at set not null;
