"""Every question put to the tables of exports with personal data."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.disclosure import DisclosureAction, DisclosureOut, DisclosureState, PeopleFilter
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.db import everywhere, run
from services.kernel.errors import NotFound
from services.kernel.listing import NOT_HERE, Conditions
from services.kernel.paging import Page
from services.registry.disclosures.models import Disclosure
from services.registry.people.queries import Sought

SELECT = """
select d.id, d.number, d.state, d.division, d.purpose, d.reason, d.filter, d.columns, d.rows, d.needs_approval,
  d.requested_by, d.requester_name, d.requested_at, d.decided_by, d.decided_at, d.refusal, d.expires_at, d.fetched_at,
  d.failure{keys}
from disclosure d {rows}"""
NEWEST: listing.Key = [("d.id", UUID)]
UNMADE = text("select id from disclosure where state = 'making' order by id limit 100")


def made(row: asyncpg.Record, *, actor: Actor) -> DisclosureOut:
    known = {name: loaded(value) if name == "filter" else value for name, value in row.items()}
    return DisclosureOut.model_validate({**known, "may": may(row, actor)})


def loaded(value: Any) -> Any:
    """By the connection that it came from."""
    return orjson.loads(value) if isinstance(value, str) else value


def may(row: asyncpg.Record, actor: Actor) -> list[DisclosureAction]:
    own, state = row["requested_by"] == actor.id, DisclosureState(row["state"])
    if state is DisclosureState.READY:
        return [DisclosureAction.FETCH] if own else []
    if state is not DisclosureState.REQUESTED:
        return []
    if own:
        return [DisclosureAction.WITHDRAW]
    decides = actor.reaches("registry:review", row["division"])
    return [DisclosureAction.APPROVE, DisclosureAction.REFUSE] if decides else []


def visible(actor: Actor) -> Conditions:
    """One's own; and those on which one may decide. Where that is, the policies know as well."""
    conditions, deciding = Conditions(), Conditions()
    deciding.parameters = conditions.parameters
    own = f"d.requested_by = {conditions.value(actor.id)}"
    ranges = actor.ranges("registry:review")
    deciding.within("d.division", ranges)
    conditions.parts.append(f"({own} or ({deciding.sql()}))" if ranges else own)
    return conditions


async def disclosures(
    db: asyncpg.Connection, actor: Actor, state: DisclosureState | None, *, limit: int, cursor: str | None
) -> Page[DisclosureOut]:
    """Newest first."""
    conditions = visible(actor)
    if state is not None:
        conditions.add("d.state = {}", state.value)
    return await listing.page(
        db, SELECT, conditions, key=NEWEST, cursor=cursor, limit=limit, made=partial(made, actor=actor),
        descending=True,
    )  # fmt: skip


async def disclosure(db: asyncpg.Connection, actor: Actor, id: UUID) -> DisclosureOut:
    conditions = visible(actor)
    conditions.add("d.id = {}", id)
    return await listing.one(db, SELECT, conditions, made=partial(made, actor=actor))


async def for_update(tx: AsyncSession, id: UUID) -> Disclosure:
    found = (await tx.exec(select(Disclosure).where(col(Disclosure.id) == id).with_for_update())).one_or_none()
    if found is None:
        raise NotFound(NOT_HERE)
    return found


async def unmade(tx: AsyncSession) -> Sequence[UUID]:
    async with everywhere(tx, "the worker looks after everybody's files"):
        return [row.id for row in (await run(tx, UNMADE, {})).all()]


def sought_of(asked: PeopleFilter) -> Sought:
    return Sought(q=asked.q, level=asked.level, registered=asked.registered)
