"""Which division a row means: its code and its name must agree, in the code system that the file uses (ID-07)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

import asyncpg

from services.contracts.divisions import CodeRange, Tier, tier_by_code
from services.contracts.registry import CodeSystem
from services.kernel import narrowing
from services.registry.imports.roster import Cells, Mentions
from services.registry.people.rules import canonical, plain

SYSTEM_NAMES = {CodeSystem.OWN: "本系统", CodeSystem.NBS: "统计局（nbs）", CodeSystem.MCA: "民政部（mca）"}
CANDIDATES = """
select code, name, tier, mca_code, nbs_code, valid_to from division
where code = any($1) or nbs_code = any($1) or rpad(mca_code, 12, '0') = any($1) or name = any($2) order by code"""


class Place(NamedTuple):
    code: str
    name: str
    tier: Tier
    mca_code: str | None
    nbs_code: str | None
    valid_to: date | None

    def called(self, system: CodeSystem) -> str | None:
        """Its code in a system, twelve digits long."""
        if system is CodeSystem.MCA:
            return None if self.mca_code is None else self.mca_code.ljust(12, "0")
        return self.nbs_code if system is CodeSystem.NBS else self.code


def full_code(text: str) -> str:
    """Six and nine digits name a district and a street."""
    code = plain(text)
    return code.ljust(12, "0") if len(code) in (6, 9) else code


class Places:
    """The divisions that a file may mean."""

    def __init__(
        self, places: Iterable[Place], *, system: CodeSystem, within: Iterable[CodeRange], today: date
    ) -> None:
        self.system, self.within, self.today = system, list(within), today
        self.by_code: Mapping[CodeSystem, dict[str, Place]] = {s: {} for s in CodeSystem}
        self.by_name: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            self.by_name[canonical(place.name)].append(place)
            for s in CodeSystem:
                self.by_code[s][place.called(s) or ""] = place

    def read(self, cells: Cells) -> Place | None:
        """What the columns `division_code` and `division_name` of a row mean."""
        code, name = cells.take("division_code", full_code), cells.take("division_name", str)
        if code is None or name is None:
            return None
        found = self.by_code[self.system].get(code)
        if found is None:
            cells.wrong("division_code", "no_such_division", f"没有区划代码 {code}{self.elsewhere(code, name)}请核对。")
        elif canonical(found.name) != canonical(name):
            cells.wrong("division_name", "division_mismatch", self.mismatch(code, name, found))
        elif found.valid_to is not None and found.valid_to <= self.today:
            cells.wrong("division_code", "division_ended", f"区划“{found.name}”已撤销，请填写现在的区划。")
        elif not self.reaches(found.code):
            cells.wrong("division_code", "outside_area", "该区划不在您的管辖范围内，请核对，或请上级部门导入。")
        else:
            return found
        return None

    def reaches(self, code: str) -> bool:
        return not narrowing.on or any(code in r for r in self.within)

    def mismatch(self, code: str, name: str, found: Place) -> str:
        namesakes = sorted(self.by_name[canonical(name)], key=lambda p: p.code[:6] != code[:6])
        other = next((f"“{name}”的代码是 {c}" for p in namesakes if (c := p.called(self.system))), f"没有区划“{name}”")
        return f"代码 {code} 是“{found.name}”，{other}{self.elsewhere(code, name)}请核对代码和名称。"

    def elsewhere(self, code: str, name: str) -> str:
        """The file may speak another system throughout."""
        for system in CodeSystem:
            place = self.by_code[system].get(code)
            if system is not self.system and place is not None and canonical(place.name) == canonical(name):
                return (
                    f"；它是“{name}”在{SYSTEM_NAMES[system]}的代码，"
                    f"如整份文件都用这套代码，请选择 code_system={system.value}；"
                )
        return "，"


async def load_places(
    db: asyncpg.Connection,
    said: Mentions,
    *,
    system: CodeSystem,
    within: Iterable[CodeRange],
    today: date,
) -> Places:
    """All that the rows name, by any of their codes or by name, in one question."""
    codes = {full_code(text) for text in said["division_code"]}
    found = await db.fetch(CANDIDATES, list(codes), said["division_name"])
    places = [Place(r["code"], r["name"], Tier(r["tier"]), r["mca_code"], r["nbs_code"], r["valid_to"]) for r in found]
    return Places(places, system=system, within=within, today=today)


def district_of(code: str) -> str:
    """The part of a code within which a name is taken to mean one organization."""
    return code[:4] if tier_by_code(code) is Tier.CITY else code[:6]
