"""Choosing a division in a form: one step down or up at a time, each step an address."""

import asyncio
import re
from typing import NamedTuple

from services.contracts.divisions import DivisionCode, Tier
from services.contracts.identity import Me
from services.contracts.registry import DivisionOut, PointTier
from services.dashboard.gateway import Gateway
from services.dashboard.panels import panel
from services.kernel.errors import Forbidden, Unavailable
from services.kernel.paging import Page

CODE = re.compile(r"[0-9]{12}", re.ASCII)
# What is usually set up in a division; the registry decides.
USUAL_TIER: dict[Tier, PointTier] = {
    Tier.CITY: PointTier.CITY_GUIDANCE_CENTRE,
    Tier.DISTRICT: PointTier.DISTRICT_MAIN_STATION,
    Tier.ZONE: PointTier.DISTRICT_MAIN_STATION,
    Tier.STREET: PointTier.STREET_STATION,
    Tier.VILLAGE: PointTier.VILLAGE_SERVICE_ROOM,
}


class Place(NamedTuple):
    code: DivisionCode
    name: str
    tier: Tier
    above: DivisionCode | None
    below: dict[str, str]

    @property
    def usual_tier(self) -> str:
        return USUAL_TIER.get(self.tier, "")


async def place_of(gateway: Gateway, code: DivisionCode, home: DivisionCode) -> Place:
    """One does not climb above one's own division; what is no code is no place either."""
    code = code if CODE.fullmatch(code) else home
    own, below = await asyncio.gather(
        gateway.ask(DivisionOut, f"/registry/divisions/{code}"),
        panel(gateway.ask(Page[DivisionOut], f"/registry/divisions/{code}/children", limit=500)),
    )
    above = own.parent if code != home else None
    return Place(code, own.name, own.tier, above, {d.code: d.name for d in (below.found.items if below.found else [])})


async def place_or_home(gateway: Gateway, code: DivisionCode, me: Me) -> Place:
    """Whoever may not look at the divisions, or cannot just now, is in her own."""
    try:
        return await place_of(gateway, code or me.home, me.home)
    except (Forbidden, Unavailable):
        own = next((g for g in me.grants if g.division == me.home), None)
        return Place(me.home, own.division_name if own else me.home, own.tier if own else Tier.CITY, None, {})
