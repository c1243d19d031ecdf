"""Whom a token stands for, as the tables say it: looked up at most once a second, so that a disabled account is cut.

A session's last use is noted in memory and written once a minute, outside the requests (`upkeep`).
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import orjson

from gateway.identity import queries
from gateway.identity.factors.rules import due, must_have
from gateway.identity.passwords import token_hash
from gateway.identity.policy import Policy
from gateway.identity.profiles import Profile
from gateway.identity.rules import TOUCH, alive, in_force
from services.contracts.divisions import CodeRange, subtree
from services.contracts.identity import FactorDue
from services.kernel.actor import Actor
from services.kernel.clock import business_date
from services.kernel.db import Database

CACHED_SECONDS = 1.0
ZONES_SECONDS = 60.0
KEPT = 5_000


@dataclass(frozen=True)
class Standing:
    """`grants` are role and divisions, without those that have ended; a machine has none, and `scopes` instead."""

    actor: Actor
    grants: tuple[tuple[str, tuple[str, ...]], ...]
    divisions: Mapping[str, tuple[str, ...]]  # by permission
    session: UUID | None = None
    must_change_password: bool = False
    enrolled: bool = False  # has a second factor
    has_password: bool = True  # whoever has none proves herself at the identity provider
    must_have_factor: bool = False
    factor_due: FactorDue = "none"

    @property
    def account(self) -> UUID:
        """Of a person."""
        return UUID(self.actor.id.removeprefix("account:"))


@dataclass
class Standings:
    database: Database
    policy: Policy
    clock: Callable[[], datetime]
    idle: timedelta
    profile: Profile
    factor_required: bool
    known: dict[bytes | str, tuple[float, Standing | None]] = field(default_factory=dict)
    seen: dict[UUID, datetime] = field(default_factory=dict)
    zones: dict[str, list[str]] = field(default_factory=dict)
    zones_until: float = 0.0
    monotonic: Callable[[], float] = time.monotonic

    async def of_session(self, token: str) -> Standing | None:
        """None if there is no such session any more, or its account is disabled."""
        key = token_hash(token)
        kept = self.known.get(key)
        if kept is None or kept[0] < self.monotonic():
            kept = self._keep(key, await self._look_up_session(key))
        return kept[1]

    async def of_machine(self, client: str, scopes: frozenset[str]) -> Standing | None:
        """What its token was issued for, as far as it is still granted."""
        key = f"{client} {' '.join(sorted(scopes))}"
        kept = self.known.get(key)
        if kept is None or kept[0] < self.monotonic():
            kept = self._keep(key, await self._look_up_machine(client, scopes))
        return kept[1]

    def forget(self) -> None:
        """Something was ended here and now: look everybody up anew."""
        self.known.clear()

    def _keep(self, key: bytes | str, standing: Standing | None) -> tuple[float, Standing | None]:
        if len(self.known) >= KEPT:
            self.known.clear()
        if standing is not None:  # what does not exist costs a look-up each time, and no memory
            self.known[key] = (self.monotonic() + CACHED_SECONDS, standing)
        return 0.0, standing

    async def _look_up_session(self, key: bytes) -> Standing | None:
        at = self.clock()
        async with self.database.hot() as db:
            row = await queries.of_session(db, key, business_date(at))
            await self._know_zones(db)
        if row is None:
            return None
        seen = max(row["seen_at"], self.seen.get(row["id"], row["seen_at"]))
        if not alive(seen, row["expires_at"], at, self.idle):
            return None
        if at - seen >= TOUCH:
            self.seen[row["id"]] = at
        grants = self._grants(row)
        may = self._permissions(grants)
        actor = Actor(
            id=f"account:{row['account_id']}", name=row["name"], kind="person",
            roles=frozenset(role for role, _ in grants), may={p: self.ranges(codes) for p, codes in may.items()},
            proved_at=row["proved_at"],
        )  # fmt: skip
        must, enrolled = self.must_have_factor(may), row["enrolled_at"] is not None
        return Standing(
            actor, grants, may, row["id"],
            row["must_change_password"] or self.profile.expired(row["password_changed_at"], at),
            enrolled, row["password_changed_at"] is not None, must,
            due(enrolled=enrolled, passed=row["factor_at"] is not None, must=must, handover=row["handover"]),
        )  # fmt: skip

    def must_have_factor(self, permissions: Iterable[str]) -> bool:
        return self.factor_required and must_have(permissions, self.policy)

    async def _look_up_machine(self, client: str, scopes: frozenset[str]) -> Standing | None:
        async with self.database.hot() as db:
            row = await queries.of_client(db, client, business_date(self.clock()))
            await self._know_zones(db)
        if row is None:
            return None
        divisions = in_force(row["divisions"], queries.codes_of(row["ended"]))
        granted = self.policy.of_scopes(row["scopes"]) if divisions else frozenset()
        may = dict.fromkeys(sorted(scopes & granted), divisions)
        ranges = dict.fromkeys(may, self.ranges(divisions))
        return Standing(Actor(id=f"client:{client}", name=row["name"], kind="client", may=ranges), (), may)

    def _grants(self, row: asyncpg.Record) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """A grant none of whose divisions is left is suspended: it gives no permission, and so no role."""
        ended = queries.codes_of(row["ended"])
        held = ((role, in_force(divisions, ended)) for role, divisions in orjson.loads(row["grants"]))
        return tuple((role, divisions) for role, divisions in held if divisions)

    def _permissions(self, grants: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, tuple[str, ...]]:
        """Roles become permissions here; each keeps the divisions of all grants that give it."""
        found: dict[str, dict[str, None]] = {}
        for role, divisions in grants:
            for permission in sorted(self.policy.of_role(role)):
                found.setdefault(permission, {}).update(dict.fromkeys(divisions))
        return {permission: tuple(divisions) for permission, divisions in found.items()}

    def ranges(self, divisions: tuple[str, ...]) -> tuple[CodeRange, ...]:
        """A division and all below it; a zone manages streets whose codes lie elsewhere."""
        codes = [c for d in divisions for c in (d, *self.zones.get(d, ()))]
        return tuple(dict.fromkeys(subtree(c) for c in codes))

    async def _know_zones(self, db: asyncpg.Connection) -> None:
        if self.zones_until < self.monotonic():
            self.zones = await queries.streets_of_zones(db, business_date(self.clock()))
            self.zones_until = self.monotonic() + ZONES_SECONDS
