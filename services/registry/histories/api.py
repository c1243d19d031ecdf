"""The history of people, registrations and applications over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from services.contracts.corrections import HistoryEntry
from services.kernel.clock import Today
from services.kernel.db import Hot
from services.kernel.paging import Cursor, Limit, Page
from services.registry.asking import Reading
from services.registry.corrections.examples import ENTRY
from services.registry.examples import page
from services.registry.histories import queries
from services.registry.people.queries import person, registration
from services.registry.registrations.queries import application

router = APIRouter(tags=["办理记录"])


@router.get("/people/{id}/history", responses=page(ENTRY))
async def list_person_history(
    id: UUID, actor: Reading, db: Hot, today: Today, limit: Limit = 50, cursor: Cursor = None
) -> Page[HistoryEntry]:
    """一个人及其证书、登记、申请、到岗的办理记录，新的在前：谁、何时、做了什么，各项改动前后；个人信息部分隐去。"""
    await person(db, actor, id, on=today)
    return await queries.history(db, queries.OF_PERSON, id, limit=limit, cursor=cursor)


@router.get("/registrations/{id}/history", responses=page(ENTRY))
async def list_registration_history(
    id: UUID, actor: Reading, db: Hot, limit: Limit = 50, cursor: Cursor = None
) -> Page[HistoryEntry]:
    """一项登记及其申请的办理记录，新的在前。"""
    await registration(db, actor, id)
    return await queries.history(db, queries.OF_REGISTRATION, id, limit=limit, cursor=cursor)


@router.get("/registration-applications/{id}/history", responses=page(ENTRY))
async def list_application_history(
    id: UUID, actor: Reading, db: Hot, today: Today, limit: Limit = 50, cursor: Cursor = None
) -> Page[HistoryEntry]:
    """一份登记申请的办理记录，新的在前。"""
    await application(db, actor, id, today)
    return await queries.history(db, queries.OF_APPLICATION, id, limit=limit, cursor=cursor)
