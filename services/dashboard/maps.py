"""The map page: a division on a day, its tiers, what lies below it, and behind every number the way to its records."""

import asyncio
from datetime import date
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from services.contracts.coverage import Coverage, Indicator, Indicators, Source, SourceState
from services.contracts.divisions import DivisionCode, Tier, tier_by_code
from services.contracts.registry import PersonOut, ServicePointOut
from services.dashboard import tables
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.links import View
from services.dashboard.panels import Panel, panel
from services.dashboard.render import render
from services.dashboard.visitor import WithUser
from services.kernel.clock import Today
from services.kernel.paging import Page

router = APIRouter(prefix="/map", default_response_class=HTMLResponse, dependencies=[WithUser])
CARDS = ("certified_people", "registered_workers")
POLICY_DAYS = (date(2021, 12, 31), date(2025, 12, 31))


@router.get("/{code}")
async def map_page(
    request: Request, code: DivisionCode, view: Annotated[View, Query()], gateway: SignedIn, today: Today
) -> Response:
    on = view.on or today
    view = view.model_copy(update={"on": view.on and on})
    coverage, indicators, card = await asyncio.gather(
        gateway.ask(Coverage, f"/coverage/{code}", on=on, map=view.map),
        panel(gateway.ask(Indicators, f"/indicators/{code}", on=on, map=view.map)),
        village_card(gateway, code, on),
    )
    return render(
        request, "map.html", coverage=coverage, view=view, on=on, cards=cards_of(indicators), indicators=indicators,
        table=tables.table_of(coverage), zones=tables.zones_of(coverage), quasi=tables.quasi_of(coverage), card=card,
        served_known=tables.served_known(coverage), stale=stale(coverage.sources), days=quick_days(today),
    )  # fmt: skip


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


def cards_of(indicators: Panel[Indicators]) -> list[Indicator]:
    """The indicators shown as cards, in order; the tiers' coverage has cards of its own."""
    found = {i.id: i for i in indicators.found.items} if indicators.found else {}
    return [found[id] for id in CARDS if id in found]


def stale(sources: list[Source]) -> list[Source]:
    return [s for s in sources if s.state is not SourceState.FRESH]


def quick_days(today: date) -> dict[str, date]:
    """The days officials ask for: today, the last year's end, and the dates of the policy."""
    return {"今天": today, "上年末": date(today.year - 1, 12, 31)} | {d.isoformat(): d for d in POLICY_DAYS}
