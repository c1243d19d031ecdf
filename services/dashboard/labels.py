"""Names for codes and ids, asked of their owners; what cannot be asked keeps its code."""

import asyncio
import contextlib
from collections.abc import Iterable
from uuid import UUID

from pydantic import BaseModel

from services.contracts.coverage import ExplainedFact
from services.contracts.divisions import DivisionCode
from services.contracts.identity import Me
from services.contracts.registry import DivisionOut
from services.dashboard.gateway import API, Gateway
from services.dashboard.panels import gathered, panel
from services.kernel.errors import DomainError
from services.kernel.paging import Page

NAMES_SECONDS = 3.0  # then the codes will do
NAMED = ("/registry/people/", "/registry/service-points/", "/registry/divisions/")


class Named(BaseModel):
    """Whatever has a name: divisions, people (as far as one may see), service points."""

    name: str


async def labels_of(gateway: Gateway, facts: Iterable[ExplainedFact]) -> dict[str, str]:
    """Address of a record → its name, for the units of these facts and the records behind them."""
    wanted = sorted({path for fact in facts for path in paths_of(fact)})
    found: dict[str, str] = {}

    async def learn(path: str) -> None:
        with contextlib.suppress(DomainError):
            found[path] = (await gateway.ask(Named, path)).name

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(NAMES_SECONDS):
            await gathered(map(learn, wanted))
    return found


def paths_of(fact: ExplainedFact) -> set[str]:
    inner = {path for nested in fact.facts for path in paths_of(nested)}
    record = (fact.record or "").removeprefix(API)
    return inner | {f"/registry/divisions/{fact.division}"} | ({record} if record.startswith(NAMED) else set())


async def places_of(gateway: Gateway, home: DivisionCode, chosen: DivisionCode | None) -> dict[str, str]:
    """The divisions a list may be narrowed to: the one it is narrowed to now, those below it, and those below home."""
    here = chosen or home
    own, below = await asyncio.gather(
        panel(gateway.ask(Named, f"/registry/divisions/{here}")),
        asyncio.gather(*(panel(children(gateway, at)) for at in dict.fromkeys((here, home)))),
    )
    first = {chosen: own.found.name if own.found else chosen} if chosen else {}
    return first | {d.code: d.name for found in below for d in (found.found.items if found.found else [])}


async def children(gateway: Gateway, at: str) -> Page[DivisionOut]:
    return await gateway.ask(Page[DivisionOut], f"/registry/divisions/{at}/children", limit=500)


async def name_of(gateway: Gateway, path: str, id: UUID | None) -> str | None:
    """What a list is narrowed to, if it is, is told by its name, if that can be asked."""
    found = await panel(gateway.ask(Named, f"{path}/{id}")) if id else None
    return found.found.name if found and found.found else None


async def division_name(gateway: Gateway, code: DivisionCode) -> str | None:
    found = await panel(gateway.ask(Named, f"/registry/divisions/{code}"))
    return found.found.name if found.found else None


def own_places(me: Me) -> dict[str, str]:
    """The divisions of one's grants, which one knows without asking."""
    return {grant.division: grant.division_name for grant in me.grants}
