"""Every question put to the register about verdicts, and to the table of proofs."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy import Row, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.verification import LIST_SIZE, ProofKind, ProofOut
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.crypto import Blind
from services.kernel.db import run
from services.kernel.errors import NotFound
from services.kernel.listing import NOT_HERE, Conditions
from services.kernel.paging import Page
from services.registry.verification.models import RegistrationProof
from services.registry.verification.rules import Held

# The functions look into all divisions, and tell nothing but how certificates stand (migrations/registry/0010).
HELD = ", ".join(Held._fields)
BY_LINK = f"select withdrawn, {HELD} from proof_standing($1, $2)"
BY_NUMBERS = f"select position, {HELD} from numbers_standing($1, $2, $3, $4, $5, $6)"
IN_LIST = f"select number, withdrawn, {HELD} from credentials_standing($1, $2, $3)"
OF_REGISTRATION = f"select {HELD} from registration_standing($1, $2)"
PROVABLE = text("""
select r.id, r.certificate_id, r.start_on, r.end_on, c.level, c.management_number, c.approved_on, p.name, p.id_masked,
  p.division
from registration r join certificate c on c.id = r.certificate_id join person p on p.id = r.person_id
where r.id = :id for share of r""")
WITHDRAW = text("""
update registration_proof set withdrawn_at = :at, withdrawn_by = :by
where registration_id = :registration and kind = :kind and withdrawn_at is null returning id""")
PROOFS = """
select x.id, x.registration_id, x.kind, x.issued_at, x.issued_by, x.withdrawn_at, p.division{keys}
from registration_proof x join registration r on r.id = x.registration_id join person p on p.id = r.person_id {rows}"""
NEWEST: listing.Key = [("x.id", UUID)]


class Linked(NamedTuple):
    """What a link leads to, and whether it was withdrawn."""

    withdrawn: bool
    held: Held


class Numbers(NamedTuple):
    """What was asked for, by its place in the question: a management number, or the blind indexes of an ID number."""

    numbers: Mapping[int, str]
    blinds: Mapping[int, Sequence[Blind]]


def held_of(row: asyncpg.Record) -> Held:
    return Held(*(row[name] for name in Held._fields))


async def by_link(db: asyncpg.Connection, hash: bytes, on: date) -> Linked | None:
    row = await db.fetchrow(BY_LINK, hash, on)
    return None if row is None else Linked(row["withdrawn"], held_of(row))


async def by_numbers(db: asyncpg.Connection, asked: Numbers, on: date) -> dict[int, list[Held]]:
    """One statement, however many; what is not there is left out."""
    blinds = [(position, b.key, b.mac) for position, several in asked.blinds.items() for b in several]
    places, keys, macs = (list(column) for column in zip(*blinds, strict=True)) if blinds else ([], [], [])
    found: dict[int, list[Held]] = {}
    numbers = list(asked.numbers), list(asked.numbers.values())
    for row in await db.fetch(BY_NUMBERS, *numbers, places, keys, macs, on):
        found.setdefault(row["position"], []).append(held_of(row))
    return found


async def in_list(db: asyncpg.Connection, number: int, on: date) -> dict[int, Linked]:
    """The credentials of one status list, by their place in it."""
    first = number * LIST_SIZE
    rows = await db.fetch(IN_LIST, first, first + LIST_SIZE, on)
    return {row["number"] - first: Linked(row["withdrawn"], held_of(row)) for row in rows}


async def standing_of(db: asyncpg.Connection, registration: UUID, on: date) -> Held:
    row = await db.fetchrow(OF_REGISTRATION, registration, on)
    if row is None:
        raise NotFound(NOT_HERE)
    return held_of(row)


async def provable(tx: AsyncSession, actor: Actor, id: UUID) -> Row[Any]:
    """The registration with all that a proof of it says; it stays while the proof is written."""
    found = (await run(tx, PROVABLE, {"id": id})).one_or_none()
    if found is None:
        raise NotFound(NOT_HERE)
    actor.require_at("registry:write", found.division)
    return found


async def withdraw_all(tx: AsyncSession, registration: UUID, kind: ProofKind, by: str, at: datetime) -> list[UUID]:
    said = {"registration": registration, "kind": kind.value, "by": by, "at": at}
    return list((await run(tx, WITHDRAW, said)).scalars().all())


async def proof_for_update(tx: AsyncSession, id: UUID) -> RegistrationProof:
    found = (await tx.exec(select(RegistrationProof).where(col(RegistrationProof.id) == id).with_for_update())).first()
    if found is None:
        raise NotFound(NOT_HERE)
    return found


def made(row: asyncpg.Record, actor: Actor) -> ProofOut:
    open_ = row["withdrawn_at"] is None and actor.reaches("registry:write", row["division"])
    return ProofOut.model_validate({**row, "may": ["withdraw"] if open_ else []})


async def proofs(
    db: asyncpg.Connection, actor: Actor, registration: UUID | None, *, limit: int, cursor: str | None
) -> Page[ProofOut]:
    """Newest first."""
    conditions = Conditions()
    conditions.within("p.division", actor.ranges("registry:read"))
    if registration is not None:
        conditions.add("x.registration_id = {}", registration)
    return await listing.page(
        db, PROOFS, conditions, key=NEWEST, cursor=cursor, limit=limit, made=lambda row: made(row, actor),
        descending=True,
    )  # fmt: skip


async def proof(db: asyncpg.Connection, actor: Actor, id: UUID) -> ProofOut:
    conditions = Conditions()
    conditions.add("x.id = {}", id)
    return await listing.one(db, PROOFS, conditions, made=lambda row: made(row, actor))
