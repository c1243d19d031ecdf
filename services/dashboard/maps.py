"""The map page: a division on a day, an indicator in all that lies below it, and behind every number its records."""

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, NamedTuple, TypeVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field

from services.contracts.coverage import ChildValues, Coverage, Indicator, Indicators, Source, SourceState
from services.contracts.divisions import DivisionCode, Tier, tier_by_code
from services.contracts.registry import PersonOut, ServicePointOut
from services.dashboard import shapes, tables, trend
from services.dashboard.choices import asked_for, choices_of
from services.dashboard.gaps import LACK_NAMES, some_gaps
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.links import By, View, Word
from services.dashboard.panels import Panel, panel
from services.dashboard.ranking import Lists, Row, Sort, as_csv, lists_of, sort_by
from services.dashboard.render import render
from services.dashboard.visitor import CurrentUser, WithUser
from services.dashboard.words import GAP_NAMES
from services.kernel.clock import Today
from services.kernel.paging import Page

router = APIRouter(prefix="/map", default_response_class=HTMLResponse, dependencies=[WithUser])
CARDS = ("coverage_street", "coverage_village", "certified_people", "registered_workers")
POLICY_DAYS = (date(2021, 12, 31), date(2025, 12, 31))
T = TypeVar("T")
VILLAGES = 20  # on a page; a street has up to 130


class Asked(View):
    """The view, and what of its lists is shown."""

    sort: Annotated[str, Field(pattern=r"^-?(value|name|n|gap|change)$")] = "-value"
    q: Word = None
    page: Annotated[int, Field(ge=1, le=999)] = 1
    step: trend.Step = trend.Step.QUARTER

    @property
    def how(self) -> dict[str, object]:
        """What every question to the gateway says."""
        return {"map": self.map, "pack": self.pack}

    @property
    def listing(self) -> dict[str, object]:
        """What of the lists is not as usual."""
        usual = type(self)()
        shown = {name: getattr(self, name) for name in ("sort", "q", "step")}
        return {name: value for name, value in shown.items() if value != getattr(usual, name)}


@router.get("")
async def own(me: CurrentUser) -> Response:
    return RedirectResponse(f"/map/{me.home}", 303)


@router.get("/{code}")
async def map_page(
    request: Request, code: DivisionCode, view: Annotated[Asked, Query()], gateway: SignedIn, today: Today
) -> Response:
    on = view.on or today
    compare = view.compare
    (coverage, indicators, indicators_before, card, gaps), (below, before, line) = await asyncio.gather(
        asyncio.gather(
            gateway.ask(Coverage, f"/coverage/{code}", on=on, **view.how),
            panel(gateway.ask(Indicators, f"/indicators/{code}", on=on, **view.how)),
            perhaps(gateway.ask(Indicators, f"/indicators/{code}", on=compare, **view.how) if compare else None),
            village_card(gateway, code, on),
            some_gaps(gateway, code, on, view.map),
        ),
        asyncio.gather(
            panel(values(gateway, code, view, on)),
            perhaps(values(gateway, code, view, compare) if compare else None),
            trend.ask(gateway, asked_for(view.indicator), code, view.step, on, **view.how),
        ),
    )
    items = indicators.found.items if indicators.found else []
    found = known(below, served=tables.served_known(coverage), view=view)
    lists = lists_of(found, before.found) if found else Lists([], [], [])
    return render(
        request, "map.html", coverage=coverage, view=view, on=on, cards=cards_of(items), indicators=indicators,
        past=values_of(indicators_before), below=below, found=found,
        lists=lists, shown=shown_of(coverage, lists, view), choices=choices_of(coverage, items), line=line, card=card,
        table=tables.table_of(coverage), zones=tables.zones_of(coverage), served_known=tables.served_known(coverage),
        gaps=gaps, gap_names=GAP_NAMES, lacks=LACK_NAMES, stale=stale(coverage.sources), days=quick_days(today),
        drawing=shapes.drawing(code[:6]), trend=trend,
    )  # fmt: skip


@router.get("/{code}/ranking.csv")
async def ranking(code: DivisionCode, view: Annotated[Asked, Query()], gateway: SignedIn, today: Today) -> Response:
    """What the ranking shows, and the zones and quasi units after it."""
    found = await values(gateway, code, view, view.on or today)
    lists = lists_of(found, None)
    name = f"{code}-{view.indicator.replace('@', '-')}-{found.on}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(
        as_csv(found, [*lists.rows, *lists.zones, *lists.quasi]), media_type="text/csv; charset=utf-8", headers=headers
    )


async def values(gateway: Gateway, code: str, view: Asked, on: date) -> ChildValues:
    return await gateway.ask(
        ChildValues, f"/indicators/{code}/children", id=asked_for(view.indicator), on=on, **view.how
    )


async def perhaps(question: Awaitable[T] | None) -> Panel[T]:
    """What is asked only if it is wanted."""
    return await panel(question) if question is not None else Panel(None)


def known(below: Panel[ChildValues], *, served: bool, view: Asked) -> ChildValues | None:
    """Where nobody has recorded a service yet, no share of served units is known."""
    if below.found is None or served or not view.indicator.startswith("served"):
        return below.found
    nothing = [c.model_copy(update={"value": None, "numerator": None}) for c in below.found.items]
    whole = below.found.whole.model_copy(update={"value": None, "numerator": None})
    return below.found.model_copy(update={"items": nothing, "whole": whole})


class Shown(NamedTuple):
    """The rows of this page: those found by the filter, in the order asked for."""

    rows: list[Row]
    total: int
    pages: int
    page: int

    def __contains__(self, code: object) -> bool:
        return any(row.child.code == code for row in self.rows)


def shown_of(coverage: Coverage, lists: Lists, view: Asked) -> Shown:
    rows = lists.zones if view.by is By.ZONE and lists.zones else lists.rows
    found = [r for r in rows if not view.q or view.q in r.child.name or r.child.code.startswith(view.q)]
    found = sort_by(found, Sort(view.sort.removeprefix("-")), descending=view.sort.startswith("-"))
    many = coverage.division.tier is Tier.STREET
    pages = max(1, -(-len(found) // VILLAGES)) if many else 1
    page = min(view.page, pages)
    return Shown(found[(page - 1) * VILLAGES : page * VILLAGES] if many else found, len(found), pages, page)


class VillageCard(NamedTuple):
    points: Panel[Page[ServicePointOut]]
    people: Panel[Page[PersonOut]]


async def village_card(gateway: Gateway, code: DivisionCode, on: date) -> VillageCard | None:
    """A village is no table: its rooms and the people in them, by name."""
    if tier_by_code(code) is not Tier.VILLAGE:
        return None
    points = gateway.ask(Page[ServicePointOut], "/registry/service-points", division=code, on=on, open="true", limit=20)
    people = gateway.ask(Page[PersonOut], "/registry/people", division=code, on=on, limit=20)
    return VillageCard(*await asyncio.gather(panel(points), panel(people)))


def cards_of(items: list[Indicator]) -> list[Indicator]:
    """The headline indicators, in order, as far as they are measured here."""
    found = {i.id: i for i in items}
    return [found[id] for id in CARDS if id in found]


def values_of(indicators: Panel[Indicators]) -> Mapping[str, Decimal | None]:
    return {i.id: i.value for i in indicators.found.items} if indicators.found else {}


def stale(sources: list[Source]) -> list[Source]:
    return [s for s in sources if s.state is not SourceState.FRESH]


def quick_days(today: date) -> Mapping[str, date]:
    """The days officials ask for: today, the last year's end, and the dates of the policy."""
    return {"今天": today, "上年末": date(today.year - 1, 12, 31)} | {d.isoformat(): d for d in POLICY_DAYS}
