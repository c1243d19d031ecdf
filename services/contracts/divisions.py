"""Division codes: twelve digits, hierarchical by prefix (ID-05), compared as ranges, never by LIKE."""

from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import StringConstraints

DivisionCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]

NATION = "000000000000"


class Tier(StrEnum):
    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    VILLAGE = "village"
    ZONE = "zone"


TIER_NAMES: dict[Tier, str] = {
    Tier.NATION: "全国",
    Tier.PROVINCE: "省",
    Tier.CITY: "市",
    Tier.DISTRICT: "区县",
    Tier.STREET: "街镇",
    Tier.VILLAGE: "村居",
    Tier.ZONE: "功能区",
}

# How many leading digits name a division of the tier; a zone is coded like a district.
PREFIX: dict[Tier, int] = {
    Tier.NATION: 0,
    Tier.PROVINCE: 2,
    Tier.CITY: 4,
    Tier.DISTRICT: 6,
    Tier.ZONE: 6,
    Tier.STREET: 9,
    Tier.VILLAGE: 12,
}


class CodeRange(NamedTuple):
    """All codes from `low` to `high`, both included; text compared byte by byte (COLLATE "C")."""

    low: str
    high: str

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and self.low <= code <= self.high


def tier_by_code(code: str) -> Tier:
    """The tier that the zeros of a code say. A zone looks like a district: only its record tells them apart."""
    filled = len(code.rstrip("0"))
    for tier in (Tier.NATION, Tier.PROVINCE, Tier.CITY, Tier.DISTRICT, Tier.STREET):
        if filled <= PREFIX[tier]:
            return tier
    return Tier.VILLAGE


def subtree(code: str) -> CodeRange:
    """The codes of a division and of everything below it. A zone's streets lie elsewhere: it has a list of ranges."""
    length = PREFIX[tier_by_code(code)]
    return CodeRange(code, code[:length] + "9" * (12 - length))


def parent_by_code(code: str) -> str | None:
    """The division one tier up, by prefix; None for the nation."""
    above = {Tier.PROVINCE: 0, Tier.CITY: 2, Tier.DISTRICT: 4, Tier.STREET: 6, Tier.VILLAGE: 9}.get(tier_by_code(code))
    return None if above is None else code[:above].ljust(12, "0")
