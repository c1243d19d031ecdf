"""Names for the ids that other services keep: all of a page asked for at once, and told as lines that can be typed."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from services.contracts.registry import DivisionOut, PersonOut, ServicePointOut
from services.dashboard.gateway import Gateway
from services.dashboard.panels import Panel, gathered, panel
from services.kernel.paging import Page

AT_ONCE = 200  # of the registry
MOST_LOOKED_UP = 50


class Called(NamedTuple):
    """What a page calls it, and the line of a form by which it is looked up."""

    name: str
    line: str


Names = Mapping[str, Called]  # by id
Named = Callable[[Gateway, Iterable[object]], Awaitable[Panel[Names]]]


async def people(gateway: Gateway, ids: Iterable[object]) -> Panel[Names]:
    """By name and the end of the identity number, all of which is not shown."""

    async def asked(some: Sequence[str]) -> Names:
        found = await gateway.ask(Page[PersonOut], "/registry/people", id=some, limit=AT_ONCE)
        return {str(p.id): Called(p.name, f"{p.name} {p.id_number[-4:]}") for p in found.items}

    return await _whole(asked, ids)


async def person(gateway: Gateway, id: UUID) -> str:
    """Somebody as a form of theirs says whose it is."""
    names = await people(gateway, [id])
    if names.found is None:
        return "姓名暂不可查"
    return names.found[str(id)].line if str(id) in names.found else "管辖范围外的人员"


async def points(gateway: Gateway, ids: Iterable[object]) -> Panel[Names]:
    async def asked(some: Sequence[str]) -> Names:
        found = await gateway.ask(Page[ServicePointOut], "/registry/service-points", id=some, limit=AT_ONCE)
        return {str(s.id): Called(s.name, s.number) for s in found.items}

    return await _whole(asked, ids)


async def divisions(gateway: Gateway, codes: Iterable[object]) -> Panel[Names]:
    async def asked(some: Sequence[str]) -> Names:
        found = await gateway.ask(Page[DivisionOut], "/registry/divisions", code=some, limit=AT_ONCE)
        return {d.code: Called(d.name, f"{d.code} {d.name}") for d in found.items}

    return await _whole(asked, codes)


async def _whole(asked: Callable[[Sequence[str]], Awaitable[Names]], ids: Iterable[object]) -> Panel[Names]:
    """Of each id once; nobody is asked about nothing."""
    wanted = list(dict.fromkeys(str(id) for id in ids))
    chunks = [wanted[n : n + AT_ONCE] for n in range(0, len(wanted), AT_ONCE)]

    async def all() -> Names:
        found = await gathered(asked(some) for some in chunks)
        return {id: name for names in found for id, name in names.items()}

    return await panel(all())


def told(ids: Iterable[object], names: Panel[Names]) -> list[str]:
    """As lines of a form; what has no name is told by its id."""
    known = names.found or {}
    return [known[str(id)].line if str(id) in known else str(id) for id in ids]


async def meant(
    lines: Sequence[str], known: Mapping[str, str], look: Callable[[str], Awaitable[UUID | DivisionOut | str]]
) -> list[str]:
    """The ids of these lines, each once: known ones (line → id) are there already, the others are looked up."""
    unknown = [line for line in dict.fromkeys(lines) if line not in known]
    if len(unknown) > MOST_LOOKED_UP:
        raise ValueError(f"一次最多查找 {MOST_LOOKED_UP} 行，请分次填写")
    found = dict(zip(unknown, await gathered(map(look, unknown)), strict=True))
    wrong = [f"“{line}”{said}" for line, said in found.items() if isinstance(said, str)]
    if wrong:
        raise ValueError("；".join(wrong))
    ids = {line: str(one.code if isinstance(one, DivisionOut) else one) for line, one in found.items()}
    return list(dict.fromkeys({**known, **ids}[line] for line in lines))
