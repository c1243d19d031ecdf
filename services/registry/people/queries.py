"""Every question put to the tables of people, certificates and registrations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from uuid import UUID

import asyncpg

from services.contracts.divisions import CodeRange
from services.contracts.facts import Period
from services.contracts.registry import AssignmentRef, CertificateOut, Level, PersonOut, RegistrationOut
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.errors import Gone, Unprocessable
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.registry.people.rules import (
    DIGITS,
    RANK,
    RENEWAL_MONTHS,
    canonical,
    is_usual_management_number,
    management_number,
    senior_ground,
)

Within = Sequence[Sequence[CodeRange]]


class Sort(StrEnum):
    """Each is served by an index; ids grow with time."""

    DIVISION = "division"
    DIVISION_BACK = "-division"
    NEWEST = "newest"


# `$1` is the day asked for, in every statement on people. A page is chosen before anything is looked up for its people.
ACTIVE = "c.approved_on <= $1 and (c.ended_on is null or $1 < c.ended_on)"
RANKED = ", ".join(f"'{level.value}'" for level in sorted(RANK, key=RANK.__getitem__, reverse=True))
# A character of the name is to be put right, and nobody has confirmed the name as it is.
INCOMPLETE = "(p.name_rare and p.name_confirmed is distinct from p.name and p.id_number <> '')"
SELECT = f"""
select p.id, p.name, p.id_type, p.id_masked as id_number, p.phone_masked as phone, best.level, reg.registered_until,
  p.employer_id, o.name as employer_name, p.division, d.name as division_name, p.education, p.major, p.related_major,
  p.direct_service, p.version, p.merged_into, {INCOMPLETE} as name_incomplete,
  (select count(*) from possible_duplicate x where x.state = 'open' and p.id in (x.low_id, x.high_id))
    as possible_duplicates,
  work.id as work_id, work.service_point_id, work.service_point_name, work.started_on,
  work.division as work_division{{keys}}
from (select p.* from person p {{rows}}) p
join division d on d.code = p.division left join organization o on o.id = p.employer_id
left join lateral (
  select c.level from certificate c where c.person_id = p.id and {ACTIVE}
  order by array_position(array[{RANKED}], c.level::text) limit 1) best on true
left join lateral (
  select max(r.end_on) as registered_until from registration r
  where r.person_id = p.id and r.start_on <= $1 and $1 < r.end_on) reg on true
left join lateral (
  select a.id, a.service_point_id, s.name as service_point_name, a.started_on, s.division
  from assignment a join service_point s on s.id = a.service_point_id
  where a.person_id = p.id and a.started_on <= $1 and (a.ended_on is null or $1 < a.ended_on)
  order by a.started_on desc, a.id limit 1) work on true
{{order}}"""
IN_ORDER: listing.Key = [("p.division", str), ("p.id", UUID)]
ORDERS: dict[Sort, listing.Order] = {
    Sort.DIVISION: (IN_ORDER, False),
    Sort.DIVISION_BACK: (IN_ORDER, True),
    Sort.NEWEST: (IN_ORDER[1:], True),
}
REGISTERED = "select from registration r where r.person_id = p.id and r.start_on <= $1 and $1 < r.end_on"
OF_LEVEL = f"exists (select from certificate c where c.person_id = p.id and {ACTIVE} and c.level = any({{}}))"
HIGHEST = f"{OF_LEVEL} and not {OF_LEVEL}"  # one of this level, none of a higher one


@dataclass(frozen=True)
class Sought:
    """What a list of people is narrowed to."""

    q: str | None = None
    level: Level | None = None
    registered: bool | None = None
    ids: Sequence[UUID] | None = None
    incomplete: bool = False
    sort: Sort = Sort.DIVISION


class SearchTooShort(Unprocessable):
    english = "Search for at least two characters."


class PersonMerged(Gone):
    english = "This record was found to be another person's, and has become that one."


def merged(into: UUID) -> PersonMerged:
    detail = "这条记录与另一条是同一人，已合并。请改用合并后的记录。"
    return PersonMerged(detail, params={"merged_into": str(into)})


MAY = ("assign", "certify", "pass", "name", "former-names")


def made(row: asyncpg.Record, *, actor: Actor) -> PersonOut:
    """Where somebody works is told within the asker's area only, as the point itself is."""
    work = None
    if row["work_id"] is not None and actor.reaches("registry:read", row["work_division"]):
        work = AssignmentRef(id=row["work_id"], **{k: row[k] for k in AssignmentRef.model_fields if k != "id"})
    may = [*MAY] if actor.reaches("registry:write", row["division"]) else []
    return PersonOut.model_validate({**row, "assignment": work, "may": may})


def on_day(on: date) -> Conditions:
    conditions = Conditions()
    conditions.value(on)
    return conditions


# By the pairs of characters in a name, of now or of before, each from its own index. Planned for what is asked: a plan
# for any name takes it for frequent, and walks through a whole city in order (docs/adr/0006).
NAMED = """(p.pairs @> name_pairs({}::text) and position({}::text in p.canonical) > 0 or p.id = any(array(
  select f.person_id from person_former_name f
  where f.pairs @> name_pairs({}::text) and position({}::text in f.canonical) > 0)))"""


def named(conditions: Conditions, q: str) -> None:
    """Any form of the name that is read alike, or of a former one, anywhere in it, literally (N02, N12)."""
    form = canonical(q)
    if len(form) < 2:
        raise SearchTooShort("请至少输入姓名中的两个字再查询。")
    conditions.add(NAMED, form, form, form, form)


def numbered(conditions: Conditions, q: str) -> None:
    """Whoever holds the certificate with this management number, which is opaque: the whole of it (CERT-06)."""
    conditions.add("p.id in (select person_id from certificate where management_number = {})", management_number(q))


def sought_by(q: str) -> Callable[[Conditions, str], None]:
    """No name is as long as a management number and has a digit in it."""
    number = management_number(q) if q.strip() else ""
    is_number = is_usual_management_number(number) and any(c in DIGITS for c in number)
    return numbered if is_number else named


AS_ASKED = "set local plan_cache_mode = force_custom_plan"
COUNT = "select count(*) from person p where $1::date is not null and {}"


def chosen(sought: Sought, within: Within, on: date) -> Conditions:
    conditions = on_day(on)
    for ranges in within:
        conditions.within("p.division", ranges)
    if sought.q is not None:
        sought_by(sought.q)(conditions, sought.q)
    if sought.level is not None:
        conditions.add(
            HIGHEST, [sought.level.value], [level.value for level in Level if RANK[level] > RANK[sought.level]]
        )
    if sought.registered is not None:
        conditions.add(f"exists ({REGISTERED}) = {{}}", sought.registered)
    if sought.ids is not None:
        conditions.add("p.id = any({})", sought.ids)
    else:
        conditions.parts.append("p.merged_into is null")
    if sought.incomplete:
        conditions.parts.append(INCOMPLETE)
    return conditions


async def count_people(db: asyncpg.Connection, sought: Sought, *, within: Within, on: date) -> int:
    conditions = chosen(sought, within, on)
    return int(await db.fetchval(COUNT.format(conditions.sql()), *conditions.parameters))


async def people(
    db: asyncpg.Connection, actor: Actor, sought: Sought, *, within: Within, on: date, limit: int, cursor: str | None
) -> Page[PersonOut]:
    conditions = chosen(sought, within, on)
    if sought.q is not None:
        await db.execute(AS_ASKED)
    key, descending = ORDERS[sought.sort]
    return await listing.page(
        db, SELECT, conditions, key=key, descending=descending, cursor=cursor, limit=limit,
        made=partial(made, actor=actor),
    )  # fmt: skip


async def person(
    db: asyncpg.Connection, actor: Actor, id: UUID, *, on: date, permission: str = "registry:read"
) -> PersonOut:
    """Whoever has become another one is not there any more; the refusal leads on."""
    conditions = on_day(on)
    conditions.add("p.id = {}", id)
    conditions.within("p.division", actor.ranges(permission))
    found = await listing.one(db, SELECT, conditions, made=partial(made, actor=actor))
    if found.merged_into is not None:
        raise merged(found.merged_into)
    return found


# ── certificates and registrations: in the order of their people, so that a small area costs little ─────────────────
# Of a senior certificate also the passes of the senior exam: for good, once the review was passed (CERT-04).
CERTIFICATES = """
select c.id, c.person_id, p.name as person_name, c.level, c.management_number, c.approved_on, c.ended_on,
  c.certificate_number, c.exam_year, c.issued_on, c.issuing_province, c.scan_sha256, c.checked_by, c.checked,
  c.checked_on, c.version, p.division, array(
    select daterange(x.passed_on, case when x.review = 'passed' then null else x.valid_until end)
    from senior_exam_pass x where c.level = 'senior' and x.person_id = c.person_id) as passes{keys}
from certificate c join person p on p.id = c.person_id {rows}"""
CERTIFICATES_IN_ORDER: listing.Key = [("p.division", str), ("p.id", UUID), ("c.id", UUID)]
# The level is looked up for the page alone: in a join the certificate's policy would be asked of every row.
REGISTRATIONS = """
select r.id, r.person_id, p.name as person_name, r.certificate_id,
  (select c.level from certificate c where c.id = r.certificate_id) as level, r.start_on as start, r.end_on as end,
  p.division{keys}
from registration r join person p on p.id = r.person_id {rows}"""
REGISTRATIONS_IN_ORDER: listing.Key = [("p.division", str), ("p.id", UUID), ("r.id", UUID)]
# In the window before its end in which a renewal is accepted (REG-05), and nothing of the person's lasts longer.
RENEWABLE = """
r.start_on <= {} and {} < r.end_on and r.ended_as is null and (r.end_on - 1) - make_interval(months => {}) <= {}::date
and not exists (select from registration n where n.person_id = r.person_id and n.end_on > r.end_on)"""


class RegistrationSort(StrEnum):
    DIVISION = "division"
    ENDING = "ending"
    ENDING_BACK = "-ending"


# For a city the rows are taken by their end, for a street by their people: planned for the area that is asked for.
BY_END: listing.Key = [("r.end_on", date.fromisoformat), ("r.id", UUID)]
REGISTRATION_ORDERS: dict[RegistrationSort, listing.Order] = {
    RegistrationSort.DIVISION: (REGISTRATIONS_IN_ORDER, False),
    RegistrationSort.ENDING: (BY_END, False),
    RegistrationSort.ENDING_BACK: (BY_END, True),
}


def certificate_made(row: asyncpg.Record, *, actor: Actor) -> CertificateOut:
    may = ["complete"] if actor.reaches("registry:write", row["division"]) else []
    passes = [Period(passed.lower, passed.upper) for passed in row["passes"]]
    ground = senior_ground(Level(row["level"]), row["approved_on"], passes)
    return CertificateOut.model_validate({**row, "senior_ground": ground, "may": may})


def registration_made(row: asyncpg.Record) -> RegistrationOut:
    return RegistrationOut.model_validate(dict(row))


async def certificates(
    db: asyncpg.Connection,
    actor: Actor,
    *,
    within: Within,
    person_id: UUID | None,
    level: Level | None,
    on: date | None,
    limit: int,
    cursor: str | None,
) -> Page[CertificateOut]:
    conditions = of_person(within, person_id)
    if level is not None:
        conditions.add("c.level = {}", level.value)
    if on is not None:
        conditions.add("c.approved_on <= {} and (c.ended_on is null or {} < c.ended_on)", on, on)
    return await listing.page(
        db, CERTIFICATES, conditions, key=CERTIFICATES_IN_ORDER, cursor=cursor, limit=limit,
        made=partial(certificate_made, actor=actor),
    )  # fmt: skip


async def registrations(
    db: asyncpg.Connection,
    *,
    within: Within,
    person_id: UUID | None,
    on: date | None,
    renewable_on: date | None,
    sort: RegistrationSort,
    limit: int,
    cursor: str | None,
) -> Page[RegistrationOut]:
    conditions = of_person(within, person_id)
    if on is not None:
        conditions.add("r.start_on <= {} and {} < r.end_on", on, on)
    if renewable_on is not None:
        conditions.add(RENEWABLE, renewable_on, renewable_on, RENEWAL_MONTHS, renewable_on)
    key, descending = REGISTRATION_ORDERS[sort]
    if sort is not RegistrationSort.DIVISION:
        await db.execute(AS_ASKED)
    return await listing.page(
        db, REGISTRATIONS, conditions, key=key, descending=descending, cursor=cursor, limit=limit,
        made=registration_made,
    )  # fmt: skip


def of_person(within: Within, person_id: UUID | None) -> Conditions:
    conditions = Conditions()
    for ranges in within:
        conditions.within("p.division", ranges)
    if person_id is not None:
        conditions.add("p.id = {}", person_id)
    return conditions


async def certificate(
    db: asyncpg.Connection, actor: Actor, id: UUID, permission: str = "registry:read"
) -> CertificateOut:
    conditions = of_person([actor.ranges(permission)], None)
    conditions.add("c.id = {}", id)
    return await listing.one(db, CERTIFICATES, conditions, made=partial(certificate_made, actor=actor))


async def registration(db: asyncpg.Connection, actor: Actor, id: UUID) -> RegistrationOut:
    conditions = of_person([actor.ranges("registry:read")], None)
    conditions.add("r.id = {}", id)
    return await listing.one(db, REGISTRATIONS, conditions, made=registration_made)
