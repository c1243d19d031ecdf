"""Step functions as arrays: edges of facts become steps of curves, and rows of `curve` as binary COPY. Pure numpy."""

import io
import struct
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gateway.coverage.places import STEPS

RowType = np.dtype[np.void]
Longs = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int16]
Days = npt.NDArray[np.int32]

EPOCH = np.datetime64("2000-01-01", "D")  # PostgreSQL's day 0
INFINITY = 2**31 - 1
OPENINGS = 0  # the period that holds the opening of every quarter
HEADER, TRAILER = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"


class Steps(NamedTuple):
    """Parallel arrays; a key is a curve: division << 12 | metric << 2 | map."""

    key: Longs
    period: Shorts
    day: Days
    delta: Longs

    def at(self, index: npt.NDArray[np.int64 | np.bool_]) -> "Steps":
        return Steps(self.key[index], self.period[index], self.day[index], self.delta[index])


def joined(*parts: Steps) -> Steps:
    key, period, day, delta = zip(*parts, strict=True)
    return Steps(np.concatenate(key), np.concatenate(period), np.concatenate(day), np.concatenate(delta))


def copied(**fields: str) -> RowType:
    """A row of binary COPY whose columns have a fixed width."""
    cells = [part for name, kind in fields.items() for part in ((f"{name}_size", ">i4"), (name, kind))]
    return np.dtype([("columns", ">i2"), *cells])


CHANGE = copied(division=">i8", by_code="?", metric=">i2", map=">i2", start=">i4", stop=">i4", amount=">i8")
KEY = copied(division=">i8", period=">i2", metric=">i2", map=">i2")
ARRAY = np.dtype([(n, ">i4") for n in ("size", "dimensions", "nulls", "type", "length", "base")])
DAY = np.dtype([("size", ">i4"), ("value", ">i4")])
LEVEL = np.dtype([("size", ">i4"), ("value", ">i8")])
DATE_OID, BIGINT_OID = 1082, 20


def packed(division: npt.ArrayLike, metric: npt.ArrayLike, map: npt.ArrayLike) -> Longs:
    wide = np.asarray(division, np.int64) << 12
    return wide | np.asarray(metric, np.int64) << 2 | np.asarray(map, np.int64)


def unpacked(key: Longs) -> tuple[Longs, Longs, Longs]:
    return key >> 12, key >> 2 & 1023, key & 3


def read_changes(copy: memoryview) -> npt.NDArray[np.void]:
    return np.frombuffer(copy[len(HEADER) : -len(TRAILER)], CHANGE)


def summed(steps: Steps) -> tuple[Steps, Longs]:
    """One step per curve, period and day, in order; also where each row (curve, period) begins."""
    rank = np.unique(steps.key, return_inverse=True)[1]
    order = np.argsort(rank << 25 | (steps.period > 0).astype(np.int64) << 24 | steps.day + 2**23)
    key, period, day, delta = steps.at(order)
    new_row = np.r_[True, (key[1:] != key[:-1]) | (period[1:] != period[:-1])]
    first = np.flatnonzero(new_row | np.r_[True, day[1:] != day[:-1]])
    one = Steps(key[first], period[first], day[first], np.add.reduceat(delta, first))
    return one, np.flatnonzero(new_row[first])


def edges(changes: npt.NDArray[np.void]) -> tuple[Longs, Days, Longs]:
    """+amount on the first day, −amount on the last, for every curve above."""
    division, curve = changes["division"].astype(np.int64), packed(0, changes["metric"], changes["map"])
    above = [division - division % size for size in STEPS]
    lower = [None, *above]  # a city without districts is its own district: once is enough
    taken = [changes["by_code"] & (np.True_ if b is None else a != b) for a, b in zip(above, lower, strict=False)]
    above, taken = [*above, division], [*taken, ~changes["by_code"]]
    key = np.concatenate([(a << 12 | curve)[t] for a, t in zip(above, taken, strict=True)])
    start, stop, amount = (np.concatenate([changes[n][t] for t in taken]) for n in ("start", "stop", "amount"))
    ends = stop != INFINITY
    day, delta = np.r_[start, stop[ends]], np.r_[amount, -amount[ends]]
    return np.r_[key, key[ends]], day.astype(np.int32), delta.astype(np.int64)


def steps_of(key: Longs, day: Days, delta: Longs) -> Steps:
    """Each edge moves its curve within its quarter, and the opening of all later quarters."""
    zero = np.zeros(len(key), np.int16)
    (key, _, day, delta), _ = summed(Steps(key, zero, day, delta))
    month = (EPOCH + day).astype("datetime64[M]").astype(np.int64)  # since January 1970
    period = ((1970 + month // 12) * 10 + month % 12 // 3 + 1).astype(np.int16)  # 20262: second quarter of 2026
    quarter = (month - month % 3 + 3).astype("datetime64[M]").astype("datetime64[D]")
    after = (quarter - EPOCH).astype(np.int32)
    opening = np.full(len(key), OPENINGS, np.int16)
    return Steps(np.r_[key, key], np.r_[period, opening], np.r_[day, after], np.r_[delta, delta])


def drawn(keys: Longs, periods: Shorts, days: list[bytes], levels: list[bytes]) -> Steps:
    """The steps in rows of `curve`, from `array_send` of their two arrays."""
    sizes = np.array([max(0, (len(b) - 20) // DAY.itemsize) for b in days], np.int64)
    day = np.frombuffer(b"".join(b[20:] for b in days), DAY)["value"]
    level = np.frombuffer(b"".join(b[20:] for b in levels), LEVEL)["value"].astype(np.int64)
    delta = np.diff(level, prepend=np.int64(0))
    begin = (np.cumsum(sizes) - sizes)[sizes > 0]
    delta[begin] = level[begin]  # each row starts from nothing
    return Steps(np.repeat(keys, sizes), np.repeat(periods, sizes), day.astype(np.int32), delta)


EMPTY_DAYS = struct.pack(">iiii", 12, 0, 0, DATE_OID)
EMPTY_LEVELS = struct.pack(">iiii", 12, 0, 0, BIGINT_OID)


def column(kind: RowType, oid: int, counts: Longs, values: npt.NDArray[np.signedinteger]) -> tuple[bytes, bytes, int]:
    """An array column: the head of each row's array, and all cells one after another."""
    head = np.zeros(len(counts), ARRAY)
    head["size"], head["dimensions"], head["type"] = 20 + counts * kind.itemsize, 1, oid
    head["length"], head["base"] = counts, 1
    cells = np.empty(len(values), kind)
    cells["size"], cells["value"] = kind.itemsize - 4, values
    return head.tobytes(), cells.tobytes(), kind.itemsize


def encoded(steps: Steps, begin: Longs) -> io.BytesIO:
    """Rows of `curve` as binary COPY; a step that came to nothing is left out."""
    sizes = np.diff(np.r_[begin, len(steps.key)])
    level = np.cumsum(steps.delta)
    level -= np.repeat(level[begin] - steps.delta[begin], sizes)
    kept = steps.delta != 0
    ends = np.cumsum(kept)[begin + sizes - 1]
    counts = np.diff(ends, prepend=0)
    keys = np.empty(len(begin), KEY)
    keys["columns"], keys["period"] = 6, steps.period[begin]
    keys["division"], keys["metric"], keys["map"] = unpacked(steps.key[begin])
    for name, size in (("division", 8), ("period", 2), ("metric", 2), ("map", 2)):
        keys[f"{name}_size"] = size
    days = column(DAY, DATE_OID, counts, steps.day[kept])
    levels = column(LEVEL, BIGINT_OID, counts, level[kept])
    return io.BytesIO(b"".join([HEADER, *rows(keys.tobytes(), ends.tolist(), days, levels), TRAILER]))


def rows(keys: bytes, ends: list[int], *columns: tuple[bytes, bytes, int]) -> list[bytes]:
    parts, start = [], 0
    for i, end in enumerate(ends):
        parts.append(keys[i * KEY.itemsize : (i + 1) * KEY.itemsize])
        for empty, (heads, cells, width) in zip((EMPTY_DAYS, EMPTY_LEVELS), columns, strict=True):
            if end > start:
                parts += (heads[i * ARRAY.itemsize : (i + 1) * ARRAY.itemsize], cells[start * width : end * width])
            else:
                parts.append(empty)
        start = end
    return parts
