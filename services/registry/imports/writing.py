"""How an import writes: new rows by COPY, changed ones by one update from arrays, one event each, all of one batch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registry_events import OrganizationAdded, OrganizationChanged
from services.kernel.actor import Actor
from services.kernel.db import copy_rows, run
from services.kernel.feed import record_all
from services.registry.changes import new_ids
from services.registry.imports.organizations import Known, Organizations
from services.registry.organizations.rules import kind_by_uscc
from services.registry.publishing import AT_ONCE, publish_organizations

NAME_ORGANIZATIONS = """
update organization o set uscc = u.uscc, version = o.version + 1
from unnest(cast(:id as uuid[]), cast(:uscc as text[])) u(id, uscc) where o.id = u.id"""


@dataclass(frozen=True)
class Batch:
    """One import, by one actor, in one transaction."""

    tx: AsyncSession
    actor: Actor
    id: UUID

    async def copy(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """New rows, all with the same columns."""
        if rows:
            await copy_rows(self.tx, table, list(rows[0]), [tuple(row.values()) for row in rows])

    async def update(self, statement: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Each column of the rows is an array of that name."""
        if rows:
            await run(self.tx, text(statement), {name: [row[name] for row in rows] for name in rows[0]})

    async def tell(self, events: Iterable[tuple[str, BaseModel]]) -> None:
        """Made as they are written, so that the event loop breathes between."""
        made = iter(events)
        while some := list(islice(made, AT_ONCE)):
            await record_all(self.tx, self.actor, some)


def given(id: UUID | None) -> UUID:
    """Of something that has been numbered by now."""
    if id is None:
        raise AssertionError("not numbered")
    return id


async def write_organizations(batch: Batch, organizations: Organizations) -> None:
    """Those that these rows named first, and the credit codes they told of others."""
    new, learnt = organizations.taken()
    for organization, id in zip(new, await new_ids(batch.tx, len(new)), strict=True):
        organization.id = id
    await batch.copy("organization", [organization_row(o) for o in new])
    await batch.update(NAME_ORGANIZATIONS, [{"id": o.id, "uscc": o.uscc} for o in learnt])
    await batch.tell((f"organization:{o.id}", added(o, batch)) for o in new)
    await batch.tell((f"organization:{o.id}", named(o, batch)) for o in learnt)
    await publish_organizations(batch.tx, [given(o.id) for o in (*new, *learnt)])


def organization_row(o: Known) -> dict[str, object]:
    return {"id": o.id, "name": o.name, "kind": kind_by_uscc(o.uscc).value, "division": o.division, "uscc": o.uscc}


def added(o: Known, batch: Batch) -> OrganizationAdded:
    return OrganizationAdded(organization_id=given(o.id), division=o.division, batch_id=batch.id)


def named(o: Known, batch: Batch) -> OrganizationChanged:
    return OrganizationChanged(organization_id=given(o.id), division=o.division, fields=["uscc"], batch_id=batch.id)
