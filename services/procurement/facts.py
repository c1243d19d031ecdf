"""Records of procurement → what they say to the world: dated facts and a small copy. Pure.

A person on two projects counts once on each: QUAL-01 speaks of project staff by head, and leaves open whether a project
or the whole city is meant; added up by project, both readings come from the same facts.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel

from services.contracts.divisions import DivisionCode
from services.contracts.facts import Fact, Period, SubjectState, merged, overlap
from services.contracts.metrics import Metric
from services.contracts.procurement import (
    ContractRecord,
    PaymentRecord,
    PaymentState,
    ProjectRecord,
    ProjectStaffRecord,
)
from services.contracts.registry import PersonRecord, ServicePointRecord
from services.procurement.contracts.rules import in_force
from services.procurement.payments.rules import Move

PAID = (PaymentState.APPROVED, PaymentState.REVERSED)


def said(subject: str, facts: list[Fact], record: BaseModel) -> SubjectState:
    return SubjectState(subject=subject, facts=facts, record=record.model_dump(mode="json"))


def over(metric: Metric, division: DivisionCode, periods: Iterable[Period]) -> list[Fact]:
    return [Fact(metric=metric, division=division, start=p.start, end=p.end) for p in periods]


def of_project(id: UUID, project: ProjectRecord) -> SubjectState:
    return said(f"project:{id}", [], project)


def of_contract(id: UUID, contract: ContractRecord, points: Iterable[ServicePointRecord]) -> SubjectState:
    """Its project is in force, and each served point is contracted while it is open (COV-07).

    Contracts of one project never overlap, so the project counts once. A served division without a point has nothing
    that could be present: it is only kept in the record.
    """
    periods = in_force(contract.start, contract.end, contract.ended_on)
    places: dict[DivisionCode, list[Period]] = {}
    for point in points:
        open_ = Period(point.opened_on, point.closed_on)
        places.setdefault(point.division, []).extend(overlap(periods, [open_]))
    facts = over(Metric.PROJECTS_IN_FORCE, contract.division, periods)
    for division, contracted in sorted(places.items()):
        facts += over(Metric.POINT_CONTRACTED, division, merged(contracted))
    return said(f"contract:{id}", facts, contract)


def of_staff(
    id: UUID,
    staff: ProjectStaffRecord,
    division: DivisionCode,
    contracted: Sequence[Period],
    person: PersonRecord | None,
) -> SubjectState:
    """On the project while it has a contract; qualified by major, or while certified (QUAL-01, QUAL-03).

    Whoever the registry does not know, or no longer, is nobody's staff.
    """
    there = overlap([Period(staff.start, staff.end)], merged(contracted)) if person else []
    facts = [
        *over(Metric.PROJECT_STAFF, division, there),
        *over(Metric.PROJECT_STAFF_QUALIFIED, division, overlap(there, qualified(person))),
    ]
    return said(f"project_staff:{id}", facts, staff)


def qualified(person: PersonRecord | None) -> list[Period]:
    """Nobody passes of whom nothing is known."""
    if person is None:
        return []
    if person.related_major:
        return [Period(date.min)]
    return merged(Period(p.start, p.end) for p in person.certified)


def of_payment(
    id: UUID, payment: PaymentRecord, division: DivisionCode, amount: Decimal, back: Iterable[Move]
) -> SubjectState:
    """Paid on its day once it is approved; what came back is taken off on each day on which it came back."""
    moved: dict[date, Decimal] = defaultdict(Decimal)
    if payment.state in PAID:
        moved[payment.paid_on] = amount
    for day, some in back:
        moved[day] -= some
    facts = [
        Fact(metric=Metric.AMOUNT_PAID, division=division, start=day, amount=left)
        for day, left in sorted(moved.items())
        if left
    ]
    return said(f"payment:{id}", facts, payment)
