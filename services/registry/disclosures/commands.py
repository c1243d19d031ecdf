"""Asking for an export with personal data, deciding on it, fetching it once, and its end."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.disclosure import DisclosureState, RequestDisclosure
from services.contracts.disclosure_events import (
    DisclosureDecided,
    DisclosureExpired,
    DisclosureFetched,
    DisclosureRequested,
    DisclosureWithdrawn,
)
from services.kernel import jobs
from services.kernel.actor import Actor
from services.kernel.clock import business_date
from services.kernel.crypto import Vault
from services.kernel.db import Database, run
from services.kernel.errors import NotFound
from services.kernel.feed import record, record_all
from services.kernel.listing import NOT_HERE, plain
from services.kernel.scope import Scope
from services.registry import listing
from services.registry.disclosures import queries, rules
from services.registry.disclosures.models import Disclosure, DisclosureFile
from services.registry.people.queries import count_people
from services.registry.retention.house import HOUSE

QUEUE = "registry.disclosures"
EXPIRE = text("""
update disclosure set state = 'expired' where state = 'ready' and expires_at <= :now returning id""")
FORGET = text("delete from disclosure_file where disclosure_id = any(cast(:ids as uuid[]))")


def place(id: UUID) -> str:
    return f"disclosure_file|sealed|{id}"


def holding(actor: Actor) -> dict[str, object]:
    """The actor, with what the making of the file needs of their rights."""
    kept = {name: ranges for name, ranges in actor.may.items() if name == "registry:export"}
    return actor.model_copy(update={"may": kept, "roles": frozenset()}).model_dump(mode="json")


async def request_disclosure(tx: AsyncSession, actor: Actor, order: RequestDisclosure, now: datetime) -> Disclosure:
    db, columns = await plain(tx), list(dict.fromkeys(order.columns))
    within = await listing.scope(db, actor, "registry:export", order.division)
    actor.require_at("registry:export", order.division)
    asked = order.filter.model_copy(update={"on": order.filter.on or business_date(now)})
    rows = await count_people(db, queries.sought_of(asked), within=within, on=asked.on or business_date(now))
    rules.check_rows(rows)
    disclosure = Disclosure(
        state=DisclosureState.REQUESTED, division=order.division, purpose=order.purpose, reason=order.reason,
        filter=asked.model_dump(mode="json"), columns=[c.value for c in columns], rows=rows,
        needs_approval=rules.needs_approval(columns, rows), requested_by=actor.id, requester_name=actor.name,
        requested_at=now, actor=holding(actor),
    )  # fmt: skip
    tx.add(disclosure)
    await tx.flush()
    told = DisclosureRequested(
        disclosure_id=disclosure.id, division=order.division, purpose=order.purpose, columns=columns, rows=rows
    )
    await record(tx, actor, subject(disclosure.id), told)
    if not disclosure.needs_approval:
        await begin_making(tx, disclosure)
    return disclosure


def subject(id: UUID) -> str:
    return f"disclosure:{id}"


async def begin_making(tx: AsyncSession, disclosure: Disclosure) -> None:
    disclosure.state = DisclosureState.MAKING
    await tx.flush()
    await jobs.enqueue(tx, QUEUE, [disclosure.id])


async def decide(tx: AsyncSession, actor: Actor, id: UUID, now: datetime, *, refusal: str | None) -> None:
    """By a second person; with a reason if it is refused."""
    disclosure = await queries.for_update(tx, id)
    actor.require_at("registry:review", disclosure.division)
    rules.check_decider(disclosure.requested_by, actor.id)
    to = DisclosureState.REFUSED if refusal is not None else DisclosureState.MAKING
    rules.check_transition(disclosure.state, to)
    disclosure.decided_by, disclosure.decided_at, disclosure.refusal = actor.id, now, refusal
    await record(tx, actor, subject(id), DisclosureDecided(disclosure_id=id, approved=refusal is None))
    if refusal is None:
        await begin_making(tx, disclosure)
    else:
        disclosure.state = to


async def withdraw(tx: AsyncSession, actor: Actor, id: UUID) -> None:
    disclosure = own(await queries.for_update(tx, id), actor)
    rules.check_transition(disclosure.state, DisclosureState.WITHDRAWN)
    disclosure.state = DisclosureState.WITHDRAWN
    await record(tx, actor, subject(id), DisclosureWithdrawn(disclosure_id=id))


def own(disclosure: Disclosure, actor: Actor) -> Disclosure:
    """To anybody else, and to whoever has lost the area, it is not there."""
    if disclosure.requested_by != actor.id or not actor.reaches("registry:export", disclosure.division):
        raise NotFound(NOT_HERE)
    return disclosure


async def take(tx: AsyncSession, actor: Actor, id: UUID, now: datetime) -> tuple[Disclosure, bytes]:
    """The file as it lies, which then lies there no more."""
    disclosure = own(await queries.for_update(tx, id), actor)
    rules.check_fetch(disclosure.state, disclosure.expires_at, now)
    file = (await tx.exec(select(DisclosureFile).where(col(DisclosureFile.disclosure_id) == id))).one()
    await tx.exec(delete(DisclosureFile).where(col(DisclosureFile.disclosure_id) == id))
    disclosure.state, disclosure.fetched_at = DisclosureState.FETCHED, now
    await record(tx, actor, subject(id), DisclosureFetched(disclosure_id=id))
    return disclosure, file.sealed


async def fetch(
    database: Database, scope: Scope | None, vault: Vault, actor: Actor, id: UUID, now: datetime
) -> tuple[Disclosure, bytes]:
    """That it was fetched is committed before it leaves."""
    async with database.writing(info={"scope": scope}) as tx, tx.begin():
        disclosure, sealed = await take(tx, actor, id, now)
    return disclosure, vault.open_bytes(sealed, place(id))


async def expire(tx: AsyncSession, now: datetime) -> int:
    """Files that nobody fetched in time are gone."""
    ids = [row.id for row in (await run(tx, EXPIRE, {"now": now})).all()]
    if ids:
        await run(tx, FORGET, {"ids": ids})
        await record_all(tx, HOUSE, [(subject(id), DisclosureExpired(disclosure_id=id)) for id in ids])
    return len(ids)
