-- The receiver's own tables. Times are ISO 8601 text in UTC, except due_at_s (seconds since 1970).

-- Every callback that was ever taken, by its trigger id: the memory that makes a redelivery harmless.
create table if not exists callback (
  trigger_id  text primary key,
  stream      text not null,
  sequence    integer not null check (sequence >= 1),
  body        blob not null,
  digest      blob not null,
  state       text not null check (state in ('waiting', 'applied', 'rejected')),
  received_at text not null
) strict;

-- Two triggers may claim one place in a stream; the later one is rejected, so only it may share the place.
create unique index if not exists callback_place on callback (stream, sequence) where state <> 'rejected';

-- Whoever asks for what waits finds it here: of the index above SQLite cannot tell that it holds all that waits.
create index if not exists callback_waiting on callback (stream, sequence) where state = 'waiting';

-- The last sequence that was applied or rejected in each stream; the next one is this plus 1.
create table if not exists stream (
  stream   text primary key,
  sequence integer not null
) strict;

-- How far the feed was read: everything up to this position is in `callback`. One row, none before the first page.
create table if not exists feed (
  singleton integer primary key check (singleton = 1),
  position  integer not null
) strict;

-- The ledger. Rows are added, never changed.
create table if not exists entry (
  id             integer primary key autoincrement,
  trigger_id     text not null unique references callback (trigger_id),
  stream         text not null,
  effect         text not null,
  supersedes     text unique references entry (trigger_id),
  service_id     text,
  charge_line_id text,
  charge_code    text not null,
  description    text not null,
  order_number   text,
  account_id     text not null,
  effective_at   text not null,
  quantity       integer not null,
  amount_minor   integer not null,
  currency       text not null,
  recorded_at    text not null
) strict;

create index if not exists entry_stream on entry (stream, id);

-- Acknowledgements, kept until the other side took them; one for each trigger and each body seen under its id.
create table if not exists acknowledgement (
  id           integer primary key autoincrement,
  message_id   text not null unique,
  trigger_id   text not null,
  digest       blob not null,
  body         blob not null,
  due_at_s     real not null,
  attempts     integer not null default 0,
  last_answer  text,
  delivered_at text,
  unique (trigger_id, digest)
) strict;

create index if not exists acknowledgement_due on acknowledgement (due_at_s) where delivered_at is null;
