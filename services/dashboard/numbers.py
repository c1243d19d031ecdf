"""How numbers and days are written: thousands, one decimal, ISO days, a dash for what is not known."""

from datetime import UTC, date, datetime
from decimal import ROUND_FLOOR, Decimal

from services.kernel.clock import SHANGHAI

UNKNOWN = "—"
TENTH = Decimal("0.1")


def number(value: int | Decimal | None) -> str:
    """12345.50 → 12,345.5"""
    if value is None:
        return UNKNOWN
    text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: Decimal) -> str:
    """12345.5 → 12,345.50; yuan, which stands beside it."""
    return f"{value:,.2f}"


def percentage(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """Rounded down: 99.96 is never shown as 100. A share of nothing is not known."""
    return None if whole == 0 else (Decimal(part) * 100 / Decimal(whole)).quantize(TENTH, ROUND_FLOOR)


def percent(value: Decimal | None) -> str:
    return UNKNOWN if value is None else f"{value.quantize(TENTH, ROUND_FLOOR):,f}%"


def amount(value: Decimal | None, unit: str) -> str:
    """A share as a percentage, anything else as a number; the unit stands elsewhere."""
    return percent(value) if unit == "%" else number(value)


def change(value: Decimal | None, unit: str) -> str:
    """With its sign; between shares it is in points."""
    if value is None:
        return UNKNOWN
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    return f"{sign}{number(abs(value))}{' 个百分点' if unit == '%' else ''}"


def day(value: date | None) -> str:
    return UNKNOWN if value is None else value.isoformat()


def last_day(end: date | None) -> str:
    """Periods are stored half-open; pages show the last day."""
    return "至今" if end is None else date.fromordinal(end.toordinal() - 1).isoformat()


def moment(value: datetime | None) -> str:
    """An instant as the clock in Jinan shows it."""
    return UNKNOWN if value is None else value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def age(since: datetime | None, at: datetime) -> str:
    """How long ago, in the largest fitting unit."""
    if since is None:
        return UNKNOWN
    seconds = max(int((at - since.astimezone(UTC)).total_seconds()), 0)
    for unit, size in (("天", 86400), ("小时", 3600), ("分钟", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}前"
    return f"{seconds} 秒前"
