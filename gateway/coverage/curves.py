"""Curves: step functions in arrays, a row per division, period, metric and map; read and written by COPY."""

import io
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from asyncpg import Connection

from gateway.coverage.covers import PRESENCE_NUMBERS
from gateway.coverage.steps import (
    Longs,
    Shorts,
    Steps,
    drawn,
    edges,
    encoded,
    joined,
    packed,
    read_changes,
    steps_of,
    summed,
    unpacked,
)

# Raw presence draws no curve: what is read of it are units, and those are our own 'cover:…' facts.
CHANGES = """
select unit as division, true as by_code, metric, map, start, stop, amount from {source} c
where above is null and metric <> all('{{{presence}}}'::smallint[])
union all
select a.division, false, metric, map, start, stop, amount from {source} c, unnest(above) a(division)
where above is not null and metric <> all('{{{presence}}}'::smallint[])"""
KNOWN = """
select division, period, metric, map, array_send(days), array_send(levels)
from unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::smallint[]) k(division, period, metric, map)
join curve using (division, period, metric, map)"""
OF_PROVINCE = "(select * from located where metric = {metric} and division between {low} and {high} and above is null)"
OF_EXCEPTIONS = "(select * from located where metric = {metric} and above is not null)"
WRITE = """
insert into curve select * from drawn
on conflict (division, period, metric, map) do update set days = excluded.days, levels = excluded.levels"""
PROVINCE = 10**10


async def changes(db: Connection, source: str) -> npt.NDArray[np.void]:
    out = io.BytesIO()
    query = CHANGES.format(source=source, presence=",".join(map(str, PRESENCE_NUMBERS)))
    await db.copy_from_query(query, output=out, format="binary")
    return read_changes(out.getbuffer())


async def known(db: Connection, key: Longs, period: Shorts) -> Steps:
    """The steps already drawn in these rows."""
    division, metric, on_map = (part.tolist() for part in unpacked(key))
    rows = await db.fetch(KNOWN, division, period.tolist(), metric, on_map)
    d, p, m, on, days, levels = map(list, zip(*rows, strict=True)) if rows else ([], [], [], [], [], [])
    return drawn(packed(d, m, on), np.array(p, np.int16), days, levels)


async def draw(db: Connection, new: Steps) -> None:
    """Merge these steps into the curves."""
    touched, begin = summed(new)
    old = await known(db, touched.key[begin], touched.period[begin])
    await db.copy_to_table("drawn", source=encoded(*summed(joined(touched, old))), format="binary")
    await db.execute(WRITE)
    await db.execute("truncate drawn")


async def settle(db: Connection, source: str = "change") -> None:
    """Put all changes into the curves."""
    if len(found := await changes(db, source)):
        await draw(db, steps_of(*edges(found)))


async def build(db: Connection, metrics: Iterable[int]) -> None:
    """Draw empty curves from all facts, a province at a time: only the nation's own curves must wait and be merged."""
    rows = await db.fetch("select distinct division / $1::bigint from fact order by 1", PROVINCE)
    provinces = [r[0] * PROVINCE for r in rows]
    for metric in metrics:
        waiting = [await build_province(db, metric, low) for low in provinces]
        if nation := [steps for steps in waiting if steps is not None]:
            await draw(db, joined(*nation))
        await settle(db, OF_EXCEPTIONS.format(metric=metric))


async def build_province(db: Connection, metric: int, low: int) -> Steps | None:
    """Write all curves below the nation's; answer the nation's share."""
    found = await changes(db, OF_PROVINCE.format(metric=metric, low=low, high=low + PROVINCE - 1))
    if not len(found):
        return None
    new = steps_of(*edges(found))
    nation = unpacked(new.key)[0] == 0
    if not nation.all():
        await db.copy_to_table("curve", source=encoded(*summed(new.at(~nation))), format="binary")
    return new.at(nation)
