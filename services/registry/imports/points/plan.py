"""A roster of service points held against what is known: what is new, what changes, what contradicts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.contracts.imports import Change
from services.contracts.registry import STAFFING_BASIS_NAMES, PointTier, StaffingBasis
from services.registry.imports.organizations import Known as Operator
from services.registry.imports.organizations import Organizations
from services.registry.imports.points.rows import BY_FIELD, Point
from services.registry.imports.roster import NEW, Findings, Shown
from services.registry.listing import last_day
from services.registry.personal import masked_phone

KNOWN = """
select s.number, s.id, s.name, s.tier, s.division, s.address, s.manager, s.phone_index, s.phone_masked, s.operator_id,
  o.name as operator, s.opened_on, s.closed_on, s.staffing_basis,
  (select min(a.started_on) from assignment a where a.service_point_id = s.id) as first_start,
  (select max(a.started_on) from assignment a where a.service_point_id = s.id) as last_start
from service_point s left join organization o on o.id = s.operator_id where s.number = any($1)"""


class KnownPoint(NamedTuple):
    id: UUID
    name: str
    tier: PointTier
    division: str
    address: str | None
    manager: str | None
    phone_blind: bytes | None
    phone_masked: str | None
    operator_id: UUID | None
    operator: str | None
    opened_on: date
    closed_on: date | None
    staffing_basis: StaffingBasis
    first_start: date | None  # of whoever works or worked there
    last_start: date | None


@dataclass(eq=False)
class Draft:
    """Which point a row speaks of; of a new one, `id` is given before the writing."""

    id: UUID | None
    point: Point
    operator: Operator | None
    fields: list[str] = field(default_factory=list)  # that change, of a known one
    closes: bool = False
    changes: list[Change] = field(default_factory=list)

    def changes_to(self, name: str, before: str | None, after: str | None) -> None:
        self.changes.append(Change(column=BY_FIELD[name].title, before=before, after=after))


@dataclass
class Plan:
    points: list[Draft] = field(default_factory=list)  # new, or with changes
    shown: Shown = field(default_factory=Shown)


async def load_known(db: asyncpg.Connection, points: Sequence[Point]) -> dict[str, KnownPoint]:
    rows = await db.fetch(KNOWN, [p.number for p in points])
    return {number: known_point(rest) for number, *rest in rows}


def known_point(values: Sequence[object]) -> KnownPoint:
    return KnownPoint(*values)._replace(tier=PointTier(values[2]), staffing_basis=StaffingBasis(values[12]))  # type: ignore[arg-type]


def decide(
    points: Sequence[Point],
    known: dict[str, KnownPoint],
    operators: Organizations,
    reaches: Callable[[str], bool],
    findings: Findings,
) -> Plan:
    plan = Plan()
    for point in points:
        before = known.get(point.number)
        if before is not None and not reaches(before.division):
            point.cells.elsewhere("number")
            continue
        draft = Draft(None if before is None else before.id, point, operator_of(point, operators))
        if before is not None:
            hold_against(draft, before)
        if findings.outcome(point.cells.row.number) is None:
            take_up(plan, draft)
    return plan


def take_up(plan: Plan, draft: Draft) -> None:
    known = draft.id is not None
    if draft.fields or draft.closes or not known:
        plan.points.append(draft)
    operator = draft.operator
    if not known and operator is not None and operator.new:
        draft.changes_to("operator_name", None, f"{operator.name}{NEW}")
    plan.shown.add(draft.point.cells.row.number, draft.id, draft.changes, known=known)


def operator_of(point: Point, operators: Organizations) -> Operator | None:
    """Any organization may run a point, wherever it is registered."""
    if point.operator_name is None:
        return None
    return operators.of(point.cells, point.operator_uscc, point.operator_name, point.place)


def hold_against(draft: Draft, before: KnownPoint) -> None:
    point = draft.point
    if point.tier is not before.tier or point.place.code != before.division:
        detail = "该站点已登记为另一层级或另一区划；迁移的站点请先撤站，再以新编号登记。"
        point.cells.wrong("tier" if point.tier is not before.tier else "division_code", "other_place", detail)
    note_changes(draft, before)
    if "opened_on" in draft.fields:
        check_opening(point, before)
    if point.closed_on is not None and point.closed_on != before.closed_on:
        check_closing(point, before)
        draft.closes = True
        draft.changes_to("closed_last", None, str(last_day(point.closed_on)))


def note_changes(draft: Draft, before: KnownPoint) -> None:
    """What the row says, and says differently. A blank cell says nothing."""
    point, operator = draft.point, draft.operator
    for name in ("name", "address", "manager", "opened_on", "staffing_basis"):
        now, then = getattr(point, name), getattr(before, name)
        if now is not None and now != then:
            draft.fields.append(name)
            draft.changes_to(name, in_words(then), in_words(now))
    if point.phone is not None and before.phone_blind not in point.phone_blinds:
        draft.fields.append("phone")
        draft.changes_to("phone", before.phone_masked, masked_phone(point.phone))
    if operator is not None and (operator.id is None or operator.id != before.operator_id):
        draft.fields.append("operator")
        draft.changes_to("operator_name", before.operator, f"{operator.name}{NEW if operator.new else ''}")


def in_words(value: str | date | StaffingBasis | None) -> str | None:
    if isinstance(value, StaffingBasis):
        return STAFFING_BASIS_NAMES[value]
    return None if value is None else str(value)


def check_opening(point: Point, before: KnownPoint) -> None:
    closed_on = point.closed_on or before.closed_on
    if closed_on is not None and point.opened_on >= closed_on:
        point.cells.wrong("opened_on", "opened_after_closed", "开站日期应早于撤站日期，请核对。")
    if before.first_start is not None and before.first_start < point.opened_on:
        point.cells.wrong("opened_on", "still_staffed", "有人员在这个开站日期之前已经到岗，请核对。")


def check_closing(point: Point, before: KnownPoint) -> None:
    if before.closed_on is not None:
        point.cells.wrong("closed_last", "point_closed", "该站点已登记为另一撤站日期，请核对。")
    elif before.last_start is not None and point.closed_on is not None and point.closed_on <= before.last_start:
        point.cells.wrong("closed_last", "still_staffed", "有人员的到岗日期在撤站之后，请先处理这些到岗记录。")
