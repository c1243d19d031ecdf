"""Divisions over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from services.contracts.divisions import DivisionCode, Tier
from services.contracts.registry import DivisionOut, DivisionVersion
from services.kernel.db import Hot
from services.kernel.paging import Cursor, Limit, Page
from services.registry import examples
from services.registry.asking import On, Reading, Text
from services.registry.divisions import queries

router = APIRouter(prefix="/divisions", tags=["区划"])
Code = Annotated[DivisionCode, Path(description="十二位区划代码")]
Codes = Annotated[
    list[DivisionCode] | None, Query(max_length=200, description="只看这些代码的区划，可重复，最多 200 个")
]


@router.get("", responses=examples.page(examples.DIVISION))
async def list_divisions(
    actor: Reading,
    db: Hot,
    on: On,
    q: Text = None,
    tier: Tier | None = None,
    parent: Annotated[DivisionCode | None, Query(description="直接上级")] = None,
    code: Codes = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DivisionOut]:
    """区划，按代码排列。"""
    return await queries.divisions(db, on=on, q=q, tier=tier, parent=parent, codes=code, limit=limit, cursor=cursor)


@router.get("/{code}", responses=examples.answer(examples.DIVISION))
async def read_division(code: Code, actor: Reading, db: Hot) -> DivisionOut:
    """一个区划。"""
    return await queries.division(db, code)


@router.get("/{code}/children", responses=examples.page(examples.DIVISION))
async def list_children(
    code: Code, actor: Reading, db: Hot, on: On, limit: Limit = 50, cursor: Cursor = None
) -> Page[DivisionOut]:
    """直接下级；功能区为其管理的街镇。"""
    return await queries.children(db, code, on=on, limit=limit, cursor=cursor)


@router.get("/{code}/history", responses=examples.page(examples.VERSION))
async def list_versions(
    code: Code, actor: Reading, db: Hot, limit: Limit = 50, cursor: Cursor = None
) -> Page[DivisionVersion]:
    """该区划记录的历次版本，从旧到新。"""
    return await queries.history(db, code, limit=limit, cursor=cursor)
