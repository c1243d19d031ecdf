"""Records that move from state to state on a day: what may follow what, and when. Pure."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from services.kernel.errors import Conflict, FieldError, Forbidden, Unprocessable

State = TypeVar("State", bound=StrEnum)


class IllegalTransition(Conflict):
    english = "A record in this state cannot become that."


class WrongDay(Unprocessable):
    english = "A change of state counts from no earlier day than the one before it, and from no day to come."


class ReasonMissing(Unprocessable):
    english = "This decision needs a reason."


class OwnEntry(Forbidden):
    english = "Nobody decides on what he entered."


class Move(NamedTuple, Generic[State]):
    """What a verb makes of which states; what decides is for somebody else than whoever entered the record."""

    before: frozenset[State]
    after: State
    needs_reason: bool = False
    decides: bool = False


def acts(moves: Mapping[str, Move[State]], state: State, *, own: bool) -> list[str]:
    return [verb for verb, move in moves.items() if state in move.before and not (own and move.decides)]


def check_move(
    move: Move[State], state: State, names: Mapping[State, str], *, rule: str, day: date, last: date, today: date,
    reason: str | None, own: bool,
) -> State:  # fmt: skip
    if own and move.decides:
        raise OwnEntry("由您本人录入的，不能由您批准或聘任；请由本辖区其他办理培训与督导的经办人员办理。")
    if state not in move.before:
        wanted = "、".join(names[s] for s in names if s in move.before)
        raise IllegalTransition(f"当前为“{names[state]}”，只有“{wanted}”的才能进行这项操作，请刷新后核对。", rule=rule)
    if move.needs_reason and reason is None:
        wrong = FieldError(field="reason", code="reason_missing", detail="请填写理由")
        raise ReasonMissing("暂停、解聘或撤销须写明理由。", rule=rule, errors=[wrong])
    check_day(day, last=last, today=today)
    return move.after


def check_day(day: date, *, last: date | None, today: date) -> None:
    if day > today or (last is not None and day < last):
        detail = "不能晚于今天" if day > today else f"不能早于上一步的日期 {last}"
        wrong = FieldError(field="on", code="wrong_day", detail=detail)
        raise WrongDay(f"生效日期{detail}，请核对。", errors=[wrong])
