"""A data subject's request: received, taken up, answered or refused; and what becomes of the data."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.disclosure import ReceiveRightsRequest, RightsOutcome, RightsState
from services.contracts.disclosure_events import (
    PersonErased,
    PersonRestricted,
    RightsRequestMoved,
    RightsRequestReceived,
)
from services.contracts.retention import DataClass
from services.kernel.actor import Actor
from services.kernel.clock import business_date
from services.kernel.db import everywhere, run
from services.kernel.errors import NotFound
from services.kernel.feed import record, record_all
from services.kernel.listing import NOT_HERE
from services.registry.keys.erasing import erase_person_key
from services.registry.notices.commands import shown_to
from services.registry.retention.house import HOUSE
from services.registry.retention.queries import held, holding
from services.registry.retention.rules import kept_until
from services.registry.retention.table import RETENTION
from services.registry.rights import queries, rules
from services.registry.rights.models import RightsRequest

RESTRICT = text("""
insert into restriction (person_id, division, since, until, request_id)
values (:person, :division, :now, :until, :request)
on conflict (person_id) do update
set since = excluded.since, until = excluded.until, request_id = excluded.request_id""")
UNRESTRICT = text("delete from restriction where person_id = any(cast(:people as uuid[]))")
DUE = text(f"""
select r.person_id, erase_person(r.person_id) from (
  select r.person_id from restriction r
  where (r.until is null or r.until <= :today) and not {holding("r.person_id", "r.division")}
  order by r.person_id limit 100) r""")


async def receive(tx: AsyncSession, actor: Actor, order: ReceiveRightsRequest, now: datetime) -> RightsRequest:
    """With the version of the notice that the person was shown (PI-03)."""
    today = business_date(now)
    person = await queries.standing(tx, order.person_id, today)
    if person is None:
        raise NotFound(NOT_HERE)
    actor.require_at("registry:write", person.division)
    rules.check_received(order.received_on, today)
    if order.notice_id is not None:
        await shown_to(tx, actor, order.notice_id, {order.person_id: person.division}, now)
    due = rules.due_on(order.kind, order.received_on)
    request = RightsRequest(**order.model_dump(), division=person.division, due_on=due, received_by=actor.id)
    tx.add(request)
    await tx.flush()
    received = RightsRequestReceived(request_id=request.id, person_id=order.person_id, kind=order.kind, due_on=due)
    await record(tx, actor, f"person:{order.person_id}", received)
    return request


async def start(tx: AsyncSession, actor: Actor, id: UUID) -> None:
    request = await queries.for_update(tx, actor, id)
    await move(tx, actor, request, RightsState.IN_PROGRESS)


async def refuse(tx: AsyncSession, actor: Actor, id: UUID, reason: str, now: datetime) -> None:
    """Never without saying why (PI-06)."""
    request = await queries.for_update(tx, actor, id)
    rules.check_decider(request.received_by, actor.id)
    request.refusal, request.decided_by, request.decided_at = reason, actor.id, now
    await move(tx, actor, request, RightsState.REFUSED)


async def complete(tx: AsyncSession, actor: Actor, id: UUID, answer: str, now: datetime) -> None:
    """Answered; the person is erased if that was asked for, or restricted while the law keeps the data."""
    request = await queries.for_update(tx, actor, id)
    rules.check_transition(request.state, RightsState.DONE)
    rules.check_decider(request.received_by, actor.id)
    today = business_date(now)
    async with everywhere(tx, "the law keeps what somebody did anywhere, and a hold may come from above"):
        decided = await queries.last_decided_by(tx, request.person_id)
        rules.check_eraser(request.kind, decided, actor.id)
        person = await queries.standing(tx, request.person_id, today)
        keeps = await held(tx, request.person_id, request.division)
    paid_until = person and person.paid_until
    until = paid_until and kept_until(RETENTION[DataClass.PROCUREMENT_FILE], paid_until)
    outcome = rules.outcome(
        request.kind, registered=bool(person and person.registered), kept_until=until, held=keeps, today=today
    )
    if outcome is RightsOutcome.RESTRICTED:
        await restrict(tx, actor, request, until, now)
    elif outcome is RightsOutcome.ERASED and not (person and person.erased):
        await erase_person(tx, actor, request.person_id)
    request.restricted_until = until if outcome is RightsOutcome.RESTRICTED else None
    request.outcome, request.answer, request.decided_by, request.decided_at = outcome, answer, actor.id, now
    await move(tx, actor, request, RightsState.DONE)


async def restrict(tx: AsyncSession, actor: Actor, request: RightsRequest, until: date | None, now: datetime) -> None:
    person = request.person_id
    said = {"person": person, "division": request.division, "now": now, "until": until, "request": request.id}
    await run(tx, RESTRICT, said)
    await record(tx, actor, f"person:{person}", PersonRestricted(person_id=person, until=until))


async def erase_person(tx: AsyncSession, actor: Actor, id: UUID) -> None:
    """By destroying the person's key. What is counted of them stays counted: it names nobody."""
    await erase_person_key(tx, id)
    await run(tx, UNRESTRICT, {"people": [id]})
    await record(tx, actor, f"person:{id}", PersonErased(person_id=id))


async def erase_due(tx: AsyncSession, today: date) -> int:
    """Whom the law, or a hold, kept until now: what was asked for then is done (PI-07)."""
    people = [row.person_id for row in (await run(tx, DUE, {"today": today})).all()]
    if people:
        await run(tx, UNRESTRICT, {"people": people})
        await record_all(tx, HOUSE, [(f"person:{p}", PersonErased(person_id=p)) for p in people])
    return len(people)


async def move(tx: AsyncSession, actor: Actor, request: RightsRequest, to: RightsState) -> None:
    rules.check_transition(request.state, to)
    request.state = to
    request.version += 1
    moved = RightsRequestMoved(request_id=request.id, person_id=request.person_id, state=to, outcome=request.outcome)
    await record(tx, actor, f"person:{request.person_id}", moved)
