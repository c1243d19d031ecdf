"""The divisions below, in order of an indicator: rank, gap, light, and how the map colours them. Pure."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from services.contracts.coverage import ChildValue, ChildValues, TargetStatus
from services.contracts.divisions import Tier
from services.dashboard.numbers import number
from services.dashboard.words import LIGHTS, Light

LEAST = 3  # fewer units are not ranked
QUARTERS = ("q1", "q2", "q3", "q4")


class Sort(StrEnum):
    VALUE = "value"
    NAME = "name"
    UNITS = "n"
    GAP = "gap"
    CHANGE = "change"


class Row(NamedTuple):
    """`shade` is the colour on the map: of the light, or of the quarter of the values where there is no target."""

    child: ChildValue
    rank: int | None
    gap: Decimal | None
    change: Decimal | None
    light: Light
    shade: str

    @property
    def late(self) -> bool:
        """Not reached by its due day, and reached by now."""
        return self.child.status is TargetStatus.MISSED and self.gap is not None and self.gap >= 0

    @property
    def mark(self) -> str:
        """The light's shape, for where there is no room for its word."""
        return {"st-green": "●", "st-amber": "▲", "st-red": "■"}.get(self.light.css, "")


class Lists(NamedTuple):
    """What counts; the zones, which overlap with it; the units that do not count."""

    rows: list[Row]
    zones: list[Row]
    quasi: list[Row]


def lists_of(found: ChildValues, before: ChildValues | None) -> Lists:
    past = {child.code: child.value for child in before.items} if before else {}
    counted = [c for c in found.items if c.counts and c.tier is not Tier.ZONE]
    zones = [c for c in found.items if c.tier is Tier.ZONE]
    quasi = [c for c in found.items if not c.counts and c.tier is not Tier.ZONE]
    return Lists(*(_ranked(children, past) for children in (counted, zones, quasi)))


def _ranked(children: Sequence[ChildValue], past: Mapping[str, Decimal | None]) -> list[Row]:
    known = sorted((c.value for c in children if c.value is not None), reverse=True)
    ranks = {value: place for place, value in reversed(list(enumerate(known, start=1)))} if len(known) >= LEAST else {}
    judged = any(c.status is not TargetStatus.NO_TARGET for c in children)
    rows = [
        Row(
            child=c,
            rank=None if c.value is None or c.tier is Tier.VILLAGE else ranks.get(c.value),
            gap=None if c.value is None or c.target is None else c.value - c.target,
            change=_change(c.value, past.get(c.code)),
            light=LIGHTS[c.status],
            shade=_shade(c, known, judged),
        )
        for c in children
    ]
    return sort_by(rows, Sort.VALUE, descending=True)


def _change(value: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if value is None or before is None else value - before


def _shade(child: ChildValue, known: Sequence[Decimal], judged: bool) -> str:
    if child.value is None:
        return "none"
    light = LIGHTS[child.status].css.removeprefix("st-")
    if judged and light != "none":
        return light
    above = sum(value > child.value for value in known)
    return QUARTERS[3 - min(3, above * 4 // max(1, len(known)))]


def sort_by(rows: Iterable[Row], key: Sort, *, descending: bool) -> list[Row]:
    """Unknown values come last, whichever way; names keep equal ones in order."""
    by_name = sorted(rows, key=lambda row: row.child.code)
    if key is Sort.NAME:
        return sorted(by_name, key=lambda row: row.child.name, reverse=descending)
    amount = AMOUNTS[key]
    known = [(value, row) for row in by_name if (value := amount(row)) is not None]
    known.sort(key=lambda pair: pair[0], reverse=descending)
    return [row for _, row in known] + [row for row in by_name if amount(row) is None]


AMOUNTS: Mapping[Sort, Callable[[Row], Decimal | None]] = {
    Sort.VALUE: lambda row: row.child.value,
    Sort.UNITS: lambda row: row.child.denominator,
    Sort.GAP: lambda row: row.gap,
    Sort.CHANGE: lambda row: row.change,
}
HEADERS = ("排名", "区划代码", "单位", "指标", "分子", "分母", "数值", "计量单位", "目标", "差距", "状态", "数据日期")


def as_csv(found: ChildValues, rows: Iterable[Row]) -> str:
    """For Excel: with a mark of its encoding; a code keeps its digits, and no cell is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADERS)
    for row in rows:
        c = row.child
        amounts = [number(v).replace(",", "") for v in (c.numerator, c.denominator, c.value)]
        goal = [number(v).replace(",", "") for v in (c.target, row.gap)]
        writer.writerow(
            ["" if row.rank is None else row.rank, f"{c.code}\t", _text(c.name), _text(found.whole.name), *amounts,
             found.whole.unit, *goal, row.light.word, found.on]
        )  # fmt: skip
    return "\ufeff" + out.getvalue()


def _text(word: str) -> str:
    return f"'{word}" if word[:1] in ("=", "+", "-", "@", "\t", "\r") else word
