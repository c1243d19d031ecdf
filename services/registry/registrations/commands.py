"""What the applicant's side does: begin an application, fill it in, hand it in, withdraw it; and amnesties."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.grounds import GroundDecision
from services.contracts.registration_events import AmnestyOpened, ApplicationBegun, ApplicationMoved
from services.contracts.registrations import (
    ApplicationKind,
    ApplicationState,
    ChangeApplication,
    Contents,
    CreateApplication,
    OpenAmnesty,
    Verb,
)
from services.kernel.actor import Actor
from services.kernel.crypto import Vault
from services.kernel.db import everywhere, run
from services.kernel.errors import Conflict, FieldError, NotFound, Unprocessable
from services.kernel.feed import record
from services.kernel.listing import NOT_HERE, plain
from services.kernel.versions import check_version
from services.registry.divisions.queries import existing
from services.registry.grounds.commands import check_ground
from services.registry.organizations.queries import organization_name
from services.registry.registrations import changing, checklist, queries, states
from services.registry.registrations.models import AmnestyWindow, RegistrationApplication
from services.registry.registrations.roles import roles_of

WRITE, REVIEW = "registry:write", "registry:review"
JUDGED = "an application may be reviewed where its applicant does not count"
HOLDER = text("""
select c.person_id, p.division from certificate c join person p on p.id = c.person_id where c.id = :id""")
SIMILAR = text("""
select number from registration_application
where certificate_id = :certificate and kind = :kind and state = any(cast(:open as text[]))""")
TURN = text(
    "select pg_advisory_xact_lock(hashtextextended('application ' || cast(cast(:certificate as uuid) as text), 0))"
)
K = ApplicationKind


class WrongContents(Unprocessable):
    english = "The contents do not belong to this kind of application."


class BegunAlready(Conflict):
    english = "An application of this kind is under way already."


class NoWindow(Unprocessable):
    english = "There is no window for this, or it is backwards."


async def begin(tx: AsyncSession, actor: Actor, vault: Vault, order: CreateApplication) -> RegistrationApplication:
    """As a draft. Whoever enters it reaches the person, and the place where it is to be reviewed."""
    holder = (await run(tx, HOLDER, {"id": order.certificate_id})).one_or_none()
    if holder is None:
        raise NotFound(NOT_HERE)
    actor.require_at(WRITE, holder.division)
    if order.division is not None:
        actor.require_at(WRITE, order.division)
        await existing(await plain(tx), order.division)
    check_contents(order.kind, order)
    await check_named(tx, actor, order)
    await check_only(tx, order)
    phone = await changing.sealed(tx, vault, holder.person_id, order.change)
    application = RegistrationApplication(
        kind=order.kind, division=order.division or holder.division, place=order.place, person_id=holder.person_id,
        certificate_id=order.certificate_id, entered_by=[actor.id], **filled(order), **phone,
    )  # fmt: skip
    tx.add(application)
    await tx.flush()
    begun = ApplicationBegun(
        application_id=application.id, person_id=holder.person_id, certificate_id=order.certificate_id,
        kind=order.kind, division=application.division,
    )  # fmt: skip
    await record(tx, actor, subject(application.id), begun)
    return application


def subject(id: UUID) -> str:
    return f"registration_application:{id}"


def filled(order: Contents) -> dict[str, Any]:
    """As the table keeps it."""
    change, cancellation = order.change, order.cancellation
    return {
        "items": sorted({item.value for item in order.items}),
        "late_reason": order.late_reason,
        "new_employer_id": change and change.employer_id,
        "new_division": change and change.division,
        "new_name": change and change.name,
        "ground": cancellation and cancellation.ground,
        "effective_on": cancellation and cancellation.effective_on,
    }


def check_contents(kind: ApplicationKind, order: Contents) -> None:
    """A change says what; a cancellation why and from when; nothing else says either."""
    for of, name, said in (
        (K.CHANGE, "change", order.change),
        (K.CANCELLATION, "cancellation", order.cancellation),
    ):
        if (kind is of) != (said is not None):
            detail = "请填写这类申请的内容" if kind is of else "这类申请不填写这一项"
            wrong = [FieldError(field=name, code="wrong_contents", detail=detail)]
            raise WrongContents("申请内容与申请类别不符，请按类别填写。", code="wrong_contents", errors=wrong)


async def check_named(tx: AsyncSession, actor: Actor, order: Contents) -> None:
    """The new employer is there, wherever it is; a new place is there, too."""
    if order.change is None:
        return
    if order.change.employer_id is not None and await organization_name(tx, order.change.employer_id) is None:
        wrong = FieldError(field="change.employer_id", code="no_such_organization", detail="没有这个机构")
        raise Unprocessable("没有这个工作单位，请核对机构编号。", code="no_such_organization", errors=[wrong])
    if order.change.division is not None:
        await existing(await plain(tx), order.change.division)


async def check_only(tx: AsyncSession, order: CreateApplication) -> None:
    """Changes may wait beside one another; of the rest there is one at a time. Whoever begins at once waits here."""
    if order.kind is K.CHANGE:
        return
    await run(tx, TURN, {"certificate": order.certificate_id})
    asked = {"certificate": order.certificate_id, "kind": order.kind.value, "open": [s.value for s in states.OPEN]}
    number = (await run(tx, SIMILAR, asked)).scalar_one_or_none()
    if number is not None:
        raise BegunAlready(
            f"此证书已有同类申请在办理（第 {number} 号），请在那份申请上继续。",
            code="begun_already", params={"number": number},
        )  # fmt: skip


async def change(
    tx: AsyncSession, actor: Actor, vault: Vault, id: UUID, order: ChangeApplication, if_match: str | None
) -> RegistrationApplication:
    """Until the first review has passed it (REG-14)."""
    application = await queries.for_update(tx, actor, WRITE, id)
    check_version(application.version, if_match)
    turn(actor, application, Verb.EDIT)
    check_contents(application.kind, order)
    await check_named(tx, actor, order)
    phone = await changing.sealed(tx, vault, application.person_id, order.change)
    application.sqlmodel_update({**filled(order), **phone})
    enter(actor, application)
    await moved(tx, actor, application, Verb.EDIT)
    return application


async def submit(tx: AsyncSession, actor: Actor, id: UUID, if_match: str | None, today: date) -> None:
    """The clock begins, anew when it was returned. Late with a reason only (REG-20)."""
    application = await queries.for_update(tx, actor, WRITE, id)
    unchanged(application, if_match)
    to = turn(actor, application, Verb.SUBMIT)
    if application.ground is not None:
        await check_ground(tx, application.division, GroundDecision.CANCELLATION, application.ground, today)
    async with everywhere(tx, JUDGED):
        db = await plain(tx)
        standing = (await queries.standings(db, [application.certificate_id]))[application.certificate_id]
        amnesties = (await queries.amnesties(db, [application.division]))[application.division]
    checklist.check_submittable(queries.case_of(application, today), standing, amnesties)
    application.state, application.accepted_on = to, today
    application.submitted_on = application.submitted_on or today
    enter(actor, application)
    await moved(tx, actor, application, Verb.SUBMIT)


async def withdraw(tx: AsyncSession, actor: Actor, id: UUID, if_match: str | None) -> None:
    application = await queries.for_update(tx, actor, WRITE, id)
    unchanged(application, if_match)
    application.state = turn(actor, application, Verb.WITHDRAW)
    enter(actor, application)
    await moved(tx, actor, application, Verb.WITHDRAW)


def turn(actor: Actor, application: RegistrationApplication, verb: Verb) -> ApplicationState:
    """Where the verb leads, if the actor may take it there."""
    return states.move(application.state, verb, roles_of(actor, application.division))


def unchanged(application: RegistrationApplication, if_match: str | None) -> None:
    """Whoever says which version they mean decides on no other."""
    if if_match is not None:
        check_version(application.version, if_match)


def enter(actor: Actor, application: RegistrationApplication) -> None:
    if actor.id not in application.entered_by:
        application.entered_by = [*application.entered_by, actor.id]


async def moved(tx: AsyncSession, actor: Actor, application: RegistrationApplication, verb: Verb) -> None:
    application.version += 1
    await record(tx, actor, subject(application.id), said(application, verb))


def said(application: RegistrationApplication, verb: Verb) -> ApplicationMoved:
    return ApplicationMoved(
        application_id=application.id, person_id=application.person_id, certificate_id=application.certificate_id,
        kind=application.kind, verb=verb, state=application.state, late=application.late_reason is not None,
    )  # fmt: skip


async def open_amnesty(tx: AsyncSession, actor: Actor, order: OpenAmnesty) -> AmnestyWindow:
    """By notice of whoever reviews there (REG-20)."""
    actor.require_at(REVIEW, order.division)
    await existing(await plain(tx), order.division)
    if order.kind not in (K.INITIAL, K.RENEWAL):
        raise NoWindow("变更和注销没有受理期，无须集中补办。", code="no_window", rule="REG-20")
    cohort = order.approved_from and order.approved_until and order.approved_until < order.approved_from
    if order.last_on < order.first_on or cohort:
        raise NoWindow("截止日期早于起始日期，请核对。", code="window_backwards", rule="REG-20")
    amnesty = AmnestyWindow(**order.model_dump())
    tx.add(amnesty)
    await tx.flush()
    told = AmnestyOpened(
        amnesty_id=amnesty.id, division=order.division, kind=order.kind, first_on=order.first_on, last_on=order.last_on
    )
    await record(tx, actor, f"division:{order.division}", told)
    return amnesty
