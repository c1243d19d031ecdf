"""The rules of two records of one person, as functions of plain values."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from services.contracts.facts import Period, overlap, without
from services.contracts.same_people import PairState
from services.kernel.errors import Conflict, Forbidden, Unprocessable
from services.registry.registrations.parameters import Dated, on

UNDO_DAYS: Sequence[Dated[int]] = (Dated(date(2009, 4, 8), 30),)  # our own standard


class DecidedAlready(Conflict):
    english = "This pair has been decided on."


class AskCity(Forbidden):
    english = "One of the two lies in another district: the city decides."


class MergedAlready(Conflict):
    english = "One of the two has become another one by now."


class Unfinished(Conflict):
    english = "Something about one of the two is still to be decided."


class UndoneAlready(Conflict):
    english = "This merge has been undone."


class UndoTooLate(Conflict):
    english = "A merge can be undone for a while only."


class ChangedSince(Conflict):
    english = "What was moved has been changed since."


class NotOfPair(Unprocessable):
    english = "This is neither of the two."


class WrongDay(Unprocessable):
    english = "The days do not fit."


class SameName(Conflict):
    english = "This is what the person is called already."


def undo_until(merged_on: date) -> date:
    """The last day."""
    days: int | None = on(UNDO_DAYS, merged_on)
    return merged_on + timedelta(days=days or 0)


def check_open(state: PairState) -> None:
    if state is not PairState.OPEN:
        raise DecidedAlready("这一对已有结论，请刷新后查看。", code="decided_already", params={"state": state.value})


def check_undo(undone: bool, until: date, today: date) -> None:
    if undone:
        raise UndoneAlready("这次合并已经撤销，请刷新后查看。", code="undone_already")
    if today > until:
        detail = f"已超过可以撤销的期限（{until} 止）。请逐项更正，或由人工处理。"
        raise UndoTooLate(detail, code="undo_too_late", params={"undo_until": str(until)})


class Stay(NamedTuple):
    """An assignment: where, from when to when."""

    id: UUID
    point_id: UUID
    period: Period


class Settled(NamedTuple):
    """`moves`: assignments that only change hands; `widened`: what the kept one's own become. The rest says nothing
    that these do not say, and stays.
    """

    moves: list[UUID]
    widened: dict[UUID, Period]


def settled(kept: Sequence[Stay], merged: Sequence[Stay]) -> Settled:
    """Nobody works at a point twice on a day: where both did, the kept one's time there grows by what it lacks."""
    moves: list[UUID] = []
    now = {s.id: s for s in kept}
    for stay in sorted(merged, key=lambda s: s.period.start):
        here = [s for s in now.values() if s.point_id == stay.point_id]
        if not any(overlap([s.period], [stay.period]) for s in here):
            moves.append(stay.id)
            continue
        for piece in without([stay.period], [s.period for s in here]):
            widen(now, here, piece)
    before = {s.id: s.period for s in kept}
    return Settled(moves, {id: s.period for id, s in now.items() if s.period != before[id]})


def widen(now: dict[UUID, Stay], here: Sequence[Stay], piece: Period) -> None:
    """By days that touch one of them."""
    for id in (s.id for s in here):
        stay = now[id]
        start, end = stay.period
        if end == piece.start:
            now[id] = stay._replace(period=Period(start, piece.end))
            return
        if start == piece.end:
            now[id] = stay._replace(period=Period(piece.start, end))
            return
