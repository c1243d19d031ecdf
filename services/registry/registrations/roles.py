"""What somebody is where an application lies, worked out from the permissions that travel in the token."""

from services.contracts.divisions import Tier, tier_by_code
from services.kernel.actor import Actor
from services.registry.registrations.states import Role

DISTRICT, CITY = 6, 4


def above_at(division: str, digits: int) -> str:
    return division[:digits].ljust(12, "0")


def roles_of(actor: Actor, division: str) -> frozenset[Role]:
    """Who reviews reaches the whole district; who reviews finally the whole city."""
    found = set()
    if actor.reaches("registry:read", division):
        found.add(Role.VIEWER)
    if actor.reaches("registry:write", division):
        found.add(Role.EDITOR)
    if reviews(actor, above_at(division, CITY)):
        found.add(Role.CITY_REVIEWER)
    elif tier_by_code(division) not in (Tier.CITY, Tier.PROVINCE) and reviews(actor, above_at(division, DISTRICT)):
        found.add(Role.DISTRICT_REVIEWER)
    return frozenset(found)


def reviews(actor: Actor, whole: str) -> bool:
    return any(whole in r for r in actor.ranges("registry:review"))
