"""An indicator over time: which period is asked for, and the sentence that says what the line shows."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from services.contracts.coverage import Series, SeriesPoint
from services.dashboard.gateway import Gateway
from services.dashboard.numbers import number
from services.dashboard.panels import Panel, panel


class Step(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Length(NamedTuple):
    name: str
    months: int
    points: int


LENGTHS = {
    Step.MONTH: Length("近 12 月", 1, 12),
    Step.QUARTER: Length("近 8 季", 3, 8),
    Step.YEAR: Length("近 7 年", 12, 7),
}


def first_day(step: Step, on: date) -> date:
    """The first day of the oldest period shown; the newest one ends on `on`."""
    length = LENGTHS[step]
    month = on.year * 12 + (on.month - 1) // length.months * length.months - (length.points - 1) * length.months
    return date(month // 12, month % 12 + 1, 1)


async def ask(gateway: Gateway, id: str, division: str, step: Step, on: date, **how: object) -> Panel[Series]:
    period = {"from": first_day(step, on), "to": on, "step": step}
    return await panel(gateway.ask(Series, f"/indicators/{id}/series", division=division, on=on, **period, **how))


def sentence(name: str, unit: str, points: Sequence[SeriesPoint], target: Decimal | None) -> str:
    """What somebody who cannot see the line should know of it."""
    known = [p for p in points if p.value is not None]
    if not known:
        return f"{name}：这段时间没有数据。"
    first, last = known[0], known[-1]
    top = max(known, key=lambda p: p.value or Decimal(0))
    aim = "" if target is None else f"；目标 {number(target)}{unit}"
    return (
        f"{name}：{first.day} 为 {number(first.value)}{unit}，{last.day} 为 {number(last.value)}{unit}；"
        f"最高 {number(top.value)}{unit}（{top.day}）{aim}。"
    )
