-- The fold. A fact is what a service said; a curve is what a division gains from all its facts.
-- Every object lives in the schema named by search_path, so that a rebuild can grow beside the live one.
-- Maps: 1 as the divisions lay on the day, 2 as they lie on the latest map known, 0 the same on both.

create table division (                     -- our copy of what the registry says of each division
  code       bigint  primary key,           -- twelve digits, read as a number
  name       text    not null,
  tier       text    not null,
  kind       text    not null,
  counts     boolean not null,
  valid_from date    not null default '-infinity',
  valid_to   date    not null default 'infinity',
  successor  bigint,                        -- stands for it from valid_to on
  check (valid_from <= valid_to)
);
create index division_successor on division (successor) where successor is not null;

create table placement (                    -- where a division lay, from a day on until the next row
  division bigint not null,
  start    date   not null,
  parent   bigint,
  zone     bigint,                          -- the functional zone that manages it beside its parent (COV-09)
  primary key (division, start)
);
create index placement_parent on placement (parent);
create index placement_zone on placement (zone) where zone is not null;

create table fact (                         -- latest word of each subject; 'cover:…' subjects are our own
  subject  text collate "C" not null,       -- '<service>/<subject>': two services may speak of one person
  division bigint   not null,
  metric   smallint not null,
  map      smallint not null default 0,
  flow     boolean  not null default false, -- happened on `start`: stays where its division lay on that day
  start    date     not null check (isfinite(start)),
  stop     date     not null default 'infinity',
  amount   bigint   not null,               -- in units of 1/10 000: exact, 8 bytes
  check (start < stop)
);
create index fact_subject on fact (subject);
create index fact_where on fact (metric, division, start, stop) include (amount, map, flow);

create table place (                        -- only divisions that do not simply follow their code
  division bigint   not null,
  map      smallint not null check (map in (1, 2)),
  start    date     not null,
  stop     date     not null,
  unit     bigint   not null,               -- itself, or the division that took it over
  above    bigint[] not null,               -- the curves its facts go to
  primary key (division, map, start)
);
create index place_unit on place (unit);
create index place_above on place using gin (above);

create table curve (                        -- period 20262: the movement within 2026 Q2; 0: the opening of each quarter
  division bigint   not null,
  period   smallint not null,
  metric   smallint not null,
  map      smallint not null,
  days     date[]   not null,               -- ascending
  levels   bigint[] not null,               -- running sum from that day on
  primary key (division, period, metric, map)
) with (fillfactor = 90);
-- Never out of line, never compressed: a read is two index rows.
alter table curve alter days set storage plain, alter levels set storage plain;

create view located as                      -- each fact, on each map, cut where its division changed hands
select f.subject, f.division, f.metric, f.amount, coalesce(p.unit, f.division) as unit,
       greatest(f.map, coalesce(p.map, 0))::smallint as map,
       case when f.flow then f.start else greatest(f.start, p.start) end as start,
       case when f.flow then f.stop else least(f.stop, p.stop) end as stop,
       p.above                              -- null: as its code says
from fact f left join place p on p.division = f.division and f.map in (0, p.map)
where p.division is null
   or (p.start <= f.start and f.start < p.stop)
   or (not f.flow and f.start < p.start and p.start < f.stop);

create table defined (signature text not null);  -- how coverage was defined when the covers were said
