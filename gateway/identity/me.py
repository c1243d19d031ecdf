"""Who is asking, said for people to read: roles and divisions by their names."""

from collections.abc import Iterable, Mapping
from typing import Literal

import asyncpg

from gateway.identity import queries
from gateway.identity.policy import policy
from gateway.identity.standing import Standing
from services.contracts.divisions import NATION, DivisionCode, Tier, tier_by_code
from services.contracts.identity import Me, ScopeOut

Names = Mapping[str, tuple[str, str]]


async def who_asks(db: asyncpg.Connection, standing: Standing) -> Me:
    names = await queries.division_names(db, sorted({d for _, divisions in standing.grants for d in divisions}))
    actor = standing.actor
    return Me(
        id=actor.id,
        name=actor.name,
        kind=actor.kind,
        grants=[scope(role, division, names) for role, divisions in standing.grants for division in divisions],
        permissions={permission: list(divisions) for permission, divisions in standing.divisions.items()},
        home=home(d for divisions in standing.divisions.values() for d in divisions),
        must_change_password=standing.must_change_password,
        second_factor=standing.factor_due,
        step_up=step_up(standing),
    )


def step_up(standing: Standing) -> Literal["password", "code", "provider"]:
    if standing.enrolled:
        return "code"
    return "password" if standing.has_password else "provider"


def scope(role: str, division: str, names: Names) -> ScopeOut:
    """A division that coverage does not know yet is called by its code."""
    name, tier = names.get(division, (division, tier_by_code(division).value))
    known = policy().roles.get(role)
    return ScopeOut(
        role=role,
        role_name=known.name if known else role,
        division=division,
        division_name=name,
        tier=Tier(tier),
    )


def home(divisions: Iterable[str]) -> DivisionCode:
    """Where the pages start: the widest of one's divisions."""
    return min(divisions, key=lambda code: (len(code.rstrip("0")), code), default=NATION)
