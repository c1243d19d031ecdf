"""What a reviewer does at the desk: takes an application, gives it back, takes the next; and sets templates."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registrations import ApplicationState, Verb
from services.contracts.review import (
    AddTemplate,
    CaseReleased,
    CaseTaken,
    ChangeTemplate,
    EndTemplate,
    Queue,
    TakeNext,
    TemplateEnded,
    TemplateSet,
)
from services.kernel import narrowing
from services.kernel.actor import Actor
from services.kernel.db import run
from services.kernel.errors import NotFound
from services.kernel.feed import record
from services.kernel.listing import NOT_HERE, plain
from services.registry.divisions.queries import existing
from services.registry.registrations import queries as registrations
from services.registry.registrations import states
from services.registry.registrations.commands import REVIEW, subject, turn
from services.registry.registrations.models import RegistrationApplication
from services.registry.review import claims, queries, rules
from services.registry.review.models import ReasonTemplate
from services.registry.review.rules import REVIEWED, NotHeld, NotInForce, NotUnderReview

# Whatever somebody else is just deciding on, or taking, is passed over; what one's own hands have touched, too.
NEXT = text("""
select a.id from registration_application a
where a.state = :state and not :me = any(a.entered_by) and (:first or a.first_by is distinct from :me)
  and (not :narrowed or exists (
    select from unnest(:lows, :highs) r(low, high) where a.division between r.low and r.high))
  and not exists (
    select from review_claim h where h.application_id = a.id and h.until > :now and h.held_by <> :me)
  and (cast(:after as uuid) is null or (a.accepted_on, a.id) > (
    select b.accepted_on, b.id from registration_application b where b.id = :after))
order by a.accepted_on, a.id limit 1 for update of a skip locked""").bindparams(
    bindparam("lows", type_=ARRAY(TEXT(collation="C"))), bindparam("highs", type_=ARRAY(TEXT(collation="C")))
)
TRIES = 8  # of two who read at once the second sees the first one's claim at its next try


async def claim(tx: AsyncSession, actor: Actor, id: UUID, now: datetime, today: date) -> None:
    """Or more time for one that one has."""
    application = await registrations.for_update(tx, actor, REVIEW, id)
    check_turn(actor, application)
    rules.check_free((await claims.claims_of(tx, [id], now)).get(id), actor.id, now)
    await taken(tx, actor, id, now, today)


def check_turn(actor: Actor, application: RegistrationApplication) -> None:
    """Whoever takes it may decide on it: her level, and neither her own entry nor her own first review."""
    at = application.state
    if at not in REVIEWED.values():
        raise NotUnderReview("这份申请不在审核中，不能领取。请刷新后查看它的状态。", code="not_under_review")
    turn(actor, application, Verb.APPROVE)
    first_by = application.first_by if at is ApplicationState.FIRST_REVIEW_PASSED else None
    states.check_decider(actor.id, application.entered_by, first_by)


async def taken(tx: AsyncSession, actor: Actor, id: UUID, now: datetime, today: date) -> bool:
    before = await claims.holder_before(tx, id)
    if not await claims.take(tx, actor, id, rules.lease_end(now, today), now):
        return False
    if before != actor.id:
        await record(tx, actor, subject(id), CaseTaken(application_id=id, from_another=before is not None))
    return True


async def release(tx: AsyncSession, actor: Actor, id: UUID, now: datetime) -> None:
    """Given back before its time."""
    if not await put_back(tx, actor, id, now):
        raise NotHeld("这份申请现在不由您领取，无须放回。请刷新后查看。", code="not_held")


async def put_back(tx: AsyncSession, actor: Actor, id: UUID, now: datetime) -> bool:
    """What another has stays there; what nobody has is free already."""
    await registrations.for_update(tx, actor, REVIEW, id)
    held = (await claims.claims_of(tx, [id], now)).get(id)
    rules.check_free(held, actor.id, now)
    if held is None:
        return False
    await claims.give_back(tx, [id])
    await record(tx, actor, subject(id), CaseReleased(application_id=id))
    return True


async def take_next(
    tx: AsyncSession, actor: Actor, queue: Queue, order: TakeNext, now: datetime, today: date
) -> UUID | None:
    """The one that has waited longest and that nobody has; None: nothing is left for the asker."""
    if queue not in REVIEWED:
        raise NotUnderReview("这个队列不用领取，请从列表中打开办理。", code="not_under_review")
    if order.application_id is not None:
        await put_back(tx, actor, order.application_id, now)
    ranges = queries.taking(actor, queue)
    asked = {
        "state": REVIEWED[queue].value, "me": actor.id, "first": queue is Queue.FIRST_REVIEW, "now": now,
        "after": order.application_id, "lows": [r.low for r in ranges], "highs": [r.high for r in ranges],
        "narrowed": narrowing.on,
    }  # fmt: skip
    for _ in range(TRIES):
        id: UUID | None = (await run(tx, NEXT, asked)).scalar_one_or_none()
        if id is None or await taken(tx, actor, id, now, today):
            return id
    return None


# ── templates ────────────────────────────────────────────────────────────────────────────────────────────────────────
async def add_template(tx: AsyncSession, actor: Actor, order: AddTemplate, today: date) -> UUID:
    actor.require_at(REVIEW, order.division)
    await existing(await plain(tx), order.division)
    rules.check_ahead("begins", order.begins, today)
    return await added(tx, actor, ReasonTemplate(**order.model_dump(), set_by=actor.id))


async def change_template(tx: AsyncSession, actor: Actor, id: UUID, order: ChangeTemplate, today: date) -> UUID:
    """The old words end with the day on which the new ones begin; before they have begun they are put right."""
    rules.check_ahead("begins", order.begins, today)
    template = await template_for_update(tx, actor, id, order.begins)
    if order.begins <= template.begins:
        template.sqlmodel_update({**order.model_dump(), "set_by": actor.id})
        return await added(tx, actor, template)
    new = {**template.model_dump(exclude={"id"}), **order.model_dump(), "set_by": actor.id}
    template.ends = order.begins
    return await added(tx, actor, ReasonTemplate(**new))


async def end_template(tx: AsyncSession, actor: Actor, id: UUID, order: EndTemplate, today: date) -> None:
    rules.check_ahead("ends", order.ends, today)
    template = await template_for_update(tx, actor, id, order.ends)
    if order.ends <= template.begins:
        raise NotInForce("停用日期应在开始使用的日期之后，请核对。", code="not_in_force")
    template.ends = order.ends
    told = TemplateEnded(template_id=id, division=template.division, ends=order.ends)
    await record(tx, actor, f"division:{template.division}", told)


async def template_for_update(tx: AsyncSession, actor: Actor, id: UUID, day: date) -> ReasonTemplate:
    one = ReasonTemplate
    template = (await tx.exec(select(one).where(col(one.id) == id).with_for_update())).first()
    if template is None:
        raise NotFound(NOT_HERE)
    actor.require_at(REVIEW, template.division)
    if template.ends is not None and template.ends <= day:
        raise NotInForce("这条常用意见到那一天已停用或被替换，请刷新后核对。", code="not_in_force")
    return template


async def added(tx: AsyncSession, actor: Actor, template: ReasonTemplate) -> UUID:
    tx.add(template)
    await tx.flush()
    told = TemplateSet(
        template_id=template.id, division=template.division, decision=template.decision, begins=template.begins
    )
    await record(tx, actor, f"division:{template.division}", told)
    return template.id
