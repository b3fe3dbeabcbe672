create schema content;

-- A namespace's data key, wrapped by the root key. Deleting the row makes all of the namespace's content unreadable for ever.
create table content.data_keys (
  namespace_id text collate "C" primary key,
  key_id uuid not null unique,
  wrapped bytea not null,
  created_at timestamptz not null default now()
);

create table content.items (
  namespace_id text collate "C" not null,
  job_id text collate "C" not null,
  field text collate "C" not null,
  key_id uuid not null,
  -- nonce, ciphertext, tag
  sealed bytea not null,
  -- Milliseconds since 1970.
  expires_at bigint not null,
  primary key (namespace_id, job_id, field)
);

create index items_expiry on content.items (expires_at);
