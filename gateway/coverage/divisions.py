"""The gateway's copy of the divisions, kept by the registry's feed, and which places a change of it redraws."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from asyncpg import Connection
from pydantic import BaseModel, Field, JsonValue, ValidationError

from gateway.coverage.numbering import Unfoldable
from gateway.coverage.places import EVER, NEVER, STEPS, Atlas, Lie, Place, Placement
from services.contracts.divisions import DivisionCode, Tier
from services.contracts.facts import SubjectState

PREFIX = "division:"


class PlacementRecord(BaseModel):
    start: date
    parent: DivisionCode | None = None
    zone: DivisionCode | None = None


class DivisionRecord(BaseModel):
    """What the registry's feed says of a division. `placements` only where parent or zone changed over time."""

    code: DivisionCode
    name: str
    tier: Tier
    kind: str
    parent: DivisionCode | None
    zone: DivisionCode | None = None
    counts: bool
    valid_from: date | None = None
    valid_to: date | None = None
    successor: DivisionCode | None = None
    placements: list[PlacementRecord] = Field(default_factory=list)

    def lie(self) -> Lie:
        said = sorted(self.placements, key=lambda p: p.start)
        rows = [Placement(p.start, number(p.parent), number(p.zone)) for p in said]
        if not rows:
            rows = [Placement(NEVER, number(self.parent), number(self.zone))]
        taken = self.successor if self.valid_to is not None else None
        return Lie(int(self.code), rows, self.valid_to or EVER, number(taken))


def number(code: str | None) -> int | None:
    return None if code is None else int(code)


def parsed(subject: str, record: Mapping[str, JsonValue]) -> DivisionRecord:
    try:
        found = DivisionRecord.model_validate(record)
    except ValidationError as error:
        raise Unfoldable(f"{subject}: {error}") from error
    if subject != PREFIX + found.code:
        raise Unfoldable(f"{subject} speaks of {found.code}")
    return found


KNOWN = """
select d.code, d.valid_to, d.successor, d.tier, p.start, p.parent, p.zone
from division d join placement p on p.division = d.code where d.code = any($1::bigint[]) order by d.code, p.start"""

# Everything below the moved ones and everything they or those below have taken over, by any placement there ever was;
# a taker gets places too, or its predecessors' facts would not join its own.
AFFECTED = """
with recursive reached(code) as (
  select unnest($1::bigint[])
  union
  select n.code from reached r cross join lateral (
    select division as code from placement where parent = r.code
    union all select division from placement where zone = r.code
    union all select code from division where successor = r.code
    union all select successor from division where code = r.code and successor is not null) n)
select code from reached"""

# … and everything above these that their places depend on.
CONTEXT = """
with recursive needed(code) as (
  select unnest($1::bigint[])
  union
  select n.code from needed r cross join lateral (
    select parent as code from placement where division = r.code
    union all select zone from placement where division = r.code
    union all select successor from division where code = r.code
    union all select r.code - r.code % s from unnest($2::bigint[]) s) n
  where n.code is not null)
select distinct code from needed"""


PLACES = """
select division, map, start, stop, unit, above from place where division = any($1::bigint[]) order by 1, 2, 3"""


async def lies(db: Connection, codes: Iterable[int]) -> tuple[list[Lie], dict[int, Tier]]:
    rows: dict[int, tuple[date, int | None, list[Placement]]] = {}
    tiers: dict[int, Tier] = {}
    for code, ended, successor, tier, *placement in await db.fetch(KNOWN, list(codes)):
        rows.setdefault(code, (ended, successor, []))[2].append(Placement(*placement))
        tiers[code] = Tier(tier)
    return [Lie(code, placements, ended, taken) for code, (ended, taken, placements) in rows.items()], tiers


async def take(db: Connection, items: Sequence[SubjectState]) -> tuple[list[int], list[Place]]:
    """Keep the copies; answer the divisions whose facts count elsewhere (or at another tier) now, and their places."""
    codes = [int(item.subject.removeprefix(PREFIX)) for item in items]
    records = [parsed(item.subject, item.record) for item in items if item.record is not None]
    old, old_tiers = await lies(db, codes)
    await keep(db, codes, records)
    new, new_tiers = await lies(db, codes)
    before, after = {lie.code: lie for lie in old}, {lie.code: lie for lie in new}
    moved = [c for c in codes if before.get(c) != after.get(c)]
    near = [lie.successor for lie in (*old, *new) if lie.code in set(moved) and lie.successor is not None]
    changed, places = await redrawn(db, [*moved, *near])
    retiered = {c for c in codes if old_tiers.get(c) != new_tiers.get(c)} - set(changed)
    return [*changed, *retiered], [*places, *await places_of(db, retiered)]


async def redrawn(db: Connection, moved: Sequence[int]) -> tuple[list[int], list[Place]]:
    """Of all that may be touched by the moved ones, those whose places really differ."""
    if not moved:
        return [], []
    affected = [r[0] for r in await db.fetch(AFFECTED, moved)]
    known, _ = await lies(db, [r[0] for r in await db.fetch(CONTEXT, affected, STEPS)])
    atlas, old = Atlas(known), await places_by_division(db, affected)
    new = {code: atlas.places(code) for code in affected}
    changed = [code for code in affected if new[code] != old.get(code, [])]
    return changed, [place for code in changed for place in new[code]]


async def places_by_division(db: Connection, codes: Iterable[int]) -> dict[int, list[Place]]:
    found: dict[int, list[Place]] = {}
    for code, on_map, start, stop, unit, above in await db.fetch(PLACES, list(codes)):
        found.setdefault(code, []).append(Place(code, on_map, start, stop, unit, tuple(above)))
    return found


async def places_of(db: Connection, codes: Iterable[int]) -> list[Place]:
    return [place for places in (await places_by_division(db, codes)).values() for place in places]


async def keep(db: Connection, codes: Sequence[int], records: Sequence[DivisionRecord]) -> None:
    await db.execute("delete from placement where division = any($1::bigint[])", codes)
    await db.execute("delete from division where code = any($1::bigint[])", codes)
    await db.copy_records_to_table("division", records=[row(r) for r in records])
    placed = [(int(r.code), *p) for r in records for p in r.lie().placements]
    await db.copy_records_to_table("placement", records=placed)


def row(r: DivisionRecord) -> tuple[object, ...]:
    ends = (r.valid_from or NEVER, r.valid_to or EVER)
    return (int(r.code), r.name, r.tier.value, r.kind, r.counts, *ends, r.lie().successor)
