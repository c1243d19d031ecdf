"""What a request names of the registry's: organizations, people, points, divisions, as far as they are known here."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registry import DivisionRecord, OrganizationRecord, PersonRecord, ServicePointRecord
from services.kernel.actor import Actor
from services.kernel.copies import held, known
from services.kernel.errors import FieldError, Unprocessable
from services.procurement.asking import WRITE


class NotKnown(Unprocessable):
    english = "The registry knows nothing of this number, or it is outside your area."


def not_known(field: str, what: str) -> NotKnown:
    wrong = FieldError(field=field, code="not_known", detail=f"没有这个{what}，或不在您的管辖范围内")
    return NotKnown(f"没有这个{what}，或不在您的管辖范围内，请核对编号；刚登记的请稍后重试。", errors=[wrong])


async def parties(
    tx: AsyncSession, actor: Actor, buyer: UUID, provider: UUID
) -> tuple[OrganizationRecord, OrganizationRecord]:
    """A buyer of the asker's own area, and a provider from wherever."""
    found = await held(tx, OrganizationRecord, [f"organization:{buyer}", f"organization:{provider}"])
    buying, providing = found.get(f"organization:{buyer}"), found.get(f"organization:{provider}")
    if buying is None or not actor.reaches(WRITE, buying.division):
        raise not_known("buyer_id", "购买主体")
    if providing is None:
        raise not_known("provider_id", "承接主体")
    return buying, providing


async def points(tx: AsyncSession, actor: Actor, ids: Sequence[UUID]) -> list[ServicePointRecord]:
    found = await known(tx, ServicePointRecord, [f"service_point:{id}" for id in ids])
    if len(found) < len(set(ids)) or not all(actor.reaches(WRITE, p.division) for p in found.values()):
        raise not_known("service_point_ids", "服务站点")
    return list(found.values())


async def divisions(tx: AsyncSession, actor: Actor, codes: Sequence[str]) -> None:
    found = await known(tx, DivisionRecord, [f"division:{code}" for code in codes])
    if len(found) < len(set(codes)) or not all(actor.reaches(WRITE, d.code) for d in found.values()):
        raise not_known("served_divisions", "区划")


async def person(tx: AsyncSession, actor: Actor, id: UUID, provider: UUID) -> PersonRecord:
    """Somebody of the asker's area, or of the provider's people wherever they are registered."""
    found = (await known(tx, PersonRecord, [f"person:{id}"])).get(f"person:{id}")
    if found is None or not (found.employer_id == provider or actor.reaches(WRITE, found.division)):
        raise not_known("person_id", "人员")
    return found
