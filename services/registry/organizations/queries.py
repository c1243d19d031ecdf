"""Every question put to the table of organizations."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Row, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.divisions import CodeRange
from services.contracts.registry import OrganizationKind, OrganizationOut
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.db import run
from services.kernel.errors import NotFound
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.registry.organizations.models import Organization

SELECT = """
select o.id, o.name, o.kind, o.division, d.name as division_name, o.uscc, o.address, o.version{keys}
from organization o join division d on d.code = o.division {rows}"""
# Asked across all divisions; the functions look no further than their names say (migration 0006).
OF_CODE = SELECT.replace("organization o", "organizations_alike($1, null, null) o")
NAME = text("select organization_name(:id)")
TWIN = text("""
select id, uscc from organizations_alike(:uscc, :name, :division) where id is distinct from :id order by id limit 1""")
IN_ORDER: listing.Key = [("o.division", str), ("o.id", UUID)]
BY_NAME: listing.Key = [("o.name", str), ("o.division", str)]


class Sort(StrEnum):
    """Each is served by an index; ids grow with time."""

    DIVISION = "division"
    DIVISION_BACK = "-division"
    NAME = "name"
    NAME_BACK = "-name"
    NEWEST = "newest"


ORDERS: dict[Sort, listing.Order] = {
    Sort.DIVISION: (IN_ORDER, False),
    Sort.DIVISION_BACK: (IN_ORDER, True),
    Sort.NAME: (BY_NAME, False),
    Sort.NAME_BACK: (BY_NAME, True),
    Sort.NEWEST: (IN_ORDER[1:], True),
}


@dataclass(frozen=True)
class Sought:
    """What a list of organizations is narrowed to."""

    q: str | None = None
    kind: OrganizationKind | None = None
    ids: Sequence[UUID] | None = None
    sort: Sort = Sort.DIVISION


def made(row: asyncpg.Record, *, actor: Actor) -> OrganizationOut:
    may = ["update"] if actor.reaches("registry:write", row["division"]) else []
    return OrganizationOut.model_validate({**row, "may": may})


async def organizations(
    db: asyncpg.Connection,
    actor: Actor,
    sought: Sought,
    *,
    within: Sequence[Sequence[CodeRange]],
    limit: int,
    cursor: str | None,
) -> Page[OrganizationOut]:
    conditions = Conditions()
    for ranges in within:
        conditions.within("o.division", ranges)
    if sought.q is not None:
        conditions.add("(o.name like {} or o.uscc = {})", f"%{listing.literally(sought.q)}%", sought.q.upper())
    if sought.kind is not None:
        conditions.add("o.kind = {}", sought.kind.value)
    if sought.ids is not None:
        conditions.add("o.id = any({})", sought.ids)
    key, descending = ORDERS[sought.sort]
    return await listing.page(
        db, SELECT, conditions, key=key, descending=descending, cursor=cursor, limit=limit,
        made=partial(made, actor=actor),
    )  # fmt: skip


async def organization(
    db: asyncpg.Connection, actor: Actor, id: UUID, permission: str = "registry:read"
) -> OrganizationOut:
    conditions = Conditions()
    conditions.add("o.id = {}", id)
    conditions.within("o.division", actor.ranges(permission))
    return await listing.one(db, SELECT, conditions, made=partial(made, actor=actor))


async def by_uscc(db: asyncpg.Connection, actor: Actor, uscc: str) -> OrganizationOut:
    """Wherever it is registered: a buyer may take a provider from anywhere, and a legal person is no personal data."""
    conditions = Conditions()
    conditions.value(uscc)
    return await listing.one(db, OF_CODE, conditions, made=partial(made, actor=actor))


async def organization_name(tx: AsyncSession, id: UUID) -> str | None:
    """Wherever it is registered."""
    found: str | None = (await run(tx, NAME, {"id": id})).scalar_one()
    return found


async def for_update(tx: AsyncSession, actor: Actor, id: UUID) -> Organization:
    """To be changed: within reach of the one who wants to."""
    found = await tx.get(Organization, id, with_for_update=True)
    if found is None:
        raise NotFound(listing.NOT_HERE)
    actor.require_at("registry:write", found.division)
    return found


async def twin(tx: AsyncSession, organization: Organization) -> Row[Any] | None:
    """Another one with the same code, or the same name in the same division, wherever it is registered."""
    said = organization.model_dump(include={"id", "uscc", "name", "division"})
    return (await run(tx, TWIN, said)).first()
