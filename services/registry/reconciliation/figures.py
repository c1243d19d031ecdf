"""Ours and theirs side by side, with the reasons between them: from one comparison, so that they add up exactly.

A record of both sides is counted where it counts here. One line of it may put it into two cells: under its state here
and its state there; the reason is what the comparison made of it, in both.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import asyncpg

from services.contracts.divisions import PREFIX, DivisionCode, Tier, tier_by_code
from services.contracts.national_statuses import PHASE_NAMES, Phase
from services.contracts.reconciliation import Cell, ComparedField, DifferenceKind, FiguresOut
from services.contracts.registry import LEVEL_NAMES
from services.kernel.actor import Actor
from services.kernel.listing import Conditions
from services.registry import listing
from services.registry.reconciliation import cases

GROUPS = """
select left(l.division, {length}) as child, l.kind, l.certificate_id is not null as ours,
  l.entry is not null as national, l.our_level, l.national_level, l.our_phase, l.national_phase, count(*) as n
from reconciliation_line l where {where} group by 1, 2, 3, 4, 5, 6, 7, 8"""
# Somebody with several certificates counts once; where only one side counts her, by the first of what differs.
PEOPLE = """
with sides as (
  select 'p:' || l.person_id as who, true as ours, l.kind from reconciliation_line l where l.held and {where}
  union all
  select l.national_person, false, l.kind from reconciliation_line l
  where l.entry is not null and l.national_state <> 'void' and {where}),
people as (
  select bool_or(ours) as ours, not bool_and(ours) as national,
    min(array_position({kinds}::text[], kind::text)) filter (where kind <> 'same') as reason
  from sides group by who)
select ours, national, case when ours <> national then reason end as reason, count(*) as n
from people group by 1, 2, 3"""
NAMES = "select code, name from division where code = any($1)"
SNAPSHOTS = "select distinct l.snapshot_id from reconciliation_line l where {where}"
KINDS = list(DifferenceKind)
OPTIONAL = (ComparedField.LEVEL, ComparedField.APPROVED_ON, ComparedField.REGISTERED_ON, ComparedField.ID_NUMBER)
UNKNOWN = "unknown"
HERE = "未细分到下级"
ISSUED, CERTIFIED, REGISTERED = (
    "累计证书数（本数）", "持证人数（有有效证书的人，每人计一次）", "登记有效数（有效登记的证书）",
)  # fmt: skip


class Group(NamedTuple):
    """Lines that are alike. `ours`, `national`: whether that side has them."""

    child: str
    kind: DifferenceKind
    ours: bool
    national: bool
    our_level: str | None
    national_level: str | None
    our_phase: str | None
    national_phase: str | None
    n: int


Bucket = Callable[[Group], str | None]  # the cell that a side counts it in; None: in none


def cells(groups: Iterable[Group], ours: Bucket, national: Bucket, names: Mapping[str, str]) -> list[Cell]:
    """In the order of the names; what has no name comes last. A cell is made of what is in it on either side."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    reasons: dict[str, Counter[DifferenceKind]] = defaultdict(Counter)
    for group in groups:
        for side, (bucket, there) in enumerate(((ours, group.ours), (national, group.national))):
            code = bucket(group) if there else None
            if code is not None:
                counts[code][side] += group.n
                reasons[code][group.kind] += group.n if side == 0 else -group.n
    order = [*names, *sorted(counts.keys() - names.keys())]
    return [cell(c, names.get(c, c), (counts[c][0], counts[c][1]), reasons[c]) for c in order if c in counts]


def cell(code: str, name: str, counted: tuple[int, int], reasons: Mapping[DifferenceKind, int]) -> Cell:
    ours, national = counted
    kept = {kind: reasons[kind] for kind in KINDS if reasons.get(kind)}
    return Cell(code=code, name=name, ours=ours, national=national, difference=ours - national, reasons=kept)


def of_people(rows: Iterable[tuple[bool, bool, int | None, int]]) -> Cell:
    """`rows`: whether each side counts them, the reason where only one does (its place among the kinds), how many."""
    ours = national = 0
    reasons: Counter[DifferenceKind] = Counter()
    for here, there, reason, n in rows:
        ours += n * here
        national += n * there
        if reason is not None:
            reasons[KINDS[reason - 1]] += n * (here - there)
    return cell("certified_people", CERTIFIED, (ours, national), reasons)


def readings(groups: Sequence[Group], people: Cell) -> list[Cell]:
    """The three readings of COV-12, by the names of their metrics."""

    def all_of(_: Group) -> str | None:
        return "certificates_issued"

    def here(g: Group) -> str | None:
        return "registered_workers" if g.our_phase == Phase.REGISTERED else None

    def there(g: Group) -> str | None:
        return "registered_workers" if g.national_phase == Phase.REGISTERED else None

    issued = cells(groups, all_of, all_of, {"certificates_issued": ISSUED})
    active = cells(groups, here, there, {"registered_workers": REGISTERED})
    none = (cell("certificates_issued", ISSUED, (0, 0), {}), cell("registered_workers", REGISTERED, (0, 0), {}))
    return [*(issued or none[:1]), people, *(active or none[1:])]


LEVELS: Mapping[str, str] = {**{level.value: name for level, name in LEVEL_NAMES.items()}, UNKNOWN: "级别不明"}


def by_level(groups: Iterable[Group]) -> list[Cell]:
    return cells(groups, lambda g: g.our_level or UNKNOWN, lambda g: g.national_level or UNKNOWN, LEVELS)


def by_state(groups: Iterable[Group]) -> list[Cell]:
    names = {phase.value: name for phase, name in PHASE_NAMES.items()}
    return cells(groups, lambda g: g.our_phase or UNKNOWN, lambda g: g.national_phase or UNKNOWN, names)


def below(division: DivisionCode) -> Tier:
    """The tier one down, by the code; a village has only itself."""
    tiers = [Tier.NATION, Tier.PROVINCE, Tier.CITY, Tier.DISTRICT, Tier.STREET, Tier.VILLAGE]
    return tiers[min(tiers.index(tier_by_code(division)) + 1, len(tiers) - 1)]


def by_division(groups: Iterable[Group], names: Mapping[str, str]) -> list[Cell]:
    return cells(groups, lambda g: g.child, lambda g: g.child, names)


async def figures(db: asyncpg.Connection, actor: Actor, asked_for: DivisionCode | None) -> FiguresOut:
    """Of a division, else of the asker's own area, which may be of several."""
    within = list(await listing.scope(db, actor, "registry:read", asked_for))
    division = asked_for or actor.ranges("registry:read")[0].low
    length = PREFIX[below(division)]
    groups = [
        Group(r["child"].ljust(12, "0"), DifferenceKind(r["kind"]), *tuple(r)[2:])
        for r in await asked(db, GROUPS.replace("{length}", str(length)), within)
    ]
    people = of_people([tuple(r) for r in await asked(db, PEOPLE, within)])
    codes = sorted({g.child for g in groups})
    known: dict[str, str] = {r["code"]: r["name"] for r in await db.fetch(NAMES, [*codes, division])}
    names = {**{c: known.get(c, c) for c in codes}, **({division: HERE} if division in codes else {})}
    used = [r["snapshot_id"] for r in await asked(db, SNAPSHOTS, within)]
    exports = await cases.snapshots_of(db, actor, used)
    kinds: Counter[DifferenceKind] = Counter()
    for group in groups:
        kinds[group.kind] += group.n
    shown = {kind: kinds[kind] for kind in DifferenceKind if kinds[kind]}
    return FiguresOut(
        division=division, division_name=known.get(division, division),
        exported_on=max((e.exported_on for e in exports), default=None),
        compared_at=min((e.compared_at for e in exports if e.compared_at), default=None), exports=exports,
        not_compared=[f for f in OPTIONAL if any(f not in e.columns for e in exports)],
        kinds=shown, readings=readings(groups, people),
        by_level=by_level(groups), by_state=by_state(groups),
        by_division=by_division(groups, names),
    )  # fmt: skip


async def asked(db: asyncpg.Connection, statement: str, within: Sequence[Any]) -> list[asyncpg.Record]:
    """Of the lines in the area, however often it is named."""
    conditions = Conditions()
    for ranges in within:
        conditions.within("l.division", ranges)
    where = conditions.sql()
    kinds = "array[" + ", ".join(f"'{kind.value}'" for kind in KINDS) + "]"
    said = statement.replace("{where}", where).replace("{kinds}", kinds)
    rows: list[asyncpg.Record] = await db.fetch(said, *conditions.parameters)
    return rows
