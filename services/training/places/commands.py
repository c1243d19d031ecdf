"""Everything that changes training bases and internship sites."""

from datetime import date
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.training_events import PlaceApplied, PlaceChanged, PlaceMoved
from services.contracts.training_practice import PLACE_STATE_NAMES, ApplyPlace, PlaceKind, PlaceState, Step, UpdatePlace
from services.kernel.actor import Actor
from services.kernel.changes import differences
from services.kernel.feed import record
from services.kernel.versions import check_version
from services.training.known import check_division, check_organization
from services.training.places import queries, rules
from services.training.places.models import PlaceStep, PracticePlace
from services.training.publishing import publish_places
from services.training.steps import check_day, check_move

REQUIRED = frozenset({"name", "partner_kind", "checklist"})


async def apply(tx: AsyncSession, actor: Actor, kind: PlaceKind, order: ApplyPlace, today: date) -> PracticePlace:
    actor.require_at("training:write", order.division)
    await check_division(tx, order.division)
    rules.check_partner(order.partner_id, order.partner_name)
    rules.check_agreement(order.agreement_start, order.agreement_end)
    await check_organization(tx, "partner_id", order.partner_id)
    day = order.on or today
    check_day(day, last=None, today=today)
    said = order.model_dump(exclude={"on", "checklist"})
    place = PracticePlace(kind=kind, **said, checklist=order.checklist.model_dump(mode="json"))
    tx.add(place)
    await tx.flush()
    tx.add(PlaceStep(place_id=place.id, state=PlaceState.APPLIED, on_day=day, actor=actor.id))
    applied = PlaceApplied(kind=kind, place_id=place.id, division=place.division)
    await record(tx, actor, f"{kind.value}:{place.id}", applied)
    await publish_places(tx, [place.id])
    return place


async def change(
    tx: AsyncSession, actor: Actor, kind: PlaceKind, id: UUID, order: UpdatePlace, if_match: str | None
) -> PracticePlace:
    place = await queries.place_for_update(tx, actor, kind, id)
    check_version(place.version, if_match)
    changes = differences(place, order, required=REQUIRED)
    if order.checklist is not None:
        changes["checklist"] = order.checklist.model_dump(mode="json")
    if not changes or all(getattr(place, name) == value for name, value in changes.items()):
        return place
    await check_organization(tx, "partner_id", order.partner_id)
    place.sqlmodel_update(changes)
    rules.check_partner(place.partner_id, place.partner_name)
    rules.check_agreement(place.agreement_start, place.agreement_end)
    place.version += 1
    changed = PlaceChanged(kind=kind, place_id=id, division=place.division, fields=sorted(changes))
    await record(tx, actor, f"{kind.value}:{id}", changed)
    await publish_places(tx, [id])
    return place


async def move(
    tx: AsyncSession, actor: Actor, kind: PlaceKind, id: UUID, verb: str, order: Step, today: date
) -> PracticePlace:
    place = await queries.place_for_update(tx, actor, kind, id)
    day, last, before = order.on or today, await queries.last_step(tx, id), place.state
    place.state = check_move(
        rules.MOVES[verb], before, PLACE_STATE_NAMES, rule="INT-06", day=day, last=last.on_day, today=today,
        reason=order.reason, own=actor.id == await queries.entered_by(tx, id),
    )  # fmt: skip
    place.version += 1
    tx.add(PlaceStep(place_id=id, state=place.state, on_day=day, reason=order.reason, actor=actor.id))
    moved = PlaceMoved(
        kind=kind, place_id=id, division=place.division, before=before, state=place.state, on=day, reason=order.reason
    )
    await record(tx, actor, f"{kind.value}:{id}", moved)
    await publish_places(tx, [id])
    return place
