"""Which organization a row means: by its credit code, else by its exact name in the same district, else a new one."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from services.registry.imports.places import Place, district_of
from services.registry.imports.roster import Cells, Mentions
from services.registry.people.rules import canonical, plain

KNOWN = """
select id, uscc, name, division from organization where uscc = any($1) or name = any($2) order by id"""
# Locked until the import is committed: where an employer is, its people count.
LOCK = f"select count(*) from ({KNOWN} for update) locked"


@dataclass(eq=False)
class Known:
    """An organization of the register (`new` false) or of this file."""

    id: UUID | None
    uscc: str | None
    name: str
    division: str
    new: bool = False
    named: bool = False  # its credit code was learnt from this file

    @property
    def district(self) -> str:
        return district_of(self.division)


@dataclass(frozen=True)
class Columns:
    """Under which fields a row speaks of this organization."""

    uscc: str
    name: str


class Organizations:
    """Those that a file names, found as it goes on.

    `matches` says in which divisions an organization may be meant by its name, `writes` where the actor may change one.
    """

    def __init__(
        self, known: Iterable[Known], columns: Columns, matches: Callable[[str], bool], writes: Callable[[str], bool]
    ) -> None:
        self.columns, self.matches, self.writes = columns, matches, writes
        self.by_uscc: dict[str, Known] = {}
        self.by_name: dict[tuple[str, str], list[Known]] = defaultdict(list)
        self.new: list[Known] = []
        for organization in known:
            self._remember(organization)

    def _remember(self, organization: Known) -> None:
        if organization.uscc is not None:
            self.by_uscc[organization.uscc] = organization
        self.by_name[organization.name, organization.district].append(organization)

    def of(self, cells: Cells, uscc: str | None, name: str, place: Place) -> Known | None:
        """None if the row contradicts what is known (noted)."""
        namesakes = [o for o in self.by_name[name, district_of(place.code)] if self.matches(o.division)]
        if uscc is None:
            return self._by_name(cells, name, place, namesakes)
        found = self.by_uscc.get(uscc)
        if found is None:
            return self._named_now(cells, uscc, name, place, namesakes)
        if canonical(found.name) != canonical(name):
            detail = f"统一社会信用代码 {uscc} 登记的名称与“{name}”不同，请核对代码和名称。"
            cells.wrong(self.columns.name, "organization_mismatch", detail)
            return None
        return found

    def _by_name(self, cells: Cells, name: str, place: Place, namesakes: list[Known]) -> Known | None:
        here = [o for o in namesakes if o.division == place.code] or namesakes
        if len(here) > 1:
            detail = f"同一区县有多个名为“{name}”的机构，请填写统一社会信用代码。"
            cells.wrong(self.columns.uscc, "organization_ambiguous", detail)
            return None
        return here[0] if here else self._add(None, name, place)

    def _named_now(self, cells: Cells, uscc: str, name: str, place: Place, namesakes: list[Known]) -> Known | None:
        """The first to say this code: of an organization known by name alone, or of a new one."""
        unnamed = [o for o in namesakes if o.uscc is None]
        if len(unnamed) == 1:
            [found] = unnamed
            if not found.new and not self.writes(found.division):
                detail = f"“{name}”不在您的管辖范围内，不能由您补登统一社会信用代码；请留空代码，或联系其所在区划补登。"
                cells.wrong(self.columns.uscc, "organization_elsewhere", detail)
                return None
            found.uscc, found.named = uscc, not found.new
            self.by_uscc[uscc] = found
            return found
        if any(o.division == place.code for o in namesakes):
            detail = f"该区划已有名为“{name}”的机构，统一社会信用代码不同，请核对。"
            cells.wrong(self.columns.uscc, "organization_mismatch", detail)
            return None
        return self._add(uscc, name, place)

    def _add(self, uscc: str | None, name: str, place: Place) -> Known:
        added = Known(None, uscc, name, place.code, new=True)
        self.new.append(added)
        self._remember(added)
        return added

    def taken(self) -> tuple[list[Known], list[Known]]:
        """Those that are new, and those of the register whose credit code the file has told, since this was asked."""
        new, learnt = self.new, [o for o in self.by_uscc.values() if o.named]
        for organization in (*new, *learnt):
            organization.new = organization.named = False
        self.new = []
        return new, learnt


async def load_organizations(
    db: asyncpg.Connection,
    said: Mentions,
    columns: Columns,
    matches: Callable[[str], bool],
    writes: Callable[[str], bool],
) -> Organizations:
    """All that the rows may mean, in one question."""
    rows = await db.fetch(KNOWN, *named(said, columns))
    return Organizations([Known(r["id"], r["uscc"], r["name"], r["division"]) for r in rows], columns, matches, writes)


async def lock_organizations(db: asyncpg.Connection, said: Mentions, columns: Columns) -> None:
    await db.fetchval(LOCK, *named(said, columns))


def named(said: Mentions, columns: Columns) -> tuple[list[str], list[str]]:
    """Credit codes and names, as they are stored."""
    return [plain(text) for text in said[columns.uscc]], said[columns.name]
