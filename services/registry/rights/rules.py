"""Requests of data subjects: their states, their deadlines, and what becomes of the data (PI-06, PI-07)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from services.contracts.disclosure import RightsKind, RightsOutcome, RightsState
from services.kernel.errors import Conflict, Unprocessable

S = RightsState
TRANSITIONS: Mapping[RightsState, frozenset[RightsState]] = {
    S.OPEN: frozenset({S.IN_PROGRESS, S.REFUSED}),
    S.IN_PROGRESS: frozenset({S.DONE, S.REFUSED}),
    S.DONE: frozenset(),
    S.REFUSED: frozenset(),
}
TO_ERASE = frozenset({RightsKind.DELETE, RightsKind.WITHDRAW})
SATURDAY = 5


class Term(NamedTuple):
    """In force from a day until the next one begins."""

    start: date
    days: int
    working: bool = False


LAW = date(2021, 11, 1)  # since the law on personal information is in force
TERMS: Mapping[RightsKind, Sequence[Term]] = {
    **dict.fromkeys(RightsKind, (Term(LAW, 30),)),  # GB/T 35273
    RightsKind.WITHDRAW: (Term(LAW, 15, working=True),),  # as the closing of an account; UNSURE
}


class WrongState(Conflict):
    english = "The request is not in a state that allows this."


class InFuture(Unprocessable):
    english = "The request cannot have been received in the future."


class StillRegistered(Conflict):
    english = "The person is registered: the purpose is not done."


def check_received(received_on: date, today: date) -> None:
    if received_on > today:
        raise InFuture("收到日期在今天之后。请填写今天或以前的日期。", code="in_future")


def due_on(kind: RightsKind, received_on: date) -> date:
    """The last day. Working days are Monday to Friday: no calendar of holidays is known here, which would only add."""
    terms = TERMS[kind]
    term = next((t for t in reversed(terms) if t.start <= received_on), terms[0])
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
