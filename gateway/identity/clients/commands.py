"""Every change of a machine client, each with its event: closing holds at once, opening waits for a second person."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import commands as identity
from gateway.identity.areas import check_reach, reaches_all
from gateway.identity.clients import queries, rules
from gateway.identity.clients.models import ClientChange
from gateway.identity.clients.rules import Held
from gateway.identity.divisions import check_exist
from gateway.identity.models import MachineClient
from gateway.identity.rules import TOUCH
from services.contracts.clients import (
    ChangeClient,
    ChangeKind,
    ClientChangeApproved,
    ClientChangeEnded,
    ClientChangeEntered,
    ClientContactChanged,
    ClientDisabled,
    ClientNarrowed,
    NewClient,
)
from services.kernel.actor import Actor
from services.kernel.changes import differences
from services.kernel.clock import business_date
from services.kernel.db import driver_of, run
from services.kernel.errors import Conflict, FieldError, Unprocessable
from services.kernel.feed import record
from services.kernel.versions import check_version

RESERVED = ("new",)  # the page on which a client is made
ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('client ' || :id, 0))")
REQUIRED = frozenset({"contact", "scopes", "divisions"})
SUPERSEDED = "已缩小或停用，原申请作废"
USED = text("""
insert into client_use (client_id, at) values (:client, :at)
on conflict (client_id) do update set at = excluded.at where client_use.at < :before""")


class ChangeWaits(Conflict):
    english = "A change of this client waits for an approval; decide on it first."


class NotPending(Conflict):
    english = "This does not wait for an approval."


async def create(tx: AsyncSession, actor: Actor, order: NewClient, at: datetime) -> None:
    """Disabled until it is approved: so it opens nothing, whichever version of the gateway looks at it."""
    check_reach(actor, order.divisions)
    held = Held(unique(order.scopes), unique(order.divisions), order.end)
    rules.check_held(held, business_date(at))
    await check_exist(await driver_of(tx), held.divisions, business_date(at))
    await check_free(tx, actor, order.id)
    client = await identity.create_client(
        tx, actor, id=order.id, name=order.name, scopes=held.scopes, divisions=held.divisions
    )
    client.contact, client.end, client.disabled_at = order.contact, order.end, at
    await enter(tx, actor, client, ChangeKind.CREATE, held, order.reason, at)


async def check_free(tx: AsyncSession, actor: Actor, id: str) -> None:
    """Of two who ask at once the second finds what the first has entered."""
    if id in RESERVED:
        detail = f"client_id 不能是“{id}”，请换一个。"
        raise Unprocessable(
            detail, code="client_id_reserved", errors=[FieldError(field="id", code="client_id_reserved", detail=detail)]
        )
    await run(tx, ONE_AT_A_TIME, {"id": id})
    found = await tx.get(MachineClient, id)
    if found is None:
        return
    waits = await queries.change_that_waits(tx, id)
    if waits is not None and waits.kind is ChangeKind.CREATE and reaches_all(actor, found.divisions):
        detail = f"“{id}”已经录入，正在等待另一名安全管理员复核，无需再次提交。请从对接系统的列表中打开它。"
        raise ChangeWaits(detail, code="client_waits")
    raise Conflict("已有这个 client_id，请换一个。", code="client_id_taken")


async def change(
    tx: AsyncSession, actor: Actor, id: str, order: ChangeClient, if_match: str | None, at: datetime
) -> None:
    """Where anything becomes wider the rights wait as a whole; otherwise they hold at once."""
    client = await queries.client_to_change(tx, actor, id)
    check_version(client.version, if_match)
    differing = differences(client, order, required=REQUIRED).keys() - {"reason"}
    if not differing:
        raise Conflict("没有改动任何内容，无需提交。", code="nothing_changed")
    if "contact" in differing:
        client.contact = order.contact
        await record(tx, actor, f"client:{id}", ClientContactChanged(reason=order.reason))
    if differing - {"contact"}:
        await change_rights(tx, actor, client, wanted(client, order), order.reason, at)
    client.version += 1


def wanted(client: MachineClient, order: ChangeClient) -> Held:
    """What is not said stays; an end that is said to be none is none."""
    return Held(
        unique(order.scopes or client.scopes),
        unique(order.divisions or client.divisions),
        order.end if "end" in order.model_fields_set else client.end,
    )


async def change_rights(
    tx: AsyncSession, actor: Actor, client: MachineClient, held: Held, reason: str, at: datetime
) -> None:
    check_reach(actor, held.divisions)
    rules.check_held(held, business_date(at))
    if rules.widens(held_by(client), held):
        if added := [d for d in held.divisions if d not in client.divisions]:
            await check_exist(await driver_of(tx), added, business_date(at))
        await enter(tx, actor, client, ChangeKind.WIDEN, held, reason, at)
        return
    if client.disabled_at is not None:
        await check_nothing_waits(tx, client)
    await supersede(tx, actor, client, at)
    give(client, held)
    told = ClientNarrowed(scopes=client.scopes, divisions=client.divisions, end=client.end, reason=reason)
    await record(tx, actor, f"client:{client.id}", told)


async def disable(tx: AsyncSession, actor: Actor, id: str, reason: str, at: datetime) -> None:
    """Its next request is refused, with a token from before too."""
    client = await queries.client_to_change(tx, actor, id)
    if client.disabled_at is not None:
        raise Conflict("该系统已经停用，无需重复操作。", code="already_disabled")
    await supersede(tx, actor, client, at)
    client.disabled_at = at
    client.version += 1
    await record(tx, actor, f"client:{id}", ClientDisabled(reason=reason))


async def enable(tx: AsyncSession, actor: Actor, id: str, reason: str, at: datetime) -> None:
    """With what it had; a second administrator has to agree."""
    client = await queries.client_to_change(tx, actor, id)
    if client.disabled_at is None:
        raise Conflict("该系统没有停用，无需启用。", code="not_disabled")
    rules.check_held(held_by(client), business_date(at))
    await enter(tx, actor, client, ChangeKind.ENABLE, held_by(client), reason, at)
    client.version += 1


async def enter(
    tx: AsyncSession, actor: Actor, client: MachineClient, kind: ChangeKind, held: Held, reason: str, at: datetime
) -> None:
    await check_nothing_waits(tx, client)
    row = ClientChange(
        client_id=client.id, kind=kind, scopes=held.scopes, divisions=held.divisions, end=held.end,
        reason=reason, entered_by=actor.id, entered_at=at,
    )  # fmt: skip
    tx.add(row)
    await tx.flush()
    told = ClientChangeEntered(
        change=row.id, kind=kind, scopes=held.scopes, divisions=held.divisions, end=held.end, reason=reason
    )
    await record(tx, actor, f"client:{client.id}", told)


async def approve(tx: AsyncSession, actor: Actor, id: str, change: UUID, at: datetime) -> None:
    """By another person than entered it; what it gives must still be for days to come."""
    client = await queries.client_to_change(tx, actor, id)
    row = await pending(tx, actor, id, change)
    rules.check_another(actor, row.entered_by)
    held = Held(row.scopes, row.divisions, row.end)
    rules.check_held(held, business_date(at))
    row.approved_by, row.approved_at = actor.id, at
    give(client, held)
    if row.kind is not ChangeKind.WIDEN:
        client.disabled_at = None
    client.version += 1
    await record(tx, actor, f"client:{id}", ClientChangeApproved(change=change))


async def end(tx: AsyncSession, actor: Actor, id: str, change: UUID, reason: str, at: datetime) -> None:
    """Refused by the second administrator, or withdrawn by the first."""
    client = await queries.client_to_change(tx, actor, id)
    row = await pending(tx, actor, id, change)
    row.ended_by, row.ended_at = actor.id, at
    client.version += 1
    await record(tx, actor, f"client:{id}", ClientChangeEnded(change=change, reason=reason))


async def pending(tx: AsyncSession, actor: Actor, id: str, change: UUID) -> ClientChange:
    row = await queries.change_to_decide(tx, id, change)
    check_reach(actor, row.divisions)
    if not row.pending:
        raise NotPending("这项变更不在等待复核，可能已经批准、退回或作废，请刷新后查看。", code="not_pending")
    return row


async def supersede(tx: AsyncSession, actor: Actor, client: MachineClient, at: datetime) -> None:
    """What waits was asked for beside other rights: approved now, it would undo what has been closed."""
    row = await queries.change_that_waits(tx, client.id)
    if row is not None:
        row.ended_by, row.ended_at = actor.id, at
        await record(tx, actor, f"client:{client.id}", ClientChangeEnded(change=row.id, reason=SUPERSEDED))


async def check_nothing_waits(tx: AsyncSession, client: MachineClient) -> None:
    if await queries.change_that_waits(tx, client.id) is not None:
        raise ChangeWaits("该系统已有一项变更等待复核，请先批准或退回，再提交新的。", code="change_waits")


async def note_use(tx: AsyncSession, client: str, at: datetime) -> None:
    """To the minute, so that many processes of one system do not wait for one row."""
    await run(tx, USED, {"client": client, "at": at, "before": at - TOUCH})


def held_by(client: MachineClient) -> Held:
    return Held(client.scopes, client.divisions, client.end)


def give(client: MachineClient, held: Held) -> None:
    client.scopes, client.divisions, client.end = held


def unique(values: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(values))
