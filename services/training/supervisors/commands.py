"""Everything that changes supervisors. Whose appointment it is is held first, then the appointment."""

from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.training_events import SupervisorChanged, SupervisorMoved, SupervisorNominated
from services.contracts.training_practice import (
    SUPERVISOR_STATE_NAMES,
    NominateSupervisor,
    Step,
    SupervisorState,
    UpdateSupervisor,
)
from services.kernel.actor import Actor
from services.kernel.changes import differences
from services.kernel.db import run
from services.kernel.errors import FieldError, Unprocessable
from services.kernel.feed import record
from services.kernel.listing import plain
from services.kernel.versions import check_version
from services.training.known import check_division, check_organization
from services.training.publishing import PERSON, copies, hold, id_of, publish_holders
from services.training.steps import check_day, check_move
from services.training.supervisors import queries, rules
from services.training.supervisors.models import Supervisor, SupervisorStep

REQUIRED = frozenset({"level", "fields", "term_start", "term_end"})
TURN = text("select pg_advisory_xact_lock(hashtext(:holder))")


async def take(tx: AsyncSession, holder: str) -> None:
    """All appointments of one supervisor count once together: whoever changes one waits for the others."""
    if holder.startswith(PERSON):
        await hold(await plain(tx), [id_of(holder)])
    else:
        await run(tx, TURN, {"holder": holder})


async def nominate(tx: AsyncSession, actor: Actor, order: NominateSupervisor, today: date) -> Supervisor:
    actor.require_at("training:write", order.division)
    await check_division(tx, order.division)
    rules.check_identity(order.type, order.person_id, order.expert_name)
    await check_person(tx, actor, order.person_id)
    await check_organization(tx, "appointing_id", order.appointing_id)
    day = order.on or today
    check_day(day, last=None, today=today)
    ends = rules.term_end(order.term_start, order.term_end)
    holder = rules.holder(order.person_id, order.expert_name, order.affiliation)
    await take(tx, holder)
    supervisor = Supervisor(**order.model_dump(exclude={"on", "term_end"}), holder=holder, term_end=ends)
    tx.add(supervisor)
    await tx.flush()
    tx.add(SupervisorStep(supervisor_id=supervisor.id, state=SupervisorState.NOMINATED, on_day=day, actor=actor.id))
    nominated = SupervisorNominated(
        supervisor_id=supervisor.id, person_id=order.person_id, division=order.division,
        term_start=order.term_start, term_end=ends,
    )  # fmt: skip
    await record(tx, actor, f"supervisor:{supervisor.id}", nominated)
    await publish_holders(tx, [holder])
    return supervisor


async def check_person(tx: AsyncSession, actor: Actor, id: UUID | None) -> None:
    """Somebody of the asker's area; whether there is anybody of that number elsewhere is not said."""
    if id is None:
        return
    person = (await copies(await plain(tx), [f"{PERSON}{id}"])).get(id)
    if person is None or not actor.reaches("training:write", person.division):
        said = "没有这个人员，或不在您的管辖范围内"
        wrong = FieldError(field="person_id", code="no_such_person", detail=said)
        raise Unprocessable(f"{said}，请核对人员编号。", code="no_such_person", errors=[wrong])


async def change(tx: AsyncSession, actor: Actor, id: UUID, order: UpdateSupervisor, if_match: str | None) -> Supervisor:
    await take(tx, await queries.holder_of(tx, actor, id))
    supervisor = await queries.supervisor_for_update(tx, actor, id)
    check_version(supervisor.version, if_match)
    changes = differences(supervisor, order, required=REQUIRED)
    rules.check_settled(supervisor.state, set(changes))
    await check_organization(tx, "appointing_id", order.appointing_id)
    if not changes:
        return supervisor
    supervisor.sqlmodel_update(changes)
    rules.term_end(supervisor.term_start, supervisor.term_end)
    supervisor.version += 1
    changed = SupervisorChanged(supervisor_id=id, division=supervisor.division, fields=sorted(changes))
    await record(tx, actor, f"supervisor:{id}", changed)
    await publish_holders(tx, [supervisor.holder])
    return supervisor


async def move(tx: AsyncSession, actor: Actor, id: UUID, verb: str, order: Step, today: date) -> Supervisor:
    await take(tx, await queries.holder_of(tx, actor, id))
    supervisor = await queries.supervisor_for_update(tx, actor, id)
    day, last = order.on or today, await queries.last_step(tx, id)
    before = rules.shown(supervisor.state, supervisor.term_end, day)
    supervisor.state = check_move(
        rules.MOVES[verb], before, SUPERVISOR_STATE_NAMES, rule="SUP-07", day=day, last=last.on_day, today=today,
        reason=order.reason, own=actor.id == await queries.entered_by(tx, id),
    )  # fmt: skip
    supervisor.version += 1
    step = SupervisorStep(supervisor_id=id, state=supervisor.state, on_day=day, reason=order.reason, actor=actor.id)
    tx.add(step)
    moved = SupervisorMoved(
        supervisor_id=id, division=supervisor.division, before=before, state=supervisor.state, on=day,
        reason=order.reason,
    )  # fmt: skip
    await record(tx, actor, f"supervisor:{id}", moved)
    await publish_holders(tx, [supervisor.holder])
    return supervisor
