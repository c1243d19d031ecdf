"""Indicators and their targets, read for one division on one day: all numbers in one question to the curves."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from asyncpg import Connection

from gateway.coverage import reads, rules
from gateway.coverage.numbering import ONE, amount_of
from gateway.coverage.policy import IndicatorRow, Pack, Part, Window
from gateway.coverage.targets import Target, goal_of, lights
from services.contracts.coverage import TargetStatus

Asked = tuple[int, date]
Numbers = dict[Asked, int]
CENT = Decimal("0.01")


class Reading(NamedTuple):
    """`value` None: nothing measures it, or a share of nothing was asked for."""

    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None


NOTHING = Reading(None)


class Judged(NamedTuple):
    target: Target
    status: TargetStatus
    achieved_on: date | None


def since(part: Part, day: date, start: date | None) -> date | None:
    """The first day a flow is counted from; None for a stock, and for a flow since ever."""
    if part.window is None:
        return None
    if start is not None:
        return start
    return date(day.year, 1, 1) if part.window is Window.YEAR else None


def needed(indicator: IndicatorRow, day: date, start: date | None = None) -> list[Asked]:
    found = [(part.number, day) for part in indicator.parts]
    firsts = [(part.number, since(part, day, start)) for part in indicator.parts]
    return found + [(number, first - timedelta(days=1)) for number, first in firsts if first is not None]


def reading(indicator: IndicatorRow, day: date, numbers: Numbers, start: date | None = None) -> Reading:
    values = [part_value(part, day, numbers, start) for part in indicator.parts]
    if not values or (len(values) == 1 and (indicator.parts[0].number, day) not in numbers):
        return NOTHING
    if len(values) == 1:
        return Reading(money(values[0]) if indicator.unit == "元" else plain(values[0]))
    above, below = values
    # Rounded down, so that 99.996 % is never shown as 100.
    share = None if below == 0 else (Decimal(above) * indicator.factor / below).quantize(CENT, ROUND_FLOOR)
    return Reading(share if share is None else share.normalize() + 0, plain(above), plain(below))


def part_value(part: Part, day: date, numbers: Numbers, start: date | None) -> int:
    first = since(part, day, start)
    before = 0 if first is None else numbers.get((part.number, first - timedelta(days=1)), 0)
    return numbers.get((part.number, day), 0) - before


def plain(scaled: int) -> Decimal:
    return Decimal(scaled // ONE) if scaled % ONE == 0 else amount_of(scaled).normalize()


def money(scaled: int) -> Decimal:
    return amount_of(scaled).quantize(CENT)


async def numbers(db: Connection, division: int, asked: Iterable[Asked], on_map: int) -> Numbers:
    """Without the metrics of which nobody has ever said anything: no record is not a zero."""
    asked = set(asked)
    said = await reads.said(db, {number for number, _ in asked})
    distinct = sorted(a for a in asked if a[0] in said)
    return dict(zip(distinct, await reads.points(db, division, distinct, on_map), strict=True))


async def judge(
    db: Connection,
    pack: Pack,
    division: int,
    targets: Sequence[Target],
    known: Sequence[Target],
    day: date,
    on_map: int,
) -> list[Judged]:
    """`known` are all targets of the division: a plan passes through the earlier ones."""
    pairs = [(t, i) for t in targets if (i := pack.indicator(t.indicator)) is not None]
    asked = [a for t, i in pairs for d in {day, t.due} for a in needed(i, d)]
    found = await numbers(db, division, asked, on_map)
    statuses = [status_of(pack, t, i, known, day, found) for t, i in pairs]
    asking = [(n, question(t, i, s, day, found)) for n, ((t, i), s) in enumerate(zip(pairs, statuses, strict=True))]
    open_ones = [(n, q) for n, q in asking if q is not None]
    days = await reads.reached(db, division, [q for _, q in open_ones], on_map)
    achieved = {n: when for (n, _), when in zip(open_ones, days, strict=True)}
    return [Judged(t, s, achieved.get(n)) for n, ((t, _), s) in enumerate(zip(pairs, statuses, strict=True))]


def status_of(
    pack: Pack, target: Target, indicator: IndicatorRow, known: Sequence[Target], day: date, found: Numbers
) -> TargetStatus:
    return rules.status(
        goal_of(target, known, indicator),
        day,
        value=reading(indicator, day, found).value,
        value_when_due=reading(indicator, target.due, found).value,
        lights=lights(pack, day),
    )


def question(
    target: Target, indicator: IndicatorRow, status: TargetStatus, day: date, found: Numbers
) -> reads.Question | None:
    """Achieved: the first day up to the due one. Missed: the first day after it, if it was reached all the same."""
    if target.value is None or not indicator.parts or status not in (TargetStatus.ACHIEVED, TargetStatus.MISSED):
        return None
    first, last = date.min, min(day, target.due)
    if status is TargetStatus.MISSED:
        first, last = target.due + timedelta(days=1), day
    base = 0
    if (counted_from := since(indicator.parts[0], target.due, None)) is not None:
        if status is TargetStatus.MISSED:
            return None  # counted anew each year: the year is over
        first, base = counted_from, found.get((indicator.parts[0].number, counted_from - timedelta(days=1)), 0)
    numbers = [part.number for part in indicator.parts]
    value = target.value / indicator.factor
    return reads.Question(numbers[0], numbers[1] if len(numbers) > 1 else 0, base, value, first, last)
