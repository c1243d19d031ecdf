"""Within which divisions one transaction may read and write, as PostgreSQL is told, whose policies hold to it.

The application narrows its own questions as well. This is the second wall (row_security): it stands whoever writes the
next endpoint.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from fastapi import Request

from services.contracts.divisions import CodeRange
from services.kernel.actor import Actor, Needs, asking


class Scope(NamedTuple):
    """The settings of one transaction, gone after it. An empty one sees nothing."""

    reads: str = ""
    writes: str = ""
    actor: str = ""

    def sql(self) -> str:
        """Said without parameters, so that it travels with another statement."""
        said = ((name, value.replace("'", "''")) for name, value in self._asdict().items())
        return "select " + ", ".join(f"set_config('shegong.{name}', '{value}', true)" for name, value in said)


NOWHERE = Scope()
ANYWHERE = CodeRange("0" * 12, "9" * 12)


@lru_cache(maxsize=4096)
def span(ranges: tuple[CodeRange, ...]) -> str:
    """Their hull, low and high of twelve digits each; of several ranges also their list. Of none: nothing."""
    if not ranges:
        return ""
    kept = apart(ranges)
    hull = kept[0].low + max(r.high for r in kept)
    listed = ",".join(f"[{r.low},{r.high}]" for r in kept)
    return hull if len(kept) == 1 else f"{hull}{{{listed}}}"


def apart(ranges: Iterable[CodeRange]) -> list[CodeRange]:
    """Without those that lie within another one."""
    kept: list[CodeRange] = []
    for low, high in sorted(ranges, key=lambda r: (r.low, -int(r.high))):
        if not kept or high > kept[-1].high:
            kept.append(CodeRange(low, high))
    return kept


EVERYWHERE = Scope(span((ANYWHERE,)), span((ANYWHERE,)), "*")


def scope_of(actor: Actor, permissions: Sequence[str]) -> Scope:
    """What these permissions reach. Whoever writes somewhere may read there, and where she may read of that service."""
    reads = [r for p in permissions for name in (f"{p.partition(':')[0]}:read", p) for r in actor.ranges(name)]
    writes = [r for p in permissions if not p.endswith(":read") for r in actor.ranges(p)]
    return Scope(span(tuple(reads)), span(tuple(writes)), actor.id)


def declared(route: Any) -> tuple[str, ...]:
    """The permissions that a route declares: looked for once, and kept with it."""
    if not hasattr(route, "dependant"):
        return ()
    known: tuple[str, ...] | None = vars(route).get("declared")
    if known is None:
        known = route.declared = tuple(_needed(route.dependant))
    return known


def _needed(dependant: Any) -> Iterable[str]:
    for inner in dependant.dependencies:
        if isinstance(inner.call, Needs):
            yield inner.call.permission
        yield from _needed(inner)


async def scope_for(request: Request) -> Scope:
    """Of whoever asks, for what the route declares; a route that declares nothing reaches nothing."""
    permissions = declared(request.scope.get("route"))
    return scope_of(await asking(request), permissions) if permissions else NOWHERE
