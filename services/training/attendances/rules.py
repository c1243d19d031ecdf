"""The regulations on attendance, as functions of plain values and tables of states."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.contracts.registry import RowNote
from services.contracts.training import (
    ATTENDANCE_STATE_NAMES,
    DAY_MINUTES,
    AttendanceRow,
    AttendanceState,
    SessionState,
)
from services.kernel.errors import Conflict, FieldError, Unprocessable
from services.training.facts import PersonCopy
from services.training.parameters import BACKDATED_DAYS, always
from services.training.steps import OwnEntry

LIVE = frozenset({AttendanceState.CLAIMED, AttendanceState.ORGANIZER_CONFIRMED, AttendanceState.APPROVED})


class Act(StrEnum):
    CONFIRM = "confirm"
    APPROVE = "approve"
    REJECT = "reject"
    REVERSE = "reverse"


class Side(StrEnum):
    """Who may decide: whoever writes where the session is, or where the person is."""

    ORGANIZER = "organizer"
    REVIEWER = "reviewer"


class Move(NamedTuple):
    before: frozenset[AttendanceState]
    after: AttendanceState
    sides: frozenset[Side]
    needs_reason: bool = False
    decides: bool = False  # for somebody else than whoever entered it


S = AttendanceState
MOVES: dict[Act, Move] = {
    Act.CONFIRM: Move(frozenset({S.CLAIMED}), S.ORGANIZER_CONFIRMED, frozenset({Side.ORGANIZER})),
    Act.APPROVE: Move(frozenset({S.ORGANIZER_CONFIRMED}), S.APPROVED, frozenset({Side.REVIEWER}), decides=True),
    Act.REJECT: Move(frozenset({S.CLAIMED, S.ORGANIZER_CONFIRMED}), S.REJECTED, frozenset(Side), needs_reason=True),
    Act.REVERSE: Move(frozenset({S.APPROVED}), S.REVERSED, frozenset({Side.REVIEWER}), needs_reason=True),
}


class IllegalTransition(Conflict):
    english = "An attendance in this state cannot become that."


class ReasonMissing(Unprocessable):
    english = "This decision needs a reason."


class NotHeld(Conflict):
    english = "Attendance can be entered only of a session that was held."


class BadRows(Unprocessable):
    english = "Some rows are wrong; nothing was entered."


class RowsConflict(Conflict):
    english = "Some rows are at odds with what was entered before; nothing was entered."


def acts(state: AttendanceState, sides: Collection[Side], *, own: bool) -> list[str]:
    """What these sides may do with an attendance in a state, and with their own."""
    may = {act: move for act, move in MOVES.items() if state in move.before and not (own and move.decides)}
    return [act.value for act, move in may.items() if move.sides & frozenset(sides)]


def check_other(act: Act, *, own: bool) -> None:
    """An hour is entered by one and reviewed by another (CE-11)."""
    if own and MOVES[act].decides:
        raise OwnEntry("参训由您登记，不能由您审核；请由人员所在地的其他经办人员审核。", rule="CE-11")


def check_move(act: Act, state: AttendanceState, reason: str | None) -> AttendanceState:
    """CE-11."""
    move = MOVES[act]
    if state not in move.before:
        raise IllegalTransition(
            f"该记录{ATTENDANCE_STATE_NAMES[state]}，不能进行这项操作，请刷新后核对。", rule="CE-11"
        )
    if move.needs_reason and reason is None:
        wrong = FieldError(field="reason", code="reason_missing", detail="请填写理由")
        raise ReasonMissing("退回或冲销须写明理由。", errors=[wrong])
    return move.after


def check_held(state: SessionState) -> None:
    """An hour counts only if the session was held (CE-11)."""
    if state is not SessionState.HELD:
        raise NotHeld("培训尚未登记为已举办或已取消，不能登记参训，请先核对培训状态。", rule="CE-11")


def check_backdated(day: date, today: date, reason: str | None) -> None:
    """T14."""
    if is_backdated(day, today) and reason is None:
        wrong = FieldError(field="reason", code="backdated", detail="补登超过 30 天的参训须写明理由")
        raise Unprocessable("培训已过去 30 天以上，补登须写明理由。", code="backdated", errors=[wrong])


def is_backdated(day: date, today: date) -> bool:
    return (today - day).days > always(BACKDATED_DAYS, today)


def check_evidence(state: AttendanceState, evidence: str | None) -> None:
    if state is AttendanceState.CLAIMED and not evidence:
        wrong = FieldError(field="evidence", code="evidence_missing", detail="自行申报须说明证明材料")
        raise Unprocessable("自行申报的学时须说明证明材料。", code="evidence_missing", rule="CE-11", errors=[wrong])


class When(NamedTuple):
    """One day of the session."""

    day: date
    starts_at: datetime | None
    ends_at: datetime | None
    minutes: int


class Entered(NamedTuple):
    """An attendance that counts or may come to count."""

    session_id: UUID
    person_id: UUID
    day: date
    starts_at: datetime | None
    ends_at: datetime | None
    minutes: int
    claimed: bool = False


class Plan(NamedTuple):
    new: list[Entered]
    unchanged: int


def planned(
    session_id: UUID,
    rows: Sequence[AttendanceRow],
    days: Sequence[When],
    people: Mapping[UUID, PersonCopy],
    before: Iterable[Entered],
    today: date,
    state: AttendanceState,
) -> Plan:
    """What the rows mean, each held against what was entered before; one wrong row and nothing is entered."""
    there: dict[UUID, list[Entered]] = defaultdict(list)
    for entered in before:
        there[entered.person_id].append(entered)
    by_day, new, wrong = {d.day: d for d in days}, list[Entered](), list[FieldError]()
    for n, row in enumerate(rows, start=1):
        try:
            entered = meant(session_id, row, by_day, people, today)._replace(claimed=state is S.CLAIMED)
            if (added := held_against(entered, there[row.person_id])) is not None:
                there[row.person_id].append(added)
                new.append(added)
        except Wrong as error:
            wrong.append(FieldError(field=error.field, code=error.code, detail=error.detail, row=n))
    if wrong:
        refuse(wrong, len(rows))
    return Plan(new, len(rows) - len(new))


class Wrong(Exception):
    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.field, self.code, self.detail = field, code, detail


CONFLICTS = frozenset({"overlapping", "entered_otherwise", "over_24_hours"})


def refuse(wrong: Sequence[FieldError], rows: int) -> None:
    kind = RowsConflict if all(e.code in CONFLICTS for e in wrong) else BadRows
    first = wrong[0]
    raise kind(
        f"共 {rows} 行，有 {len(wrong)} 行有误（第 {first.row} 行：{first.detail}），全部没有登记，请改正后重新提交。",
        rule="CE-11",
        errors=wrong,
    )


def meant(
    session_id: UUID, row: AttendanceRow, days: Mapping[date, When], people: Mapping[UUID, PersonCopy], today: date
) -> Entered:
    if row.person_id not in people:
        raise Wrong("person_id", "no_such_person", "没有这个人员，请核对人员编号")
    if row.day is None and len(days) > 1:
        raise Wrong("day", "day_missing", "培训有多天，请写明是哪一天")
    when = next(iter(days.values())) if row.day is None else days.get(row.day)
    if when is None:
        raise Wrong("day", "not_a_day_of_the_session", "这一天没有培训，请核对日期")
    if when.day > today:
        raise Wrong("day", "not_yet", "这一天还没有到，不能登记参训")
    minutes = when.minutes if row.minutes is None else row.minutes
    if minutes > when.minutes:
        raise Wrong("minutes", "more_than_taught", f"当天培训 {when.minutes} 分钟，参训不能更长")
    return Entered(session_id, row.person_id, when.day, when.starts_at, when.ends_at, minutes)


def held_against(new: Entered, before: Sequence[Entered]) -> Entered | None:
    """None if it was entered already (T17); nobody is in two places (T03), or has more than 24 hours a day (T01).

    Anybody may claim: what is claimed takes nobody's time before it is confirmed.
    """
    taken = [other for other in before if not other.claimed]
    for other in before:
        if (other.session_id, other.day) == (new.session_id, new.day):
            if other.minutes == new.minutes:
                return None
            raise Wrong("minutes", "entered_otherwise", f"该人员当天已登记 {other.minutes} 分钟，请先冲销原记录")
    if any(overlapping(new, other) for other in taken):
        raise Wrong("person_id", "overlapping", "该人员同一时间已登记参加另一场培训，不能重复计算")
    if new.minutes + sum(o.minutes for o in taken if o.day == new.day) > DAY_MINUTES:
        raise Wrong("minutes", "over_24_hours", "该人员当天参训合计超过 24 小时，请核对")
    return new


def check_confirmed(confirmed: Entered, before: Iterable[Entered]) -> None:
    """From now on it takes the person's time, as far as that is free."""
    try:
        held_against(confirmed, [o for o in before if (o.session_id, o.day) != (confirmed.session_id, confirmed.day)])
    except Wrong as error:
        raise RowsConflict(f"{error.detail}。", code=error.code, rule="CE-11") from error


def overlapping(a: Entered, b: Entered) -> bool:
    if a.starts_at is None or a.ends_at is None or b.starts_at is None or b.ends_at is None:
        return False
    return a.starts_at < b.ends_at and b.starts_at < a.ends_at


def warnings(plan: Plan, *, today: date, capacity: int | None, attended: int) -> list[RowNote]:
    """What an official should look at again; row 0 is the session itself."""
    late = sum(is_backdated(e.day, today) for e in plan.new)
    notes = [RowNote(row=0, field="day", detail=f"有 {late} 条参训是 30 天以后补登的，理由已留存。")] if late else []
    if capacity is not None and attended > capacity:
        notes.append(RowNote(row=0, field="capacity", detail=f"参训 {attended} 人，超过核定人数 {capacity} 人。"))
    return notes
