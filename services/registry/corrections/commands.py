"""A correction is asked for, withdrawn, refused, or approved and carried out, all in one transaction."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.corrections import (
    ApproveCorrection,
    Correctable,
    CorrectionDecided,
    CorrectionRequested,
    CorrectionState,
    Of,
    RefuseCorrection,
    RequestCorrection,
)
from services.kernel.actor import Actor
from services.kernel.clock import business_date
from services.kernel.crypto import Vault
from services.kernel.db import everywhere, run
from services.kernel.feed import record
from services.kernel.listing import plain
from services.registry.changes import new_ids
from services.registry.corrections import queries, reading, rules
from services.registry.corrections.applying import apply, check_free
from services.registry.corrections.fields import told
from services.registry.corrections.models import Correction
from services.registry.publishing import publish_people
from services.registry.reveals.queries import restricted
from services.registry.reveals.rules import check_open as check_whole

S = CorrectionState
WAITS = text("""
select exists (select from correction where "of" = :of and record_id = :record and state = 'requested')""")
HOLD = text("select id from person where id = :id for update")


async def request(tx: AsyncSession, actor: Actor, vault: Vault, order: RequestCorrection, now: datetime) -> Correction:
    """Against the version that was read; two that ask at once for the same record wait for one another."""
    today = business_date(now)
    standing = await held(tx, vault, order.of, order.record_id)
    actor.require_at(queries.WRITE, standing.division)
    await check_processable(tx, standing)
    rules.check_seen(order.seen, standing.seen, standing.values, [c.field for c in order.changes])
    if (await run(tx, WAITS, {"of": order.of.value, "record": order.record_id})).scalar_one():
        raise rules.OpenAlready("这条记录已有一项更正等待批准，请先办结那一项。", code="open_already")
    changes = rules.wanted(order.of, order.changes, standing.values, today)
    rules.check_term(changes, ended_early=standing.ended_early)
    await check_free(tx, vault, order.of, standing, changes)
    [id] = await new_ids(tx, 1)
    contents = {f: (standing.values[f], value) for f, value in changes.items()}
    asked = Correction(
        id=id, of=order.of, record_id=order.record_id, person_id=standing.person_id, division=standing.division,
        fields=[f.value for f in changes], contents=queries.sealed(vault, id, contents), reason=order.reason,
        evidence=order.evidence, requested_by=actor.id, requested_at=now,
    )  # fmt: skip
    tx.add(asked)
    await tx.flush()
    event = CorrectionRequested(
        correction_id=id, of=order.of, record_id=order.record_id, person_id=standing.person_id, fields=list(changes)
    )
    await record(tx, actor, f"{order.of.value}:{order.record_id}", event)
    return asked


async def held(tx: AsyncSession, vault: Vault, of: Of, id: UUID) -> reading.Standing:
    """The person is held first, as by everybody who changes what belongs to them."""
    db = await plain(tx)
    person = (await reading.standing(db, vault, of, id)).person_id
    await run(tx, HOLD, {"id": person})
    return await reading.standing(db, vault, of, id)


async def check_processable(tx: AsyncSession, standing: reading.Standing) -> None:
    async with everywhere(tx, "a restriction moves with nobody"):
        kept = await restricted(await plain(tx), [standing.person_id])
    check_whole(erased=standing.erased, restricted=bool(kept))


async def approve(
    tx: AsyncSession, actor: Actor, vault: Vault, id: UUID, order: ApproveCorrection, now: datetime
) -> None:
    """Only what the register still says as it did when this was asked for is put right."""
    asked = await queries.for_update(tx, actor, queries.REVIEW, id)
    rules.check_open(asked.state)
    rules.check_decider(asked.requested_by, actor.id)
    standing = await held(tx, vault, asked.of, asked.record_id)
    actor.require_at(queries.REVIEW, standing.division)
    await check_processable(tx, standing)
    before, after = queries.contents_of(vault, asked)
    rules.check_current(before, standing.values)
    rules.check_term(after, ended_early=standing.ended_early)
    await check_free(tx, vault, asked.of, standing, after)
    await apply(tx, actor, vault, asked.of, standing, after)
    await publish_people(tx, [standing.person_id])
    asked.note = order.note
    await decide(tx, actor, vault, asked, S.APPROVED, now)


async def refuse(
    tx: AsyncSession, actor: Actor, vault: Vault, id: UUID, order: RefuseCorrection, now: datetime
) -> None:
    asked = await queries.for_update(tx, actor, queries.REVIEW, id)
    rules.check_open(asked.state)
    rules.check_decider(asked.requested_by, actor.id)
    asked.note = order.reason
    await decide(tx, actor, vault, asked, S.REFUSED, now)


async def withdraw(tx: AsyncSession, actor: Actor, vault: Vault, id: UUID, now: datetime) -> None:
    asked = await queries.for_update(tx, actor, queries.WRITE, id)
    rules.check_requester(asked.requested_by, actor.id)
    rules.check_open(asked.state)
    await decide(tx, actor, vault, asked, S.WITHDRAWN, now)


async def decide(
    tx: AsyncSession, actor: Actor, vault: Vault, asked: Correction, to: CorrectionState, now: datetime
) -> None:
    asked.state, asked.decided_at = to, now
    asked.decided_by = None if to is S.WITHDRAWN else actor.id
    before, after = queries.contents_of(vault, asked)
    event = CorrectionDecided(
        correction_id=asked.id, of=asked.of, record_id=asked.record_id, person_id=asked.person_id,
        fields=[Correctable(f) for f in asked.fields], state=to, before=told(before), after=told(after),
    )  # fmt: skip
    await record(tx, actor, f"{asked.of.value}:{asked.record_id}", event)
