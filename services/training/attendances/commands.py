"""Everything that changes attendances. In this order everybody locks: session, people, attendances."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.training import (
    ApprovedAttendances,
    AttendanceState,
    EnterAttendances,
    EnteredAttendances,
)
from services.contracts.training_events import AttendanceDecided, AttendanceEntered
from services.kernel.actor import Actor
from services.kernel.db import copy_rows, everywhere, run
from services.kernel.errors import Forbidden, NotFound
from services.kernel.feed import record, record_all
from services.kernel.listing import NOT_HERE, plain
from services.training.attendances import queries, rules
from services.training.attendances.models import Attendance
from services.training.attendances.rules import Act, Entered, Side
from services.training.publishing import hold, publish_people
from services.training.sessions.queries import days_of, session_for_update

COLUMNS = ("id", "session_id", "person_id", "day", "starts_at", "ends_at", "minutes", "state", "reason", "evidence",
           "entered_by")  # fmt: skip
NEW_IDS = "select uuidv7() from generate_series(1, $1)"
PEOPLE = """
select count(distinct person_id) from attendance
where session_id = $1 and state in ('claimed', 'organizer_confirmed', 'approved')"""
CONFIRMED = """
select id, person_id, entered_by from attendance where session_id = $1 and state = 'organizer_confirmed'"""
LEFT = "select count(*) from attendance where session_id = $1 and state = 'organizer_confirmed'"
HELD_AT = "select division from session where id = $1"
APPROVE = text("""
update attendance set state = 'approved' where id = any(cast(:ids as uuid[])) and state = 'organizer_confirmed'
returning id, person_id""")


async def enter(
    tx: AsyncSession, actor: Actor, session_id: UUID, order: EnterAttendances, today: date
) -> EnteredAttendances:
    """All rows or none; those that were entered before change nothing (T17)."""
    session = await session_for_update(tx, actor, session_id)
    rules.check_held(session.state)
    rules.check_evidence(order.state, order.evidence)
    db = await plain(tx)
    people = await hold(db, {row.person_id for row in order.rows})
    days = [rules.When(d.day, d.starts_at, d.ends_at, d.minutes) for d in await days_of(tx, session_id)]
    before = await queries.entered_around(tx, people, days[0].day, days[-1].day)
    plan = rules.planned(session_id, order.rows, days, people, before, today, order.state)
    for entered in plan.new:
        rules.check_backdated(entered.day, today, order.reason)
    await write(tx, actor, plan.new, order, today)
    notes = rules.warnings(plan, today=today, capacity=session.capacity, attended=await db.fetchval(PEOPLE, session_id))
    return EnteredAttendances(
        session_id=session_id, rows=len(order.rows), new=len(plan.new), unchanged=plan.unchanged,
        warned=len(notes), warnings=notes,
    )  # fmt: skip


async def write(tx: AsyncSession, actor: Actor, new: Sequence[Entered], order: EnterAttendances, today: date) -> None:
    if not new:
        return
    ids = [row[0] for row in await (await plain(tx)).fetch(NEW_IDS, len(new))]
    said = (order.state.value, order.reason, order.evidence, actor.id)
    rows = [
        (id, e.session_id, e.person_id, e.day, e.starts_at, e.ends_at, e.minutes, *said)
        for id, e in zip(ids, new, strict=True)
    ]
    await copy_rows(tx, "attendance", COLUMNS, rows)
    batch = uuid4() if len(new) > 1 else None
    events = [
        AttendanceEntered(
            batch_id=batch, attendance_id=id, session_id=e.session_id, person_id=e.person_id, day=e.day,
            minutes=e.minutes, state=order.state,
            late_reason=order.reason if rules.is_backdated(e.day, today) else None,
        )
        for id, e in zip(ids, new, strict=True)
    ]  # fmt: skip
    await record_all(tx, actor, [(f"attendance:{e.attendance_id}", e) for e in events])


async def decide(tx: AsyncSession, actor: Actor, id: UUID, act: Act, reason: str | None) -> Attendance:
    db = await plain(tx)
    found = await queries.whose(db, actor, id)
    person = (await hold(db, [found["person_id"]])).get(found["person_id"])
    check_side(actor, act, found["held_at"], person and person.division)
    attendance = await queries.attendance_for_update(tx, id)
    rules.check_other(act, own=actor.id == attendance.entered_by)
    before, after = attendance.state, rules.check_move(act, attendance.state, reason)
    if after is AttendanceState.ORGANIZER_CONFIRMED:
        await check_free(tx, attendance)
    attendance.state = after
    attendance.reason = reason or attendance.reason
    decided = AttendanceDecided(
        attendance_id=id, session_id=attendance.session_id, person_id=attendance.person_id,
        before=before, state=attendance.state, reason=reason,
    )  # fmt: skip
    await record(tx, actor, f"attendance:{id}", decided)
    await publish_people(tx, [attendance.person_id])
    return attendance


async def check_free(tx: AsyncSession, a: Attendance) -> None:
    others = await queries.entered_around(tx, [a.person_id], a.day, a.day)
    confirmed = Entered(a.session_id, a.person_id, a.day, a.starts_at, a.ends_at, a.minutes)
    rules.check_confirmed(confirmed, others)


def check_side(actor: Actor, act: Act, held_at: str, division: str | None) -> None:
    """403 for whoever may see it and not decide it."""
    if not rules.MOVES[act].sides & queries.sides(actor, held_at, division):
        side = "人员所在地" if Side.REVIEWER in rules.MOVES[act].sides else "主办方所在地"
        raise Forbidden(f"这项操作由{side}的经办人员办理，请联系当地。", code="not_your_side")


async def approve_session(tx: AsyncSession, actor: Actor, session_id: UUID) -> ApprovedAttendances:
    """All that the organizer has confirmed of people in the actor's area, but for what the actor has entered."""
    db = await plain(tx)
    held_at = await db.fetchval(HELD_AT, session_id)
    waiting = await db.fetch(CONFIRMED, session_id)
    people = await hold(db, {row["person_id"] for row in waiting})
    mine = {id for id, p in people.items() if actor.reaches(queries.WRITE, p.division)}
    if not mine and (held_at is None or not actor.reaches(queries.READ, held_at)):
        raise NotFound(NOT_HERE)
    ids = [row["id"] for row in waiting if row["person_id"] in mine and row["entered_by"] != actor.id]
    done = (await run(tx, APPROVE, {"ids": ids})).all()
    events = [
        AttendanceDecided(
            attendance_id=id, session_id=session_id, person_id=person_id,
            before=AttendanceState.ORGANIZER_CONFIRMED, state=AttendanceState.APPROVED, reason=None,
        )
        for id, person_id in ((row.id, row.person_id) for row in done)
    ]  # fmt: skip
    await record_all(tx, actor, [(f"attendance:{e.attendance_id}", e) for e in events])
    await publish_people(tx, {e.person_id for e in events})
    async with everywhere(tx, "how many wait for others is a number, and no record"):
        left = await db.fetchval(LEFT, session_id)
    return ApprovedAttendances(session_id=session_id, approved=len(done), left=left)
