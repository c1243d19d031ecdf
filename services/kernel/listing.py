"""Lists and single records in plain SQL: conditions with numbered parameters, the asker's scope, keyset pages.

For services that follow the registry: what lies below a division they read from their copies (kernel/copies).
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import date
from typing import TypeVar

import asyncpg
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.divisions import CodeRange, subtree
from services.kernel import narrowing
from services.kernel.actor import Actor
from services.kernel.db import driver_of
from services.kernel.errors import NotFound, Unprocessable
from services.kernel.paging import BadCursor, Page, decode_cursor, page_of, storable

M = TypeVar("M", bound=BaseModel)
Key = Sequence[tuple[str, Callable[[str], object]]]  # columns, and how to read each out of a cursor
Order = tuple[Key, bool]  # and whether it runs backwards
Ranges = Callable[[asyncpg.Connection, str], Awaitable[list[CodeRange]]]  # the codes below a division
NOT_HERE = "没有找到，或不在您的管辖范围内。请核对编号和区划。"


class Conditions:
    """What the rows of one list have in common. Values only ever travel as parameters."""

    def __init__(self) -> None:
        self.parameters: list[object] = []
        self.parts: list[str] = ["true"]

    def value(self, value: object) -> str:
        """The place of a parameter."""
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def add(self, condition: str, *values: object) -> None:
        """`{}` stands for each value in turn."""
        self.parts.append(condition.format(*(self.value(v) for v in values)))

    def within(self, column: str, ranges: Iterable[CodeRange]) -> None:
        """In one of the ranges; in none if there are none."""
        if not narrowing.on:
            return
        any_of = [f"{column} between {self.value(r.low)} and {self.value(r.high)}" for r in ranges]
        self.parts.append(f"({' or '.join(any_of) or 'false'})")

    def after(self, cursor: str | None, key: Key, *, descending: bool = False) -> None:
        """Behind the last row of the page before."""
        if cursor is None:
            return
        try:
            values = [read_key(kind, v) for (_, kind), v in zip(key, decode_cursor(cursor, len(key)), strict=True)]
        except ValueError as error:
            raise BadCursor("翻页游标无效，请从第一页重新查询。") from error
        columns, places = ", ".join(column for column, _ in key), ", ".join(map(self.value, values))
        self.parts.append(f"({columns}) {'<' if descending else '>'} ({places})")

    def sql(self) -> str:
        return " and ".join(self.parts)


def read_key(kind: Callable[[str], object], value: str | int) -> object:
    """One column of a cursor. Anybody can write a cursor: not every text reaches PostgreSQL."""
    text = str(value)
    if not storable(text):
        raise ValueError(text)
    return kind(text)


async def page(
    db: asyncpg.Connection,
    select: str,
    conditions: Conditions,
    *,
    key: Key,
    cursor: str | None,
    limit: int,
    made: Callable[[asyncpg.Record], M],
    descending: bool = False,
) -> Page[M]:
    """One page in the order of its key.

    `select` says where the `{rows}` are chosen, brings along the `{keys}`, and may need the `{order}` once more.
    """
    conditions.after(cursor, key, descending=descending)
    keys = "".join(f", {column} as k{n}" for n, (column, _) in enumerate(key))
    order = "order by " + ", ".join(column + " desc" * descending for column, _ in key)
    chosen = f"where {conditions.sql()} {order} limit {conditions.value(limit + 1)}"
    rows = await db.fetch(select.format(keys=keys, rows=chosen, order=order), *conditions.parameters)
    shown, following = page_of(rows, limit, lambda row: [str(row[f"k{n}"]) for n in range(len(key))])
    return Page(items=[made(row) for row in shown], next=following)


async def one(db: asyncpg.Connection, select: str, conditions: Conditions, *, made: Callable[[asyncpg.Record], M]) -> M:
    """The record, or 404 whether it is missing or outside the asker's area."""
    row = await db.fetchrow(select.format(keys="", rows=f"where {conditions.sql()}", order=""), *conditions.parameters)
    if row is None:
        raise NotFound(NOT_HERE)
    return made(row)


# A zone's streets lie below districts.
ZONED = """
select record->>'code' as code from known_subject
where not gone and (subject = 'division:' || $1 or (record->>'zone' = $1 and record->>'tier' = 'street'))
order by 1"""


async def ranges_of(db: asyncpg.Connection, division: str) -> list[CodeRange]:
    """The codes of a division's subtree by the copies: one range, or, for a zone, one more for each of its streets."""
    return ranges_among(division, [row["code"] for row in await db.fetch(ZONED, division)])


def ranges_among(division: str, codes: Sequence[str]) -> list[CodeRange]:
    """`codes`: the division itself, if there is one, and a zone's streets."""
    if division not in codes:
        raise NotFound("没有这个区划，请核对区划代码。", code="no_such_division")
    return [subtree(code) for code in codes]


async def scope(
    db: asyncpg.Connection, actor: Actor, permission: str, division: str | None, ranges: Ranges = ranges_of
) -> list[Sequence[CodeRange]]:
    """The ranges in which a list may look, all of which a row must lie in: the asker's own, and those asked for."""
    own = actor.ranges(permission)
    if division is None:
        return [own]
    asked = await ranges(db, division)
    if narrowing.on and not any(meet(mine, theirs) for mine in own for theirs in asked):
        raise NotFound(NOT_HERE)
    return [own, asked]


def meet(left: CodeRange, right: CodeRange) -> bool:
    return left.low <= right.high and right.low <= left.high


class PeriodReversed(Unprocessable):
    english = "The period ends before it begins."


def check_period(start: date | None, end: date | None) -> None:
    """From a day to a day, both included."""
    if start is not None and end is not None and end < start:
        raise PeriodReversed("起始日期晚于截止日期，请调整后重试。", code="period_reversed")


def literally(text: str) -> str:
    """For LIKE: the characters that it takes for wildcards stand for themselves (N12)."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def plain(tx: AsyncSession) -> asyncpg.Connection:
    """The connection under a transaction, to read back what it has written in the words of the lists."""
    await tx.flush()
    return await driver_of(tx)
