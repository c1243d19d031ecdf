"""Corrections over HTTP: opened with what the register says now, asked for, approved by another person."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.contracts.corrections import (
    ApproveCorrection,
    CorrectionOut,
    CorrectionState,
    Of,
    Opening,
    RefuseCorrection,
    RequestCorrection,
)
from services.kernel.actor import Actor
from services.kernel.clock import Now
from services.kernel.crypto import Vault
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import Once, OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.registry import listing
from services.registry.asking import Deciding, Reading, Reviewing, Within, Writing
from services.registry.corrections import commands, examples, queries
from services.registry.examples import answer, asked, page
from services.registry.personal import VaultOf

router = APIRouter(prefix="/corrections", tags=["更正"])
ONE = answer(examples.CORRECTION)
OfKind = Annotated[Of, Query(description="哪一类记录")]
OfRecord = Annotated[UUID, Query(description="哪一条记录")]
InState = Annotated[CorrectionState | None, Query(description="只看哪种状态的")]
OfPerson = Annotated[UUID | None, Query(description="只看谁的")]
OfOne = Annotated[UUID | None, Query(description="只看哪一条记录的")]


@router.get("", responses=page(examples.CORRECTION))
async def list_corrections(
    actor: Reading,
    db: Hot,
    vault: VaultOf,
    division: Within = None,
    state: InState = None,
    person_id: OfPerson = None,
    record_id: OfOne = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[CorrectionOut]:
    """管辖范围内的更正，新的在前；state=requested 是等待批准的。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await queries.corrections(
        db, actor, vault, within=within, state=state, person_id=person_id, record_id=record_id, limit=limit,
        cursor=cursor,
    )  # fmt: skip


@router.get("/opening", responses=answer(examples.OPENING))
async def open_correction(of: OfKind, record_id: OfRecord, actor: Reading, db: Hot, vault: VaultOf) -> Opening:
    """提出更正之前读取：这条记录现在登记的内容（个人信息部分隐去），以及随后要带回的 seen。"""
    return await queries.opening(db, actor, vault, of, record_id)


@router.post("", status_code=201, responses=answer(examples.CORRECTION, 201), openapi_extra=asked(examples.REQUESTING))
async def request_correction(
    order: RequestCorrection, actor: Writing, tx: Tx, vault: VaultOf, once: OnceOnly, now: Now
) -> CorrectionOut:
    """提出更正，写明理由和依据。记录在读取之后又有变化的，答复 409 并给出现在登记的内容。"""
    await once.begin(tx, actor)
    made = await commands.request(tx, actor, vault, order, now)
    found = await queries.correction(await plain(tx), actor, vault, made.id, queries.WRITE)
    return await once.keep(tx, found)


@router.get("/{id}", responses=ONE)
async def read_correction(id: UUID, actor: Reading, db: Hot, vault: VaultOf) -> CorrectionOut:
    """一项更正：申请时、现在、更正后的内容并列。"""
    return await queries.correction(db, actor, vault, id)


@router.post("/{id}/approve", responses=ONE, openapi_extra=asked(examples.APPROVING))
async def approve_correction(
    id: UUID, order: ApproveCorrection, actor: Deciding, tx: Tx, vault: VaultOf, once: OnceOnly, now: Now
) -> CorrectionOut:
    """批准，随即更正；不由提出的人，须刚刚验证过身份。只能再以一项更正改回。"""
    await once.begin(tx, actor)
    await commands.approve(tx, actor, vault, id, order, now)
    return await answered(tx, actor, vault, id, once)


@router.post("/{id}/refuse", responses=ONE, openapi_extra=asked(examples.REFUSING))
async def refuse_correction(
    id: UUID, order: RefuseCorrection, actor: Reviewing, tx: Tx, vault: VaultOf, once: OnceOnly, now: Now
) -> CorrectionOut:
    """不批准，并说明理由；不由提出的人。"""
    await once.begin(tx, actor)
    await commands.refuse(tx, actor, vault, id, order, now)
    return await answered(tx, actor, vault, id, once)


@router.post("/{id}/withdraw", responses=ONE)
async def withdraw_correction(
    id: UUID, actor: Writing, tx: Tx, vault: VaultOf, once: OnceOnly, now: Now
) -> CorrectionOut:
    """由提出的人撤回。"""
    await once.begin(tx, actor)
    await commands.withdraw(tx, actor, vault, id, now)
    return await answered(tx, actor, vault, id, once, queries.WRITE)


async def answered(
    tx: Tx, actor: Actor, vault: Vault, id: UUID, once: Once, permission: str = queries.REVIEW
) -> CorrectionOut:
    found = await queries.correction(await plain(tx), actor, vault, id, permission)
    return await once.keep(tx, found, 200)
