"""What is decided about a difference. Nothing in the register changes by it: a later export shows who was right."""

from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.reconciliation import CaseVerb, ConfirmPerson, KeepOurs, Postpone, TakeNational
from services.contracts.reconciliation_events import ReconciliationCaseMoved
from services.kernel.actor import Actor
from services.kernel.clock import now
from services.kernel.db import run
from services.kernel.errors import FieldError, NotFound, Unprocessable
from services.kernel.feed import record
from services.kernel.listing import NOT_HERE
from services.registry.reconciliation import cases, comparing, rules
from services.registry.reconciliation.models import ReconciliationCase

Order = KeepOurs | TakeNational | ConfirmPerson | Postpone
HOLD = text("select id from national_snapshot where id = :id for update")
APPLICATION = text("select certificate_id from registration_application where id = :id")
CONFIRM = text("""
insert into confirmed_person (certificate_id, canonical, division, reason, confirmed_by, confirmed_at)
select l.certificate_id, e.canonical, :division, :reason, :by, :at
from reconciliation_line l join national_entry e on e.snapshot_id = l.snapshot_id and e.number = l.entry
where l.key = :key and l.certificate_id is not null and e.canonical is not null limit 1
on conflict (certificate_id, canonical) do update
set reason = excluded.reason, confirmed_by = excluded.confirmed_by, confirmed_at = excluded.confirmed_at""")


async def decide(
    tx: AsyncSession, actor: Actor, id: UUID, verb: CaseVerb, order: Order, today: date
) -> ReconciliationCase:
    case = await cases.for_update(tx, actor, id)
    case.state = rules.check(verb, case.state, case.kind)
    case.reason, case.until, case.application_id = order.reason, None, None
    if isinstance(order, Postpone):
        rules.check_until(order.until, today)
        case.until = order.until
    if isinstance(order, TakeNational) and order.application_id is not None:
        await check_application(tx, case, order.application_id)
        case.application_id = order.application_id
    case.decided_by, case.decided_at, case.version = actor.id, now(), case.version + 1
    if verb is CaseVerb.CONFIRM:
        await confirm(tx, actor, case, order.reason)
    moved = ReconciliationCaseMoved(
        case_id=case.id, division=case.division, kind=case.kind, state=case.state, verb=verb
    )
    await record(tx, actor, f"reconciliation:{case.id}", moved)
    return case


async def check_application(tx: AsyncSession, case: ReconciliationCase, id: UUID) -> None:
    found = (await run(tx, APPLICATION, {"id": id})).scalar_one_or_none()
    if found is None or found != case.certificate_id:
        wrong = FieldError(field="application_id", code="other_certificate", detail="不是这本证书的申请")
        raise Unprocessable("这份申请不是这本证书的，请核对申请编号。", code="other_certificate", errors=[wrong])


async def confirm(tx: AsyncSession, actor: Actor, case: ReconciliationCase, reason: str) -> None:
    """From the next comparison on the two are one person's, as long as the name there stays (REG-15)."""
    said = {"key": case.key, "division": case.division, "reason": reason, "by": actor.id, "at": case.decided_at}
    if (await run(tx, CONFIRM, said)).rowcount != 1:
        raise rules.NothingToConfirm(
            "导出里没有姓名，无法确认是谁。请在全国系统查看这条记录。", code="nothing_to_confirm", rule="REG-15"
        )


async def compare(tx: AsyncSession, actor: Actor, id: UUID) -> None:
    """The newest export of its area against the register as it is now; by whoever may write in that area."""
    if (await run(tx, HOLD, {"id": id})).first() is None:
        raise NotFound(NOT_HERE)
    if not await comparing.compare_if_newest(tx, actor, id):
        raise comparing.NotNewest("这一区划已有更新的导出，以较新的为准。请对它重新比对。", code="not_newest")
