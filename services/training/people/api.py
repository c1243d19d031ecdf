"""A person's statement over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.contracts.training import StatementOut
from services.kernel.clock import Today
from services.kernel.db import Hot
from services.training import examples
from services.training.asking import Reading
from services.training.people import queries

router = APIRouter(tags=["学时"])
Year = Annotated[int | None, Query(ge=2000, le=2099, description="公历年，默认今年")]


@router.get("/people/{id}/statement", responses=examples.answer(examples.STATEMENT))
async def read_statement(id: UUID, actor: Reading, db: Hot, today: Today, year: Year = None) -> StatementOut:
    """一个人一年的学时证明：逐场学时、年度要求（CE-06）和登记有效期要求（CE-02）是否达标。"""
    return await queries.statement(db, actor, id, year or today.year)
