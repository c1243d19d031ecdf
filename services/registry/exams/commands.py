"""What changes a pass of the senior exam: it is recorded, and what came of its review (CERT-04)."""

from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.exams import RecordExamPass, Review, ReviewExamPass
from services.contracts.facts import Period
from services.contracts.registry_events import ExamPassRecorded, ExamPassReviewed
from services.kernel.actor import Actor
from services.kernel.db import run
from services.kernel.errors import Conflict, NotFound
from services.kernel.feed import record
from services.kernel.listing import NOT_HERE
from services.registry.exams import rules
from services.registry.exams.models import SeniorExamPass
from services.registry.people.certificates import hold

KNOWN = text("""
select exists (select from senior_exam_pass where person_id = :person and exam_year = :exam_year)""")


class RecordedAlready(Conflict):
    english = "A pass of this year is recorded already."


class ReviewedAlready(Conflict):
    english = "The review was passed already."


async def record_pass(
    tx: AsyncSession, actor: Actor, person: UUID, order: RecordExamPass, today: date
) -> SeniorExamPass:
    """No certificate: it counts nowhere."""
    await hold(tx, actor, person)
    end = rules.pass_end(order.exam_year, order.passed_on, today)
    if (await run(tx, KNOWN, {"person": person, "exam_year": order.exam_year})).scalar_one():
        raise RecordedAlready(
            f"此人 {order.exam_year} 年的合格证明已经登记，请核对考试年度。",
            code="recorded_already",
            rule="CERT-04",
        )
    added = SeniorExamPass(person_id=person, valid_until=end, **order.model_dump())
    tx.add(added)
    await tx.flush()
    recorded = ExamPassRecorded(exam_pass_id=added.id, person_id=person, exam_year=added.exam_year)
    await record(tx, actor, f"senior_exam_pass:{added.id}", recorded)
    return added


async def review_pass(tx: AsyncSession, actor: Actor, id: UUID, order: ReviewExamPass, today: date) -> SeniorExamPass:
    """One that was not passed may be passed in a later year, while the pass is valid."""
    known = (await tx.exec(select(SeniorExamPass.person_id).where(col(SeniorExamPass.id) == id))).one_or_none()
    if known is None:
        raise NotFound(NOT_HERE)
    await hold(tx, actor, known)
    found = (await tx.exec(select(SeniorExamPass).where(col(SeniorExamPass.id) == id).with_for_update())).one()
    if found.review is Review.PASSED:
        raise ReviewedAlready("这份合格证明的评审已经登记为通过，请刷新后查看。", code="reviewed_already")
    period = Period(found.passed_on, found.valid_until)
    rules.check_review(period, order.result, order.reviewed_on, order.publicized_on, today)
    found.review, found.reviewed_on, found.publicized_on = order.result, order.reviewed_on, order.publicized_on
    found.version += 1
    await tx.flush()
    reviewed = ExamPassReviewed(
        exam_pass_id=id, person_id=found.person_id, exam_year=found.exam_year, result=order.result.value
    )
    await record(tx, actor, f"senior_exam_pass:{id}", reviewed)
    return found
