"""A roster of service points held against what is known: what is new, what changes, what contradicts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.contracts.registry import PointTier, StaffingBasis
from services.registry.imports.organizations import Known as Operator
from services.registry.imports.organizations import Organizations
from services.registry.imports.points.rows import Point
from services.registry.imports.roster import Findings

# Locked until the import is committed.
KNOWN = """
select s.number, s.id, s.name, s.tier, s.division, s.address, s.manager, s.phone_index, s.operator_id, s.opened_on,
  s.closed_on, s.staffing_basis,
  (select min(a.started_on) from assignment a where a.service_point_id = s.id) as first_start,
  (select max(a.started_on) from assignment a where a.service_point_id = s.id) as last_start
from service_point s where s.number = any($1) order by s.id for update"""


class KnownPoint(NamedTuple):
    id: UUID
    name: str
    tier: PointTier
    division: str
    address: str | None
    manager: str | None
    phone_blind: bytes | None
    operator_id: UUID | None
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


@dataclass
class Plan:
    points: list[Draft] = field(default_factory=list)  # new, or with changes
    new: int = 0
    changed: int = 0
    unchanged: int = 0


async def load_known(db: asyncpg.Connection, points: Sequence[Point]) -> dict[str, KnownPoint]:
    rows = await db.fetch(KNOWN, [p.number for p in points])
    return {number: known_point(rest) for number, *rest in rows}


def known_point(values: Sequence[object]) -> KnownPoint:
    return KnownPoint(*values)._replace(tier=PointTier(values[2]), staffing_basis=StaffingBasis(values[10]))  # type: ignore[arg-type]


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
            point.cells.wrong("number", "outside_area", "这个站点编号不能由您填报，请核对编号，或请上级部门办理。")
            continue
        draft = Draft(None if before is None else before.id, point, operator_of(point, operators))
        if before is not None:
            hold_against(draft, before)
        if point.cells.row.number not in findings.wrong_rows:
            take_up(plan, draft)
    return plan


def take_up(plan: Plan, draft: Draft) -> None:
    known, differs = draft.id is not None, bool(draft.fields) or draft.closes
    if differs or not known:
        plan.points.append(draft)
    plan.new += not known
    plan.changed += known and differs
    plan.unchanged += known and not differs


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
    draft.fields = changed_fields(draft, before)
    if "opened_on" in draft.fields:
        check_opening(point, before)
    if point.closed_on is not None and point.closed_on != before.closed_on:
        check_closing(point, before)
        draft.closes = True


def changed_fields(draft: Draft, before: KnownPoint) -> list[str]:
    """What the row says, and says differently. A blank cell says nothing."""
    point = draft.point
    said = {
        "name": (point.name, before.name),
        "address": (point.address, before.address),
        "manager": (point.manager, before.manager),
        "phone": (point.phone_blind, before.phone_blind),
        "opened_on": (point.opened_on, before.opened_on),
        "staffing_basis": (point.staffing_basis, before.staffing_basis),
    }
    changed = [name for name, (now, then) in said.items() if now is not None and now != then]
    operator = draft.operator
    differs = operator is not None and (operator.id is None or operator.id != before.operator_id)
    return changed + (["operator"] if differs else [])


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
