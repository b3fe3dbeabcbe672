create schema webhooks;

-- Where a webhook's messages go, sealed under the root key: an address may open doors. The log knows its host and version alone.
create table webhooks.urls (
  webhook_id text collate "C" not null,
  version integer not null,
  -- nonce, ciphertext, tag
  sealed bytea not null,
  primary key (webhook_id, version)
);

-- Up to where in the log messages have been made of what happened.
create table webhooks.progress (
  one boolean primary key default true check (one),
  position bigint not null
);

-- One row for each message to each webhook, from when it is due until its record is old. Times in milliseconds since 1970.
create table webhooks.deliveries (
  delivery_id text collate "C" primary key,
  webhook_id text collate "C" not null,
  namespace_id text collate "C" not null,
  type text not null,
  job_id text collate "C",
  -- Without content, and without anything that opens doors.
  data jsonb not null,
  happened_at bigint not null,
  made_at bigint not null,
  state text not null check (state in ('pending', 'delivered', 'failed')),
  attempts integer not null default 0,
  -- Attempts since it was asked for last.
  tries integer not null default 0,
  -- Of what it was asked for last: made, or replayed.
  asked_at bigint not null,
  next_at bigint not null,
  -- Somebody is sending it; whoever that is has died when this has passed.
  claimed_until bigint not null default 0,
  ended_at bigint
);

create index deliveries_due on webhooks.deliveries (next_at) where state = 'pending';
create index deliveries_of on webhooks.deliveries (webhook_id, made_at desc, delivery_id);
create index deliveries_old on webhooks.deliveries (made_at);

create table webhooks.attempts (
  delivery_id text collate "C" not null references webhooks.deliveries on delete cascade,
  attempt integer not null,
  at bigint not null,
  duration_ms integer not null,
  -- Of HTTP; null when there was no answer.
  status integer,
  -- What went wrong, in our words; null when nothing did.
  problem text,
  primary key (delivery_id, attempt)
);

-- Webhooks whose last attempt failed, and since when none succeeded.
create table webhooks.failing (
  webhook_id text collate "C" primary key,
  since bigint not null
);
