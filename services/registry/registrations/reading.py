"""The checklist of an application, as it stands today."""

from datetime import date
from uuid import UUID

import asyncpg

from services.contracts.grounds import GroundDecision
from services.contracts.registrations import (
    ApplicationKind,
    ApplicationOut,
    ApplicationState,
    ChecklistOut,
    Step,
    StepState,
)
from services.contracts.working_days import Deadline
from services.kernel.actor import Actor
from services.registry.calendar.queries import calendar_of
from services.registry.calendar.rules import working_days_after
from services.registry.grounds import queries as grounds
from services.registry.grounds.rules import found as in_list
from services.registry.registrations import checklist, queries
from services.registry.registrations import parameters as p
from services.registry.registrations.standing import Case

# The holder counts where the asker does not reach: what cannot be seen is not taken for done.
ELSEWHERE = Step(
    code="certificate_valid", name="证书有效", state=StepState.UNDECIDED, rule="REG-01",
    detail="持证人现在计入其他区划，无法核对，请由市级人员核对",
)  # fmt: skip


async def ground_step(db: asyncpg.Connection, found: ApplicationOut, today: date) -> list[Step]:
    """On what ground it is cancelled: one that is not on the list any more must be named anew (REG-17)."""
    if found.cancellation is None:
        return []
    entries = await grounds.entries(db, found.division)
    named = in_list(entries, GroundDecision.CANCELLATION, found.cancellation.ground, found.submitted_on or today)
    if named is None:
        state, detail = StepState.UNMET, "登记事由中没有这一项，请重新选择"
    elif named.unsure:
        state, detail = StepState.WARNING, f"“{named.text}”的法律依据尚待确认，请核对"
    else:
        state, detail = StepState.DONE, ""
    return [Step(code="ground", name="注销事由在登记事由中", state=state, detail=detail, rule="REG-17")]


async def checklist_of(db: asyncpg.Connection, actor: Actor, id: UUID, today: date) -> ChecklistOut:
    found = await queries.application(db, actor, id, today)
    case = case_of(found, today)
    standing = (await queries.standings(db, [found.certificate_id])).get(found.certificate_id)
    if standing is None:
        steps, window, hours = [ELSEWHERE, *checklist.way(case)], None, None
    else:
        amnesties = (await queries.amnesties(db, [found.division]))[found.division]
        steps, window = checklist.steps(case, standing, amnesties), case.window(standing)
        hours = case.hours(standing) if case.kind is ApplicationKind.RENEWAL else None
    steps = [*await ground_step(db, found, today), *steps]
    conditions = steps[: len(steps) - len(list(checklist.way(case)))]
    return ChecklistOut(
        application_id=id, state=found.state, complete=not checklist.open_steps(conditions),
        window_last=window and window.last, notice_deadline=await notice_deadline(db, found), steps=steps,
        education=hours,
    )  # fmt: skip


def case_of(found: ApplicationOut, today: date) -> Case:
    """What has been registered is shown with the hours of then: meanwhile another term runs."""
    day = found.submitted_on or today
    passed = found.education if found.state in (ApplicationState.REGISTERED, ApplicationState.CERT_ISSUED) else None
    items = frozenset(found.items)
    return Case(found.kind, found.state, items, found.late_reason, found.cancellation, day, today, passed)


async def notice_deadline(db: asyncpg.Connection, found: ApplicationOut) -> Deadline | None:
    """Until when the applicant is to be told, once, what is missing; our own standard (REG-22)."""
    if found.state is not ApplicationState.SUBMITTED or found.accepted_on is None or found.notified_on is not None:
        return None
    days = p.on(p.NOTICE_DAYS, found.accepted_on)
    if days is None:
        return None
    return working_days_after(found.accepted_on, days, await calendar_of(db, found.division))
