"""Everything that changes sessions."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlmodel import delete
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.training import CreateSession, SessionState, UpdateSession
from services.contracts.training_events import SessionAdded, SessionCancelled, SessionChanged, SessionHeld
from services.kernel.actor import Actor
from services.kernel.changes import differences
from services.kernel.db import run
from services.kernel.errors import Conflict
from services.kernel.feed import record
from services.kernel.listing import plain
from services.kernel.versions import check_version
from services.training import publishing
from services.training.known import check_division, check_organization
from services.training.sessions import queries, rules
from services.training.sessions.models import Session, SessionDay

REQUIRED = frozenset({"title", "kind", "days"})
ATTENDED = "select true from attendance where session_id = $1 limit 1"
THERE = "select distinct person_id from attendance where session_id = $1"
# What was approved is reversed, what was not is rejected: neither counts (CE-11).
UNDO = text("""
update attendance set state = case when state = 'approved' then 'reversed' else 'rejected' end, reason = :reason
where session_id = :session and state in ('claimed', 'organizer_confirmed', 'approved')""")


class AlreadyAttended(Conflict):
    english = "Attendance has been entered; the days of this session can no longer be changed."


async def add_session(tx: AsyncSession, actor: Actor, order: CreateSession, today: date) -> Session:
    actor.require_at("training:write", order.division)
    await check_division(tx, order.division)
    rules.check_organizer(order.organizer_id, order.organizer_name)
    await check_organization(tx, "organizer_id", order.organizer_id)
    days = rules.days_of(order.days)
    if order.state is SessionState.HELD:
        rules.check_begun(days[0].day, today)
    session = Session(**order.model_dump(exclude={"days"}), first_day=days[0].day, last_day=days[-1].day)
    tx.add(session)
    await tx.flush()
    tx.add_all(SessionDay(session_id=session.id, **day._asdict()) for day in days)
    minutes = sum(day.minutes for day in days)
    added = SessionAdded(session_id=session.id, division=session.division, first_day=session.first_day, minutes=minutes)
    await record(tx, actor, f"session:{session.id}", added)
    return session


async def change_session(
    tx: AsyncSession, actor: Actor, id: UUID, order: UpdateSession, if_match: str | None
) -> Session:
    session = await queries.session_for_update(tx, actor, id)
    check_version(session.version, if_match)
    if session.state is SessionState.CANCELLED:
        raise rules.IllegalTransition("已取消的培训不能再修改。", rule="CE-11")
    changes = differences(session, order, required=REQUIRED)
    days = changes.pop("days", None)
    organizer = {"organizer_id": session.organizer_id, "organizer_name": session.organizer_name} | changes
    rules.check_organizer(organizer["organizer_id"], organizer["organizer_name"])
    await check_organization(tx, "organizer_id", order.organizer_id)
    moved = days is not None and await replace_days(tx, session, rules.days_of(order.days or []))
    if not changes and not moved:
        return session
    session.sqlmodel_update(changes)
    session.version += 1
    fields = sorted([*changes, *(["days"] if moved else [])])
    changed = SessionChanged(session_id=id, division=session.division, fields=fields)
    await record(tx, actor, f"session:{id}", changed)
    return session


async def replace_days(tx: AsyncSession, session: Session, days: Sequence[rules.Day]) -> bool:
    """Whether they were others; all are written anew, since their history is kept by session."""
    before = [rules.Day(d.day, d.starts_at, d.ends_at, d.minutes) for d in await queries.days_of(tx, session.id)]
    if before == list(days):
        return False
    if await (await plain(tx)).fetchval(ATTENDED, session.id):
        raise AlreadyAttended("已有人员登记参训，日期和时长不能再改；请取消本次培训后重新登记。", rule="CE-11")
    await tx.exec(delete(SessionDay).where(SessionDay.session_id == session.id))  # type: ignore[arg-type]
    tx.add_all(SessionDay(session_id=session.id, **day._asdict()) for day in days)
    session.first_day, session.last_day = days[0].day, days[-1].day
    return True


async def hold_session(tx: AsyncSession, actor: Actor, id: UUID, today: date) -> Session:
    session = await queries.session_for_update(tx, actor, id)
    rules.check_transition(session.state, SessionState.HELD)
    rules.check_begun(session.first_day, today)
    session.state = SessionState.HELD
    session.version += 1
    await record(tx, actor, f"session:{id}", SessionHeld(session_id=id, division=session.division))
    return session


async def cancel_session(tx: AsyncSession, actor: Actor, id: UUID, reason: str) -> Session:
    """Whatever was attended counts no more."""
    session = await queries.session_for_update(tx, actor, id)
    rules.check_transition(session.state, SessionState.CANCELLED)
    db = await plain(tx)
    people = [row["person_id"] for row in await db.fetch(THERE, id)]
    await publishing.hold(db, people)
    undone = (await run(tx, UNDO, {"session": id, "reason": reason})).rowcount
    session.state, session.cancelled_reason = SessionState.CANCELLED, reason
    session.version += 1
    cancelled = SessionCancelled(session_id=id, division=session.division, reason=reason, reversed=undone)
    await record(tx, actor, f"session:{id}", cancelled)
    await publishing.publish_people(tx, people)
    return session
