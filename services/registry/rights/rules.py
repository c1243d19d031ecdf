"""Requests of data subjects: states, deadlines, who may decide, and what becomes of the data (PI-06, PI-07)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.contracts.disclosure import RightsAction, RightsKind, RightsOutcome, RightsState
from services.kernel.errors import Conflict, Forbidden, Unprocessable

S = RightsState
TRANSITIONS: Mapping[RightsState, frozenset[RightsState]] = {
    S.OPEN: frozenset({S.IN_PROGRESS, S.REFUSED}),
    S.IN_PROGRESS: frozenset({S.DONE, S.REFUSED}),
    S.DONE: frozenset(),
    S.REFUSED: frozenset(),
}
A = RightsAction
ACTIONS: Mapping[RightsState, Sequence[RightsAction]] = {
    S.OPEN: (A.START, A.REFUSE), S.IN_PROGRESS: (A.COMPLETE, A.REFUSE), S.DONE: (), S.REFUSED: (),
}  # fmt: skip
TO_ERASE = frozenset({RightsKind.DELETE, RightsKind.WITHDRAW})
SATURDAY = 5


class Term(NamedTuple):
    """In force from a day until the next one begins. `said` is where it comes from."""

    start: date
    days: int
    said: str
    working: bool = False

    @property
    def rule(self) -> str:
        return f"{self.days} 个工作日，{self.said}" if self.working else f"{self.days} 天，{self.said}"


LAW = date(2021, 11, 1)  # since the law on personal information is in force
TERMS: Mapping[RightsKind, Sequence[Term]] = {
    **dict.fromkeys(RightsKind, (Term(LAW, 30, "GB/T 35273—2020"),)),
    RightsKind.WITHDRAW: (Term(LAW, 15, "参照注销账号的期限", working=True),),  # UNSURE
}


class WrongState(Conflict):
    english = "The request is not in a state that allows this."


class InFuture(Unprocessable):
    english = "The request cannot have been received in the future."


class OwnEntry(Forbidden):
    english = "Somebody else must decide on what you have entered."


class OwnDecision(Forbidden):
    english = "Somebody else must erase whom you have decided on last."


class StillRegistered(Conflict):
    english = "The person is registered: the purpose is not done."


def check_received(received_on: date, today: date) -> None:
    if received_on > today:
        raise InFuture("收到日期在今天之后。请填写今天或以前的日期。", code="in_future")


def term_of(kind: RightsKind, received_on: date) -> Term:
    terms = TERMS[kind]
    return next((t for t in reversed(terms) if t.start <= received_on), terms[0])


def due_on(kind: RightsKind, received_on: date) -> date:
    """The last day. Working days are Monday to Friday: no calendar of holidays is known here, which would only add."""
    term = term_of(kind, received_on)
    if not term.working:
        return received_on + timedelta(days=term.days)
    day, left = received_on, term.days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return day


def check_transition(state: RightsState, to: RightsState) -> None:
    if to not in TRANSITIONS[state]:
        raise WrongState("这项请求现在不能这样办理。请刷新后查看它的状态。", params={"state": state})


def check_decider(received_by: str, actor: str) -> None:
    """Nobody decides on what he entered; the table has the same as a constraint."""
    if actor == received_by:
        raise OwnEntry("本人登记的请求须由他人办结或拒绝。请交给其他审核人员。", code="own_entry", rule="PI-06")


def check_eraser(kind: RightsKind, last_decided_by: str | None, actor: str) -> None:
    """Erasure cannot be undone: whoever decided last on this person's data does not erase it as well."""
    if kind in TO_ERASE and actor == last_decided_by:
        raise OwnDecision(
            "此人的上一项请求或法定保留由您办理，删除须由他人办结。请交给其他审核人员。",
            code="own_decision", rule="PI-06",
        )  # fmt: skip


def actions(
    kind: RightsKind, state: RightsState, *, received_by: str, last_decided_by: str | None, actor: str
) -> list[RightsAction]:
    """What somebody who may decide there can do with it now."""
    erased_by_other = not (kind in TO_ERASE and actor == last_decided_by)
    own = actor == received_by
    return [a for a in ACTIONS[state] if a is A.START or (not own and (a is A.REFUSE or erased_by_other))]


def outcome(kind: RightsKind, *, registered: bool, kept_until: date | None, held: bool, today: date) -> RightsOutcome:
    """Deletion, unless the purpose is not done; and while the law keeps the data, restriction instead (PI-07)."""
    if kind not in TO_ERASE:
        return RightsOutcome.ANSWERED
    if registered and kind is RightsKind.DELETE:
        raise StillRegistered(
            "此人的登记仍在有效期内，处理目的尚未实现，不能删除。请先办理注销，或拒绝请求并说明理由。",
            code="still_registered", rule="PI-06",
        )  # fmt: skip
    if held or (kept_until is not None and today < kept_until):
        return RightsOutcome.RESTRICTED
    return RightsOutcome.ERASED
