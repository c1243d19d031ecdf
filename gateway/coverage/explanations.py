"""The answer about a number: the facts it is made of, each with its record's address, within the asker's area."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from asyncpg import Connection, Record

from gateway.coverage import explain, reads
from gateway.coverage.answers import Asked
from gateway.coverage.explain import Behind
from gateway.coverage.lay import lay
from gateway.coverage.numbering import COVERS, PER_METRIC, PRESENCE, TIER_NUMBER, TIERS, number_of
from gateway.coverage.places import EVER
from gateway.coverage.policy import Part
from gateway.coverage.readings import plain, since
from gateway.coverage.records import record_of
from services.contracts.coverage import ExplainedFact, Explanation, Outside
from services.contracts.divisions import CodeRange
from services.contracts.metrics import METRICS, Kind, Metric
from services.kernel.errors import Unprocessable
from services.kernel.paging import BadCursor, decode_cursor, encode_cursor

NAMES: dict[int, str] = {d.number: m.value for m, d in METRICS.items()} | {n: name for name, n in COVERS.items()}
TIER_NAMES = {number: tier.value for tier, number in TIER_NUMBER.items()}


class UnknownMetric(Unprocessable):
    english = "There is no such metric or indicator."


@dataclass(frozen=True)
class Number:
    """The number that is asked about: by a metric's name, or as the first part of an indicator."""

    part: Part

    @property
    def base(self) -> str:
        return self.part.metric.partition("@")[0]

    @property
    def units(self) -> bool:
        return self.base in COVERS or self.base in PRESENCE

    @property
    def owner(self) -> str:
        """The service whose records are behind it; a unit is a division."""
        return METRICS[Metric(self.base)].owner if self.base not in COVERS else "registry"

    @property
    def metrics(self) -> list[int]:
        """Without a tier, units of every tier."""
        if self.units and "@" not in self.part.metric:
            return [number_of(f"{self.base}@{tier.value}") for tier in TIERS]
        return [self.part.number]


def number_asked(asked: Asked, name: str) -> Number:
    """An indicator of the pack (a ratio: its numerator), a metric, or a coverage at a tier."""
    row = asked.pack.indicator(name)
    if row is not None and row.parts:
        return Number(row.parts[0])
    try:
        number_of(name if "@" in name or name not in COVERS else f"{name}@city")
    except (KeyError, ValueError) as error:
        raise UnknownMetric(f"没有名为“{name}”的指标，请从指标列表中选择。", params={"metric": name}) from error
    return Number(Part(metric=name))


async def explanation(
    db: Connection, asked: Asked, number: Number, start: date | None, scope: Mapping[str, Sequence[CodeRange]],
    cursor: str | None, limit: int,
) -> Explanation:  # fmt: skip
    here = await lay(db, asked.division, asked.on, asked.on_map)
    first = since_of(number, asked.on, start)
    before = None if first is None else first - timedelta(days=1)
    behind = Behind(
        asked.division, number.metrics, asked.on, before, asked.on_map, scope.get(number.owner, ()), number.units
    )
    rows = await explain.page(db, behind, after(cursor, number.units), limit)
    shown, more = rows[:limit], len(rows) > limit
    hidden = await explain.outside(db, behind) if cursor is None else None
    return Explanation(
        metric=number.part.metric,
        division=here.itself.ref,
        on=asked.on,
        items=await units(db, asked, shown, scope) if number.units else [fact_of(row) for row in shown],
        total=plain(await total(db, asked, number, behind)),
        outside=None
        if hidden is None or not hidden.facts
        else Outside(facts=hidden.facts, amount=plain(hidden.amount)),
        next=encode_cursor(*key_of(shown[-1], number.units)) if more else None,
    )


def since_of(number: Number, on: date, start: date | None) -> date | None:
    """A flow asked for by its own name is counted from `start`, or since ever."""
    if number.part.window is not None:
        return since(number.part, on, start)
    return start if number.base not in COVERS and METRICS[Metric(number.base)].kind is Kind.FLOW else None


async def total(db: Connection, asked: Asked, number: Number, behind: Behind) -> int:
    """From the curves, not from the rows: what is explained is the number that was shown. Raw presence has no curve."""
    if number.base in PRESENCE:
        everywhere = [await explain.total(db, behind, inside=inside) for inside in (True, False)]
        return sum(s.amount for s in everywhere)
    days = [asked.on] if behind.before is None else [asked.on, behind.before]
    wanted = [(m, d) for d in days for m in number.metrics]
    values = await reads.points(db, int(asked.division), wanted, asked.on_map)
    return sum(values[: len(number.metrics)]) - sum(values[len(number.metrics) :])


def fact_of(row: Record) -> ExplainedFact:
    service, _, subject = row["subject"].partition("/")
    return ExplainedFact(
        service=service,
        subject=subject,
        metric=NAMES[row["metric"] // PER_METRIC],
        division=f"{row['division']:012}",
        start=row["start"],
        end=None if row["stop"] == EVER else row["stop"],
        amount=plain(row["amount"]),
        record=record_of(service, subject),
    )


async def units(
    db: Connection, asked: Asked, rows: Sequence[Record], scope: Mapping[str, Sequence[CodeRange]]
) -> list[ExplainedFact]:
    """Each unit counts 1; inside it, what was said of it, as far as the asker may see."""
    inner = await explain.nested(db, rows, asked.on, asked.on_map)
    return [unit_of(row, [fact_of(i) for i in inner if belongs(i, row) and visible(i, scope)]) for row in rows]


def belongs(inner: Record, unit: Record) -> bool:
    same_tier = inner["metric"] % PER_METRIC == unit["metric"] % PER_METRIC
    return bool(inner["unit"] == unit["unit"] and same_tier)


def visible(row: Record, scope: Mapping[str, Sequence[CodeRange]]) -> bool:
    code = f"{row['division']:012}"
    return any(code in r for r in scope.get(row["subject"].partition("/")[0], ()))


def unit_of(row: Record, facts: list[ExplainedFact]) -> ExplainedFact:
    code, (number, tier) = f"{row['unit']:012}", divmod(row["metric"], PER_METRIC)
    return ExplainedFact(
        service="registry",
        subject=f"division:{code}",
        metric=f"{NAMES[number]}@{TIER_NAMES[tier]}",
        division=code,
        start=row["start"],
        end=None if row["stop"] == EVER else row["stop"],
        amount=Decimal(1),
        record=record_of("registry", f"division:{code}"),
        facts=facts,
    )


# Cursors

SMALLINT, BIGINT = 2**15 - 1, 2**63 - 1


def key_of(row: Record, units: bool) -> tuple[str | int, ...]:
    if units:
        return row["metric"], row["unit"]
    return row["division"], row["start"].isoformat(), row["stop"].isoformat(), row["subject"]


def after(cursor: str | None, units: bool) -> tuple[object, ...]:
    if cursor is None:
        return explain.FIRST_UNIT if units else explain.FIRST_FACT
    try:
        if units:
            metric, unit = decode_cursor(cursor, 2)
            return held(metric, SMALLINT), held(unit, BIGINT)
        division, start, stop, subject = decode_cursor(cursor, 4)
        return held(division, BIGINT), date.fromisoformat(str(start)), date.fromisoformat(str(stop)), str(subject)
    except ValueError as error:
        raise BadCursor("翻页游标无效，请从第一页重新查询。") from error


def held(part: str | int, most: int) -> int:
    """As the statement's parameter can hold it: whoever writes a cursor may write any number."""
    if not isinstance(part, int) or not 0 <= part <= most:
        raise ValueError(part)
    return part
