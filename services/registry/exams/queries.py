"""Every question put to the tables of exam results and of passes of the senior exam."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from uuid import UUID

import asyncpg

from services.contracts.divisions import CodeRange
from services.contracts.exams import (
    ExamPassOut,
    ExamResultOut,
    ExamVerdict,
    Paper,
    PassRate,
    PassState,
    RateBy,
    Review,
    UnitType,
)
from services.contracts.registry import Level
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.errors import Unprocessable
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.registry.exams.rules import notice_until, pass_state

Within = Sequence[Sequence[CodeRange]]
MOST = 2000  # cells of pass rates in one answer
RESULTS = """
select r.id, r.exam_year, r.level, r.name, r.id_masked as id_number, r.division, d.name as division_name, r.unit_type,
  r.comprehensive, r.policy, r.practice, r.absent, r.verdict{keys}
from exam_result r join division d on d.code = r.division {rows}"""
IN_ORDER: listing.Key = [("r.division", str), ("r.id", UUID)]
DISTRICT = "left(r.division, 6) || '000000'"  # what lies at the city itself stays there
GROUPS = {
    RateBy.ALL: ("null::text", "null::text"),
    RateBy.DISTRICT: (DISTRICT, "null::text"),
    RateBy.UNIT_TYPE: ("null::text", "r.unit_type::text"),
}
RATES = """
select g.*, d.name as district_name, round(100.0 * g.passed / nullif(g.sat, 0), 1) as rate from (
  select r.exam_year, r.level, {district} as district, {unit_type} as unit_type, count(*) as candidates,
    count(*) filter (where num_nonnulls(r.comprehensive, r.policy, r.practice) > 0) as sat,
    count(*) filter (where r.verdict = 'passed') as passed,
    count(*) filter (where r.verdict = 'cannot_decide') as undecided
  from exam_result r where {conditions} group by 1, 2, 3, 4) g
left join division d on d.code = g.district
order by g.exam_year desc, g.level, g.district, g.unit_type limit {limit}"""


class TooMuch(Unprocessable):
    english = "That are too many figures at once."


@dataclass(frozen=True)
class Sought:
    """What results are narrowed to; `district`: those who count there, and not below the city at large."""

    from_year: int | None = None
    to_year: int | None = None
    level: Level | None = None
    district: str | None = None
    unit_type: UnitType | None = None
    verdict: ExamVerdict | None = None


def chosen(sought: Sought, within: Within) -> Conditions:
    conditions = Conditions()
    for ranges in within:
        conditions.within("r.division", ranges)
    for condition, value in (
        ("r.exam_year >= {}", sought.from_year),
        ("r.exam_year <= {}", sought.to_year),
        ("r.level = {}", sought.level),
        (f"{DISTRICT} = {{}}", sought.district),
        ("r.unit_type = {}", sought.unit_type),
        ("r.verdict = {}", sought.verdict),
    ):
        if value is not None:
            conditions.add(condition, value)
    return conditions


def made(row: asyncpg.Record) -> ExamResultOut:
    scores = {paper: score for paper in Paper if (score := row[paper.value]) is not None}
    return ExamResultOut.model_validate({**row, "scores": scores})


async def results(
    db: asyncpg.Connection, sought: Sought, *, within: Within, limit: int, cursor: str | None
) -> Page[ExamResultOut]:
    conditions = chosen(sought, within)
    return await listing.page(db, RESULTS, conditions, key=IN_ORDER, cursor=cursor, limit=limit, made=made)


async def pass_rates(db: asyncpg.Connection, sought: Sought, by: RateBy, *, within: Within) -> list[PassRate]:
    """One statement. Only the asker's own area is added up: nothing of anybody beyond it can be told from it."""
    conditions, (district, unit_type) = chosen(sought, within), GROUPS[by]
    limit = conditions.value(MOST + 1)
    asked = RATES.format(district=district, unit_type=unit_type, conditions=conditions.sql(), limit=limit)
    rows = await db.fetch(asked, *conditions.parameters)
    if len(rows) > MOST:
        raise TooMuch(f"结果超过 {MOST} 行，请缩小年度、区划或级别的范围。", code="too_much")
    return [PassRate.model_validate(dict(row)) for row in rows]


# ── passes of the senior exam ────────────────────────────────────────────────────────────────────────────────────────
PASSES = """
select x.id, x.person_id, p.name as person_name, x.exam_year, x.passed_on, x.valid_until, x.number, x.review,
  x.reviewed_on, x.publicized_on, p.division, x.version{keys}
from senior_exam_pass x join person p on p.id = x.person_id {rows}"""
BY_END: listing.Key = [("x.valid_until", date.fromisoformat), ("x.id", UUID)]


class PassSort(StrEnum):
    ENDING = "ending"
    ENDING_BACK = "-ending"


def pass_made(row: asyncpg.Record, *, actor: Actor, on: date) -> ExamPassOut:
    state = pass_state(row["valid_until"], row["review"] and Review(row["review"]), on)
    open_ = state is not PassState.USED and actor.reaches("registry:write", row["division"])
    return ExamPassOut.model_validate({**row, "state": state, "may": ["review"] if open_ else []})


def in_state(conditions: Conditions, state: PassState, on: date) -> None:
    """As the rule says it (`pass_state`)."""
    if state is PassState.USED:
        conditions.parts.append("x.review = 'passed'")
        return
    conditions.parts.append("x.review is distinct from 'passed'")
    if state is PassState.ENDED:
        conditions.add("x.valid_until <= {}", on)
    elif state is PassState.ENDING:
        conditions.add("x.valid_until > {} and x.valid_until <= {}", on, notice_until(on))
    else:
        conditions.add("x.valid_until > {}", notice_until(on))


async def passes(
    db: asyncpg.Connection,
    actor: Actor,
    *,
    within: Within,
    state: PassState | None,
    person_id: UUID | None,
    on: date,
    sort: PassSort,
    limit: int,
    cursor: str | None,
) -> Page[ExamPassOut]:
    conditions = Conditions()
    for ranges in within:
        conditions.within("p.division", ranges)
    if state is not None:
        in_state(conditions, state, on)
    if person_id is not None:
        conditions.add("x.person_id = {}", person_id)
    return await listing.page(
        db, PASSES, conditions, key=BY_END, descending=sort is PassSort.ENDING_BACK, cursor=cursor, limit=limit,
        made=partial(pass_made, actor=actor, on=on),
    )  # fmt: skip


async def exam_pass(
    db: asyncpg.Connection, actor: Actor, id: UUID, on: date, permission: str = "registry:read"
) -> ExamPassOut:
    conditions = Conditions()
    conditions.add("x.id = {}", id)
    conditions.within("p.division", actor.ranges(permission))
    return await listing.one(db, PASSES, conditions, made=partial(pass_made, actor=actor, on=on))
