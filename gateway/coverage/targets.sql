-- Dated targets. They outlive every rebuild of the fold, so they have a schema of their own.
-- A new version never overwrites: the old one is closed with the instant at which it was replaced.
create schema if not exists policy;

create table policy.pack (                   -- which edition of a pack was loaded, and when
  id        text        not null,
  digest    text        not null,
  loaded_at timestamptz not null default now(),
  primary key (id, digest, loaded_at)
);

create table policy.target (
  id          uuid primary key default uuidv7(),
  pack        text    not null,
  indicator   text    not null,
  division    bigint  not null,
  due         date    not null,
  value       numeric,                       -- null: the policy names no number, or nobody knows it
  below       boolean not null,              -- a share that holds for every division below, too
  baseline_on date,
  baseline    numeric,
  clause      text    not null,
  note        text,
  known_from  timestamptz not null default now(),
  known_to    timestamptz,                   -- null: the present version
  check ((baseline_on is null) = (baseline is null)),
  check (baseline_on < due),
  check (known_from < known_to)
);
create unique index target_present on policy.target (pack, indicator, division, due) where known_to is null;
