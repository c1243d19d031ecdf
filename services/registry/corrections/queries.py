"""Every question put to the table of corrections."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.corrections import (
    CORRECTABLE_NAMES,
    Correctable,
    CorrectionOut,
    CorrectionState,
    Of,
    Opening,
    Side,
)
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.crypto import Vault
from services.kernel.errors import NotFound
from services.kernel.listing import NOT_HERE, Conditions
from services.kernel.paging import Page
from services.registry.corrections import fields, reading, rules
from services.registry.corrections.models import Correction
from services.registry.people.queries import Within

WRITE, REVIEW, READ = "registry:write", "registry:review", "registry:read"
SELECT = """
select k.id, k.number, k.state, k.of, k.record_id, k.person_id, person_name(k.person_id) as person_name, k.division,
  k.fields, k.contents, k.reason, k.evidence, k.requested_by, k.requested_at, k.decided_by, k.decided_at, k.note{keys}
from correction k {rows}"""
NEWEST: listing.Key = [("k.id", UUID)]
Contents = Mapping[Correctable, tuple[str | None, str | None]]  # before and after


def place(id: UUID) -> str:
    return f"correction|contents|{id}"


def sealed(vault: Vault, id: UUID, contents: Contents) -> bytes:
    return vault.seal(json.dumps(contents, ensure_ascii=False), place(id))


def unsealed(vault: Vault, id: UUID, contents: bytes | None) -> Contents:
    """Nothing of somebody who was erased."""
    if contents is None:
        return {}
    return {Correctable(name): (old, new) for name, (old, new) in json.loads(vault.open(contents, place(id))).items()}


def made(row: asyncpg.Record, *, actor: Actor, vault: Vault) -> CorrectionOut:
    sides = [
        Side(field=f, name=CORRECTABLE_NAMES[f], before=fields.shown(f, old), after=fields.shown(f, new))
        for f, (old, new) in unsealed(vault, row["id"], row["contents"]).items()
    ]
    reviews = actor.reaches(REVIEW, row["division"])
    acts = rules.may(CorrectionState(row["state"]), own=row["requested_by"] == actor.id, reviews=reviews)
    return CorrectionOut.model_validate({**row, "sides": sides, "stale": None, "may": acts})


async def corrections(
    db: asyncpg.Connection, actor: Actor, vault: Vault, *, within: Within, state: CorrectionState | None,
    person_id: UUID | None, record_id: UUID | None, limit: int, cursor: str | None,
) -> Page[CorrectionOut]:  # fmt: skip
    """The newest first."""
    conditions = Conditions()
    for ranges in within:
        conditions.within("k.division", ranges)
    if state is not None:
        conditions.add("k.state = {}", state.value)
    if person_id is not None:
        conditions.add("k.person_id = {}", person_id)
    if record_id is not None:
        conditions.add("k.record_id = {}", record_id)
    return await listing.page(
        db, SELECT, conditions, key=NEWEST, cursor=cursor, limit=limit, descending=True,
        made=partial(made, actor=actor, vault=vault),
    )  # fmt: skip


async def correction(
    db: asyncpg.Connection, actor: Actor, vault: Vault, id: UUID, permission: str = READ
) -> CorrectionOut:
    """With what the register says now between before and after."""
    conditions = Conditions()
    conditions.add("k.id = {}", id)
    conditions.within("k.division", actor.ranges(permission))
    found = await listing.one(db, SELECT, conditions, made=partial(made, actor=actor, vault=vault))
    if found.state is CorrectionState.REQUESTED:
        await set_beside(db, vault, found)
    return found


async def set_beside(db: asyncpg.Connection, vault: Vault, found: CorrectionOut) -> None:
    """What has moved out of reach, or is gone, is not told."""
    try:
        standing = await reading.standing(db, vault, found.of, found.record_id)
    except NotFound:
        return
    contents = unsealed(vault, found.id, await db.fetchval("select contents from correction where id = $1", found.id))
    for side in found.sides:
        side.now = fields.shown(side.field, standing.values[side.field])
    found.stale = bool(rules.overtaken({f: old for f, (old, _) in contents.items()}, standing.values))


async def opening(db: asyncpg.Connection, actor: Actor, vault: Vault, of: Of, id: UUID) -> Opening:
    found = await reading.standing(db, vault, of, id)
    actor.require_at(READ, found.division)
    acts = ["correct"] if actor.reaches(WRITE, found.division) and not found.erased else []
    return Opening(
        of=of, record_id=id, person_id=found.person_id, person_name=found.person_name, division=found.division,
        seen=found.seen, fields=fields.now(of, found.values), may=acts,
    )  # fmt: skip


async def for_update(tx: AsyncSession, actor: Actor, permission: str, id: UUID) -> Correction:
    found = (await tx.exec(select(Correction).where(col(Correction.id) == id).with_for_update())).one_or_none()
    if found is None:
        raise NotFound(NOT_HERE)
    actor.require_at(permission, found.division)
    return found


def contents_of(vault: Vault, found: Correction) -> tuple[dict[Correctable, Any], dict[Correctable, Any]]:
    """Before and after."""
    both = unsealed(vault, found.id, found.contents)
    return {f: old for f, (old, _) in both.items()}, {f: new for f, (_, new) in both.items()}
