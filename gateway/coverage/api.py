"""HTTP: coverage, indicators, series, targets, explanations, status. Mounted below /api/v1."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from hashlib import blake2b
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from gateway.coverage import answers, children, explanations, sources
from gateway.coverage.answers import Asked
from gateway.coverage.children import indicator_or_share
from gateway.coverage.gaps import Sought
from gateway.coverage.gaps import gaps as find_gaps
from gateway.coverage.policy import DEFAULT, PACK_LIST, IndicatorRow, Pack
from services.contracts import coverage as out
from services.contracts.divisions import CodeRange, DivisionCode, Tier
from services.contracts.metrics import METRICS
from services.kernel.actor import Actor, Requires
from services.kernel.clock import Now, Today
from services.kernel.db import Hot
from services.kernel.errors import NotFound, Unprocessable
from services.kernel.paging import Cursor, Limit
from services.kernel.versions import etag, not_modified

router = APIRouter(tags=["coverage"])
Official = Annotated[Actor, Requires("coverage:read")]
Day = Annotated[date, Query(ge=date(1949, 1, 1), le=date(2199, 12, 31))]
MOST_POINTS = 500


class UnknownPack(NotFound):
    english = "There is no such policy pack."


class UnknownIndicator(NotFound):
    english = "There is no such indicator in this policy pack."


class PeriodReversed(Unprocessable):
    english = "The period ends before it begins."


class TooManyPoints(Unprocessable):
    english = "A series has at most 500 points; take a longer step or a shorter period."


class Step(StrEnum):
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


MONTHS = {Step.DAY: 0, Step.MONTH: 1, Step.QUARTER: 3, Step.YEAR: 12}


def pack_asked(pack: Annotated[str, Query(max_length=40, description="政策包")] = DEFAULT) -> Pack:
    if pack not in PACK_LIST:
        raise UnknownPack(f"没有名为“{pack}”的政策包，请从 {'、'.join(PACK_LIST)} 中选择。", params={"pack": pack})
    return PACK_LIST[pack]


class When:
    """The day and the map asked for; today, and as it was then, unless said."""

    def __init__(
        self, today: Today, now: Now, pack: Annotated[Pack, Depends(pack_asked)], on: Day | None = None,
        map: out.Map = out.Map.THEN,
    ) -> None:  # fmt: skip
        self.on, self.map, self.pack, self.now = on or today, map, pack, now

    def at(self, division: str) -> Asked:
        return Asked(division, self.on, self.map, self.pack, self.now)


Asking = Annotated[When, Depends(When)]


def answer(request: Request, body: BaseModel) -> Response:
    """Written once, by pydantic; unchanged since the asker's copy: 304."""
    content = body.model_dump_json().encode()
    tag = etag(blake2b(content, digest_size=16).hexdigest())
    headers = {"etag": tag, "cache-control": "private"}
    return not_modified(request, tag) or Response(content, media_type="application/json", headers=headers)


def check_period(start: date | None, end: date) -> None:
    if start is not None and end < start:
        raise PeriodReversed("起始日期晚于截止日期，请调整后重试。", code="period_reversed")


@router.get("/coverage/{division}", response_model=out.Coverage)
async def coverage(division: DivisionCode, when: Asking, request: Request, _: Official, db: Hot) -> Response:
    """四级覆盖：应覆盖、已建站、有效运行、有服务的单位数，以及下一级的同样数字。"""
    return answer(request, await answers.coverage(db, when.at(division)))


@router.get("/coverage/{division}/gaps", response_model=out.Gaps)
async def gaps(
    division: DivisionCode, when: Asking, request: Request, actor: Official, db: Hot, kind: out.GapKind | None = None,
    tier: Tier | None = None, cursor: Cursor = None, limit: Limit = 50,
) -> Response:  # fmt: skip
    """缺口清单：应覆盖而未有效运行的单位，依次为没有站点、空壳站点、没有购买合同；管辖范围以外的只计数。"""
    sought = Sought(kind, tier, scope_of(actor)["registry"], cursor, limit)
    return answer(request, await find_gaps(db, when.at(division), sought))


@router.get("/indicators/{division}", response_model=out.Indicators)
async def indicators(
    division: DivisionCode, when: Asking, request: Request, _: Official, db: Hot,
    start: Annotated[Day | None, Query(alias="from")] = None, to: Day | None = None,
) -> Response:  # fmt: skip
    """各项指标及其目标。存量看 on 当日；流量看 from 至 to（默认按政策包的口径截至 on）。"""
    check_period(start, to or when.on)
    return answer(request, await answers.indicators(db, when.at(division), start, to or when.on))


@router.get("/indicators/{id}/series", response_model=out.Series)
async def series(
    id: str, division: DivisionCode, when: Asking, request: Request, _: Official, db: Hot,
    start: Annotated[Day, Query(alias="from")], to: Day, step: Step = Step.MONTH,
) -> Response:  # fmt: skip
    """一项指标在各期末的数值，与计划并列；每点与该日的指标口径一致。"""
    check_period(start, to)
    row = indicator_asked(when.pack, id)
    span = (to.year - start.year) * 12 + to.month - start.month if MONTHS[step] else (to - start).days
    if span // max(1, MONTHS[step]) >= MOST_POINTS:
        raise TooManyPoints(f"最多 {MOST_POINTS} 个点，请选择更长的步长或更短的时段。", code="too_many_points")
    return answer(request, await answers.series(db, when.at(division), row, answers.ends_of(start, to, MONTHS[step])))


@router.get("/indicators/{division}/children", response_model=out.ChildValues)
async def children_of(
    division: DivisionCode, id: Annotated[str, Query(max_length=60)], when: Asking, request: Request, _: Official,
    db: Hot,
) -> Response:  # fmt: skip
    """一项指标（或某一层级的覆盖比例，如 effective@street）在各下级区划的数值与状态。"""
    row = indicator_asked(when.pack, id)
    return answer(request, await children.children(db, when.at(division), row))


def indicator_asked(pack: Pack, id: str) -> IndicatorRow:
    row = indicator_or_share(pack, id)
    if row is None:
        raise UnknownIndicator(f"政策包“{pack.name}”中没有指标“{id}”，请从指标列表中选择。", params={"indicator": id})
    return row


@router.get("/targets", response_model=out.TargetList)
async def targets(
    when: Asking, request: Request, _: Official, db: Hot, division: DivisionCode | None = None
) -> Response:
    """各项目标及其在 on 当日的状态。"""
    return answer(request, await answers.targets(db, when.at(division or when.pack.division)))


@router.get("/explain", response_model=out.Explanation)
async def explain(
    metric: Annotated[str, Query(max_length=60)], division: DivisionCode, when: Asking, request: Request,
    actor: Official, db: Hot, start: Annotated[Day | None, Query(alias="from")] = None, cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:  # fmt: skip
    """一个数字由哪些事实组成；管辖范围以外的只给合计（在第一页）。"""
    check_period(start, when.on)
    asked = when.at(division)
    number = explanations.number_asked(asked, metric)
    return answer(request, await explanations.explanation(db, asked, number, start, scope_of(actor), cursor, limit))


def scope_of(actor: Actor) -> Mapping[str, tuple[CodeRange, ...]]:
    """Of each service, the area whose records the asker may open."""
    return {owner: actor.ranges(f"{owner}:read") for owner in {d.owner for d in METRICS.values()}}


@router.get("/status", response_model=out.Status)
async def status(request: Request, now: Now, db: Hot) -> Response:
    """各部分数据是否新鲜（公开）。"""
    return answer(request, sources.status_of(await sources.followed(db), now))
