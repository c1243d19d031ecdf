"""One way through a roster, piece by piece: what its rows mean to the register as it is now."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.contracts.imports import Change, Finding, Outcome, Severity
from services.contracts.registry import CodeSystem, ImportKind
from services.kernel.actor import Actor
from services.kernel.crypto import Vault
from services.registry.imports.kinds import KINDS, Kind
from services.registry.imports.organizations import Organizations, load_organizations
from services.registry.imports.places import Places, load_places
from services.registry.imports.roster import ELSEWHERE, NEW, Findings, Mentions, Row, Seen, Shown, visible


@dataclass(frozen=True)
class Verdict:
    """On one row; `subject` is whom it is about, None if that is somebody new, or nobody can say."""

    number: int
    outcome: Outcome
    label: str
    subject: UUID | None
    findings: list[Finding]
    changes: list[Change]

    @property
    def warned(self) -> bool:
        return any(f.severity is Severity.WARNING for f in self.findings)

    @property
    def elsewhere(self) -> bool:
        return any(f.code == ELSEWHERE for f in self.findings)

    def said(self) -> bytes:
        """What it comes to. Whether an organization is new does not count: another import may have named it first."""
        changes = self.changes if self.outcome is Outcome.CHANGED else []
        said = [[c.column, c.before, (c.after or "").removesuffix(NEW)] for c in changes]
        return orjson.dumps([self.number, self.outcome, said])


@dataclass
class Passing:
    """`digest` grows with every verdict: two ways through that say the same have the same."""

    kind: Kind
    vault: Vault
    today: date
    old_numbers: bool
    places: Places
    organizations: Organizations
    seen: Seen = field(default_factory=Seen)
    digest: Any = field(default_factory=lambda: blake2b(digest_size=32))

    async def of(self, db: asyncpg.Connection, rows: Sequence[Row]) -> tuple[Any, list[Verdict]]:
        """The plan for a piece. What takes long and touches nothing runs beside the event loop."""
        findings = Findings()
        items = await asyncio.to_thread(
            self.kind.read, rows, self.places, self.vault, self.today, findings, self.seen, old_numbers=self.old_numbers
        )
        known = await self.kind.known(db, items)
        return await asyncio.to_thread(self.decided, rows, items, known, findings)

    def decided(self, rows: Sequence[Row], items: Sequence[Any], known: Any, findings: Findings) -> Any:
        plan = self.kind.decide(items, known, self.organizations, self.places.reaches, findings)
        verdicts = [self.verdict(row, plan.shown, findings) for row in rows]
        for verdict in verdicts:
            self.digest.update(verdict.said())
        return plan, verdicts

    def verdict(self, row: Row, shown: Shown, findings: Findings) -> Verdict:
        n = row.number
        outcome = findings.outcome(n) or shown.outcomes[n]
        found = sorted(findings.of_row.get(n, ()), key=lambda f: f.severity)
        subject, changes = shown.subjects.get(n), shown.changes.get(n, [])
        return Verdict(n, outcome, visible(self.kind.label(row)) or f"第 {n} 行", subject, found, changes)


async def passing(
    db: asyncpg.Connection,
    kind: ImportKind,
    system: CodeSystem,
    said: Mentions,
    *,
    actor: Actor,
    vault: Vault,
    today: date,
    old_numbers: bool,
) -> Passing:
    """With all that the whole file names loaded."""
    within, roster = actor.ranges("registry:write"), KINDS[kind]
    places = await load_places(db, said, system=system, within=within, today=today)
    matches = anywhere if roster.anywhere else places.reaches
    organizations = await load_organizations(db, said, roster.organization, matches, places.reaches)
    return Passing(roster, vault, today, old_numbers, places, organizations)


def anywhere(_: str) -> bool:
    """Any organization may run a point, wherever it is registered."""
    return True
