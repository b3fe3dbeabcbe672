create schema log;

create table log.events (
  -- Contiguous from 1, given under the append lock: the one global order.
  position bigint primary key,
  stream text collate "C" not null,
  revision integer not null,
  id uuid not null,
  type text collate "C" not null,
  -- The exact JSON text that was appended; jsonb would reorder keys and rewrite numbers.
  data text not null,
  command_id text collate "C" not null,
  correlation_id text collate "C" not null,
  -- Milliseconds since 1970, the server's clock.
  recorded_at bigint not null,
  constraint events_stream_revision unique (stream, revision),
  constraint events_id unique (id)
);

create index events_correlation on log.events (correlation_id, position);

-- One batch of commits: one round trip, one transaction, one fsync. Returns a row for each commit, in order.
--   appended  revision and position of its last event
--   repeated  the same, from the first time: its first and last event are already there, as far apart
--   conflict  revision is the stream's actual one
--   foreign   the first event's id is taken by another stream
-- The lock serialises commits over all processes and is held until the commit is durable. Only so is position free of gaps, and
-- only so can a reader that has seen position n never find a lower one later.
-- At most one commit per stream: two would judge the same head.
create function log.append(
  streams text[], expected integer[], first_ids uuid[], last_ids uuid[], sizes integer[],
  event_commits integer[], event_offsets integer[], ids uuid[], types text[], datas text[], command_ids text[], correlation_ids text[]
) returns table (outcome text, revision integer, "position" bigint)
language plpgsql
-- Each lookup is a few rows by index, however stale the statistics of a young table are.
set enable_seqscan = off
set enable_nestloop = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  base bigint;
  now_ms bigint := floor(extract(epoch from clock_timestamp()) * 1000);
  head bigint;
begin
  perform pg_advisory_xact_lock(6172839402);
  base := coalesce((select e.position from log.events e order by e.position desc limit 1), 0);

  return query
  with commits as (
    select c.no, c.stream, c.expected, c.first_id, c.last_id, c.size,
      coalesce((select e.revision from log.events e where e.stream = c.stream order by e.revision desc limit 1), -1) as actual,
      (select e.position from log.events e where e.id = c.first_id) as first_position,
      (select e.position from log.events e where e.id = c.last_id) as last_position
    from unnest(streams, expected, first_ids, last_ids, sizes) with ordinality
      as c (stream, expected, first_id, last_id, size, no)
  ),
  judged as (
    select c.*, case
      when c.first_position is null and c.actual = c.expected then 'appended'
      when c.first_position is null then 'conflict'
      when (select e.stream from log.events e where e.position = c.first_position) <> c.stream then 'foreign'
      when c.last_position = c.first_position + c.size - 1 then 'repeated'
      else 'conflict' end as outcome
    from commits c
  ),
  placed as (
    select j.*, base + coalesce(sum(j.size) filter (where j.outcome = 'appended') over (order by j.no), 0) as upto
    from judged j
  ),
  written as (
    insert into log.events (position, stream, revision, id, type, data, command_id, correlation_id, recorded_at)
    select p.upto - p.size + 1 + e.event_offset, p.stream, p.expected + 1 + e.event_offset,
      e.id, e.type, e.data, e.command_id, e.correlation_id, now_ms
    from unnest(event_commits, event_offsets, ids, types, datas, command_ids, correlation_ids)
      as e (event_commit, event_offset, id, type, data, command_id, correlation_id)
    join placed p on p.no = e.event_commit
    where p.outcome = 'appended'
  )
  select p.outcome,
    case p.outcome when 'appended' then p.expected + p.size when 'repeated' then (select e.revision from log.events e where e.position = p.last_position) else p.actual end,
    case p.outcome when 'appended' then p.upto::bigint when 'repeated' then p.last_position else null end
  from placed p
  order by p.no;

  head := (select e.position from log.events e order by e.position desc limit 1);
  if head > base then
    perform pg_notify('resultity_log', head::text);
  end if;
end $$;
