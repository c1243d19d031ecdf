"""Everything that changes organizations."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registry import CreateOrganization, UpdateOrganization
from services.contracts.registry_events import OrganizationAdded, OrganizationChanged, PersonChanged
from services.kernel.actor import Actor
from services.kernel.changes import differences
from services.kernel.db import run
from services.kernel.errors import Conflict
from services.kernel.feed import record, record_all
from services.kernel.listing import plain
from services.kernel.versions import check_version
from services.registry.divisions.queries import existing
from services.registry.organizations import queries, rules
from services.registry.organizations.models import Organization
from services.registry.publishing import publish_organizations, publish_people

REQUIRED = frozenset({"name", "kind", "division"})
MOVE_PEOPLE = text("""
update person set division = :division, version = version + 1 where employer_id = :employer returning id""")


class AlreadyThere(Conflict):
    english = "There is an organization of this code, or of this name in this division, already."


async def add_organization(tx: AsyncSession, actor: Actor, order: CreateOrganization) -> Organization:
    actor.require_at("registry:write", order.division)
    await existing(await plain(tx), order.division)
    organization = Organization(**order.model_dump())
    await check_new(tx, organization)
    tx.add(organization)
    await tx.flush()
    added = OrganizationAdded(organization_id=organization.id, division=organization.division)
    await record(tx, actor, f"organization:{organization.id}", added)
    await publish_organizations(tx, [organization.id])
    return organization


async def check_new(tx: AsyncSession, organization: Organization) -> None:
    """The code is right, and nobody else's; the name is the only one of its kind in the division."""
    if organization.uscc is not None:
        organization.uscc = rules.uscc(organization.uscc)
    twin = await queries.twin(tx, organization)
    if twin is not None:
        what = "统一社会信用代码" if twin.uscc and twin.uscc == organization.uscc else "同一区划内的名称"
        raise AlreadyThere(f"该{what}已登记给另一机构，请先查询已有机构，核对后再填写。")


async def change_organization(
    tx: AsyncSession, actor: Actor, id: UUID, order: UpdateOrganization, if_match: str | None
) -> Organization:
    organization = await queries.for_update(tx, actor, id)
    check_version(organization.version, if_match)
    changes = differences(organization, order, required=REQUIRED)
    if not changes:
        return organization
    if "division" in changes:
        actor.require_at("registry:write", str(changes["division"]))
        await existing(await plain(tx), str(changes["division"]))
    with tx.no_autoflush:
        organization.sqlmodel_update(changes)
        await check_new(tx, organization)
    organization.version += 1
    await tx.flush()
    await tell(tx, actor, organization, changes)
    return organization


async def tell(tx: AsyncSession, actor: Actor, organization: Organization, changes: Mapping[str, object]) -> None:
    """Whoever is employed here counts where the employer is."""
    changed = OrganizationChanged(
        organization_id=organization.id, division=organization.division, fields=sorted(changes)
    )
    await record(tx, actor, f"organization:{organization.id}", changed)
    await publish_organizations(tx, [organization.id])
    if "division" in changes:
        moved = {"division": organization.division, "employer": organization.id}
        people: list[UUID] = [row.id for row in (await run(tx, MOVE_PEOPLE, moved)).all()]
        events = [PersonChanged(person_id=p, division=organization.division, fields=["division"]) for p in people]
        await record_all(tx, actor, [(f"person:{e.person_id}", e) for e in events])
        await publish_people(tx, people)
