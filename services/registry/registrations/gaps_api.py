"""Days without a registration, and terms as they were known on a day, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.contracts.days import Day
from services.contracts.registration_terms import GapOut, TermAsKnown
from services.kernel.clock import Today
from services.kernel.db import Hot
from services.kernel.paging import Cursor, Limit, Page
from services.registry import listing
from services.registry.asking import On, Reading, Within
from services.registry.examples import answer, page
from services.registry.registrations import examples, gaps

router = APIRouter(prefix="/registrations", tags=["登记有效期"])
From = Annotated[Day | None, Query(alias="from", description="中断至少有一天在这一天或以后")]
To = Annotated[Day | None, Query(description="中断至少有一天在这一天或以前")]
Known = Annotated[Day | None, Query(description="按哪一天结束时登记册所知的；不填为今天")]


@router.get("/gaps", responses=page(examples.GAP))
async def list_gaps(
    actor: Reading, db: Hot, division: Within = None, since: From = None, to: To = None, limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[GapOut]:  # fmt: skip
    """管辖范围内登记中断过的人：前一期止后到后一期起前的天数，两期各是一行记录。"""
    within = await listing.scope(db, actor, "registry:read", division)
    return await gaps.gaps(db, within=within, since=since, until=to, limit=limit, cursor=cursor)


@router.get("/{id}/standing", responses=answer(examples.AS_KNOWN))
async def read_standing(id: UUID, actor: Reading, db: Hot, on: On, today: Today, known: Known = None) -> TermAsKnown:
    """一项登记 on 当日是否有效，按登记册在 known 当日结束时所知的：事后补录、撤销的，此前并不知道。"""
    return await gaps.as_known(db, actor, id, on, known or today)
