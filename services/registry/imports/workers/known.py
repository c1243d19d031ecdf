"""What the register knows of those whom a roster of workers names: one question per table, however many rows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.contracts.registry import Level
from services.kernel.crypto import Blind
from services.registry.imports.workers.rows import Worker

# Under any index key there is: during a rotation some are not found under the newest yet. Row by row (`offset 0`), for
# of tables that an import is just filling PostgreSQL knows too little to choose a join: it read all for each. Whoever
# has become another one is that one.
PEOPLE = """
select i.key_id, i.blind, known.* from person_index i cross join lateral (
  select coalesce(q.merged_into, q.id) as id from person q where q.id = i.person_id offset 0) kept cross join lateral (
  select p.id, p.canonical, p.phone_index, p.phone_masked, p.education, p.major, p.direct_service, p.employer_id,
    (select o.name from organization o where o.id = p.employer_id) as employer, p.division,
    array(select f.canonical from person_former_name f where f.person_id = p.id) as former
  from person p where p.id = kept.id offset 0) known
where i.blind = any($1)"""
ALIKE = """
select p.born_index, p.canonical, p.id, p.name, p.id_masked, p.division from person p
where p.born_index <> '' and p.born_index = any($1) and p.canonical = any($2) and p.merged_into is null
  and p.id_number <> ''"""
CERTIFICATES = """
select c.id, c.person_id, c.level, c.management_number, c.approved_on, c.ended_on,
  (select p.division from person p where p.id = c.person_id) as division
from certificate c where c.person_id = any($1) or c.management_number = any($2)"""
REGISTRATIONS = """
select id, certificate_id, start_on, end_on, ended_as is not null from registration where person_id = any($1)"""
POINTS = "select id, number, name, division, opened_on, closed_on from service_point where number = any($1)"
ASSIGNMENTS = """
select a.id, a.person_id, a.service_point_id, a.started_on, a.ended_on from assignment a where a.person_id = any($1)"""


class KnownPerson(NamedTuple):
    id: UUID
    canonical: str
    phone_blind: bytes | None
    phone_masked: str | None
    education: str | None
    major: str | None
    direct_service: bool | None
    employer_id: UUID | None
    employer: str | None
    division: str
    former: Sequence[str]


class KnownAlike(NamedTuple):
    """Of the name and the birth date of a row."""

    id: UUID
    name: str
    id_masked: str
    division: str


class KnownCertificate(NamedTuple):
    id: UUID
    person_id: UUID
    level: Level
    management_number: str
    approved_on: date
    ended_on: date | None
    division: str  # where the holder counts


class KnownRegistration(NamedTuple):
    id: UUID
    certificate_id: UUID
    start: date
    end: date
    ended_early: bool


class KnownPoint(NamedTuple):
    id: UUID
    number: str
    name: str
    division: str
    opened_on: date
    closed_on: date | None


class KnownAssignment(NamedTuple):
    id: UUID
    person_id: UUID
    point_id: UUID
    started_on: date
    ended_on: date | None


@dataclass(frozen=True)
class Known:
    people: dict[Blind, KnownPerson]
    certificates: dict[UUID, list[KnownCertificate]]  # by person
    holders: dict[str, dict[UUID, str]]  # by management number: whose it is, and where they count
    registrations: dict[UUID, list[KnownRegistration]]  # by certificate
    points: dict[str, KnownPoint]
    assignments: dict[UUID, list[KnownAssignment]]  # by person
    alike: dict[tuple[bytes, str], list[KnownAlike]]  # by birth date and name

    def person(self, blinds: Sequence[Blind]) -> KnownPerson | None:
        return next((self.people[blind] for blind in blinds if blind in self.people), None)


async def load_known(db: asyncpg.Connection, workers: Sequence[Worker]) -> Known:
    rows = await db.fetch(PEOPLE, [blind.mac for w in workers for blind in w.id_blinds])
    people = {Blind(r[0], r[1]): KnownPerson(*tuple(r)[2:]) for r in rows}
    ids = list({p.id for p in people.values()})
    held = await db.fetch(CERTIFICATES, ids, [w.management_number for w in workers])
    certificates = [KnownCertificate(r[0], r[1], Level(r[2]), *r[3:]) for r in map(tuple, held)]
    holders: dict[str, dict[UUID, str]] = defaultdict(dict)
    by_person: dict[UUID, list[KnownCertificate]] = defaultdict(list)
    for c in certificates:
        holders[c.management_number][c.person_id] = c.division
        by_person[c.person_id].append(c)
    by_certificate: dict[UUID, list[KnownRegistration]] = defaultdict(list)
    for r in await db.fetch(REGISTRATIONS, ids):
        by_certificate[r["certificate_id"]].append(KnownRegistration(*r))
    points = [KnownPoint(*r) for r in await db.fetch(POINTS, list({w.point_number for w in workers if w.point_number}))]
    assigned: dict[UUID, list[KnownAssignment]] = defaultdict(list)
    for a in await db.fetch(ASSIGNMENTS, ids):
        assigned[a["person_id"]].append(KnownAssignment(*a))
    alike: dict[tuple[bytes, str], list[KnownAlike]] = defaultdict(list)
    for r in await db.fetch(ALIKE, [w.born_blind for w in workers], [w.canonical for w in workers]):
        alike[bytes(r["born_index"]), r["canonical"]].append(KnownAlike(*tuple(r)[2:]))
    return Known(people, by_person, holders, by_certificate, {p.number: p for p in points}, assigned, alike)
