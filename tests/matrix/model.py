"""Who may do what, worked out naively from the policy file: roles, the areas of a grant, what a cell must answer."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from gateway.identity.policy import policy
from services.contracts.divisions import CodeRange, Tier, parent_by_code, subtree, tier_by_code
from services.kernel.actor import Actor
from tests.keys import an_actor

CLIENT, SCOPES = "client", frozenset({"registry:read", "registry:write", "verify", "feeds:read"})
Roles = Mapping[str, frozenset[str]]
ROLES: Roles = {name: policy().of_role(name) for name in policy().roles} | {CLIENT: SCOPES}
STEP = {Tier.PROVINCE: 2, Tier.CITY: 4, Tier.DISTRICT: 6, Tier.STREET: 9, Tier.VILLAGE: 12}  # the digits of a tier
STRANGER = "account:stranger"


class Must(StrEnum):
    """What a cell must answer. `HIDDEN`: as if nothing were there, and nothing happens."""

    SIGN_IN = "401"
    FORBID = "403"
    HIDE = "404"
    ALLOW = "allowed"


class Area(NamedTuple):
    """Of a grant, by where it lies from the record."""

    name: str
    ranges: tuple[CodeRange, ...]

    def holds(self, divisions: frozenset[str]) -> bool:
        """What lies in several divisions is in it with all of them."""
        return all(any(d in r for r in self.ranges) for d in divisions)


class Shown(NamedTuple):
    """One item of a list: its key, where it lies, and who asked for it."""

    key: str
    places: frozenset[str]
    by: str


def shown(item: Mapping[str, Any], places: Iterable[str] | None = None) -> Shown:
    """Where it says that it lies, or where somebody else says so."""
    said = ({str(item["division"])} if item.get("division") else ()) if places is None else places
    key = str(item.get("id") or item.get("code") or sorted(item.items()))
    return Shown(key, frozenset(said), item.get("requested_by", ""))


def areas(division: str) -> list[Area]:
    """Seen from a record's division; `around` lies on both sides of it, and has a hole where it is."""
    near = {"self": division, "parent": parent_by_code(division)}
    near |= {"sibling": behind(division), "foreign": elsewhere(division)}
    below = STEP[tier_by_code(division)]
    if below < 12:
        near["child"] = f"{division[:below]}{'9' * (2 if below < 6 else 3)}".ljust(12, "0")
    found = [Area(name, (subtree(code),)) for name, code in near.items() if code is not None]
    return [*found, Area("around", (subtree(before(division)), subtree(behind(division))))]


def behind(division: str) -> str:
    """The next unit; whether there is one by that code makes no difference."""
    return str(int(division[: STEP[tier_by_code(division)]]) + 1).ljust(12, "0")


def before(division: str) -> str:
    """The unit before; before the first one, what lies before the unit that both are in."""
    number = str(int(division[: STEP[tier_by_code(division)]]) - 1).ljust(12, "0")
    above = parent_by_code(division)
    return before(above) if number == above else number


def elsewhere(division: str) -> str:
    """Another district of the city; of a district or a city, another city."""
    return behind(f"{division[:6]}000000") if STEP[tier_by_code(division)] > 6 else "371300000000"


def actor(role: str, area: Area, roles: Roles, id: str | None = None) -> Actor:
    may = dict.fromkeys(roles[role], area.ranges)
    kind = "client" if role == CLIENT else "person"
    return an_actor(id=id or f"account:{role}", kind=kind, roles={role} - {CLIENT}, may=may)


def must(permission: str | None, role: str | None, *, inside: bool, roles: Roles = ROLES) -> Must:
    """A route that declares nothing is nobody's."""
    if role is None or permission is None:
        return Must.SIGN_IN
    if permission not in roles[role]:
        return Must.FORBID
    return Must.ALLOW if inside else Must.HIDE
