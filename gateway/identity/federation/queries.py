"""The reviewed table from claims to roles: all of it for a sign-in, the own area for an administrator."""

from collections.abc import Sequence

import asyncpg
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity.areas import LOOKING, area_of
from gateway.identity.federation.models import FederationMapping
from services.kernel.actor import Actor
from services.kernel.listing import Conditions

MAPPINGS = 500


async def mappings(db: AsyncSession, issuer: str) -> Sequence[FederationMapping]:
    own = select(FederationMapping).where(FederationMapping.issuer == issuer)
    return (await db.exec(own.order_by(col(FederationMapping.id).desc()).limit(MAPPINGS))).all()


async def seen(db: asyncpg.Connection, actor: Actor, issuer: str) -> list[FederationMapping]:
    """The newest first."""
    conditions = Conditions()
    conditions.add("m.issuer = {}", issuer)
    conditions.parts.append(area_of(actor, LOOKING, conditions).holds("m.divisions"))
    rows = await db.fetch(
        f"select m.* from federation_mapping m where {conditions.sql()} order by m.id desc limit {MAPPINGS}",
        *conditions.parameters,
    )
    return [FederationMapping(**row) for row in rows]
