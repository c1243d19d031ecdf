"""Seeing personal data in clear: recorded and committed first, opened then."""

import logging
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.disclosure import Revealed, RevealPerson
from services.contracts.disclosure_events import PersonRevealed, RevealQuotaReached
from services.kernel.actor import Actor
from services.kernel.crypto import Vault
from services.kernel.db import Database, everywhere
from services.kernel.errors import NotFound
from services.kernel.feed import record
from services.kernel.listing import NOT_HERE, plain
from services.kernel.scope import Scope
from services.registry.keys.opening import open_people
from services.registry.reveals import queries, rules
from services.registry.reveals.models import Reveal

log = logging.getLogger("reveals")


async def reveal(tx: AsyncSession, actor: Actor, id: UUID, order: RevealPerson, now: datetime) -> Reveal:
    """What will be seen, of whom, why: a row and an event. Nothing is opened here."""
    person = await queries.whom(tx, id)
    if person is None:
        raise NotFound(NOT_HERE)
    actor.require_at("registry:reveal", person.division)
    async with everywhere(tx, "the quota counts all that somebody has seen; a restriction moves with nobody"):
        restricted = await queries.restricted(await plain(tx), [id])
        recent = await queries.recent(tx, actor.id, now)
    rules.check_open(erased=person.erased, restricted=bool(restricted))
    rules.check_quota(recent, now)
    fields = sorted(set(order.fields))
    seen = Reveal(
        at=now, actor=actor.id, person_id=id, division=person.division, purpose=order.purpose, reason=order.reason,
        fields=[f.value for f in fields],
    )  # fmt: skip
    tx.add(seen)
    await tx.flush()
    told = PersonRevealed(reveal_id=seen.id, person_id=id, division=seen.division, purpose=order.purpose, fields=fields)
    await record(tx, actor, f"person:{id}", told)
    if len(recent) == rules.QUOTA - 1:
        log.warning("somebody has used up the reveals of an hour", extra={"actor": actor.id})
        await record(tx, actor, actor.id, RevealQuotaReached(quota=rules.QUOTA))
    return seen


async def revealed(
    database: Database, scope: Scope | None, vault: Vault, actor: Actor, id: UUID, order: RevealPerson, now: datetime
) -> Revealed:
    """What cannot be recorded is not shown: the value is opened when the record has been committed (PI-13)."""
    async with database.writing(info={"scope": scope}) as tx, tx.begin():
        seen = await reveal(tx, actor, id, order, now)
    async with database.hot(scope) as db:
        found = (await open_people(db, vault, [id])).get(id)
    if found is None or found.id_number is None:
        raise rules.Erased(rules.ERASED, rule="PI-06")
    shown = {field.value: getattr(found, field.value) for field in order.fields}
    return Revealed(reveal_id=seen.id, person_id=id, **shown)
