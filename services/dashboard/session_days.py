"""The days of a session as an official writes them, one a line: `2026-11-24 180`, or from when to when."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.dashboard.inputs import lines
from services.kernel.clock import SHANGHAI

MOST_DAYS = 60
HINT = (
    "每天一行：日期、空一格、分钟数，例如“2026-11-24 180”；"
    "也可以写起止时刻，例如“2026-11-24 09:00-12:00”，中间有休息的在后面再写去掉休息的分钟数"
)
WRITTEN = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})\s+"
    r"(?:(?P<start>\d{1,2}:\d{2})\s*[-~–—]\s*(?P<end>\d{1,2}:\d{2})(?:\s+(?P<net>\d{1,4})(?:分钟)?)?"
    r"|(?P<minutes>\d{1,4})(?:分钟)?)",
    re.ASCII,
)
WIDE = str.maketrans("０１２３４５６７８９：－～／．\u3000\t", "0123456789:-~/. " + " ")
DAY = re.compile(r"^(\d{4})[./年-](\d{1,2})[./月-](\d{1,2})日?")


def read(text: str) -> list[dict[str, object]]:
    """The API's days; a line that cannot be read is told by its number."""
    return [_read(n, line) for n, line in enumerate(lines(text, MOST_DAYS), start=1)]


def _read(n: int, line: str) -> dict[str, object]:
    plain = DAY.sub(lambda m: f"{m[1]}-{m[2]:0>2}-{m[3]:0>2}", line.translate(WIDE))
    found = WRITTEN.fullmatch(plain)
    if found is None:
        raise ValueError(f"第 {n} 行“{line[:40]}”没有看懂，应写成“2026-11-24 180”或“2026-11-24 09:00-12:00”的样子")
    try:
        day = date.fromisoformat(found["day"])
        if found["minutes"]:
            return {"day": day.isoformat(), "minutes": int(found["minutes"])}
        times = {"starts_at": _instant(day, found["start"]), "ends_at": _instant(day, found["end"])}
    except (ValueError, OverflowError):
        raise ValueError(f"第 {n} 行“{line[:40]}”的日期或时刻不存在，请核对") from None
    return {**times, **({"minutes": int(found["net"])} if found["net"] else {})}


def _instant(day: date, clock: str) -> str:
    """24:00 is the end of the day."""
    hour, minute = (int(part) for part in clock.split(":"))
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise ValueError(clock)
    at = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(hours=hour, minutes=minute)
    return at.astimezone(UTC).isoformat()


def written(days: Sequence[Mapping[str, Any]] | None) -> str:
    """The days of a record as such lines: read again, they are the same days."""
    return "\n".join(_written(day) for day in days or ())


def _written(day: Mapping[str, Any]) -> str:
    if not day["starts_at"]:
        return f"{day['day']} {day['minutes']}"
    start, end = (datetime.fromisoformat(day[name]).astimezone(SHANGHAI) for name in ("starts_at", "ends_at"))
    last = "24:00" if end.date() > start.date() else f"{end:%H:%M}"
    net = "" if day["minutes"] == (end - start).total_seconds() // 60 else f" {day['minutes']}"
    return f"{day['day']} {start:%H:%M}-{last}{net}"
