"""Holidays over HTTP: the table of each year, as it was published."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.contracts.divisions import DivisionCode
from services.contracts.working_days import HolidayOut, HolidaysSet, SetHolidays
from services.kernel.clock import Today
from services.kernel.db import Hot, Tx
from services.kernel.idempotency import OnceOnly
from services.kernel.paging import Page
from services.registry.asking import Reading, Reviewing
from services.registry.calendar import commands, queries
from services.registry.examples import answer, asked, page
from services.registry.registrations import examples

router = APIRouter(prefix="/holidays", tags=["工作日"])
For = Annotated[DivisionCode | None, Query(description="在哪个区划适用；不填列出各地的")]
Year = Annotated[int | None, Query(ge=2000, lt=2100, description="哪一年的；不填为今年")]


@router.get("", responses=page(examples.HOLIDAY))
async def list_holidays(
    actor: Reading, db: Hot, today: Today, division: For = None, year: Year = None
) -> Page[HolidayOut]:
    """一年的放假和补班日。没有公布的年份是空的，期限因此“不能确定”。"""
    return Page(items=await queries.holidays(db, division, year or today.year), next=None)


@router.post("", status_code=201, responses=answer(examples.HOLIDAYS_SET, 201), openapi_extra=asked(examples.HOLIDAYS))
async def set_holidays(order: SetHolidays, actor: Reviewing, tx: Tx, once: OnceOnly) -> HolidaysSet:
    """导入一年的放假安排（国务院办公厅每年秋季公布），整年替换；须写明出处。"""
    await once.begin(tx, actor)
    await commands.set_holidays(tx, actor, order)
    return await once.keep(tx, HolidaysSet(division=order.division, year=order.year, days=len(order.days)))
