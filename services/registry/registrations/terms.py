"""What makes terms of registration and ends them: the register itself, revocation, a certificate declared void.

Whoever does so holds the person first: of two that come at once the second sees what the first has done, so that no
renewal outlives a revocation, whichever came first.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.grounds import GroundDecision
from services.contracts.registration_events import CertificateVoided, RegistrationEnded
from services.contracts.registrations import (
    ApplicationKind,
    EndedAs,
    IssueCertificate,
    RegisterApplication,
    RevokeRegistration,
    Verb,
    VoidCertificate,
)
from services.contracts.registry import Level
from services.contracts.registry_events import Event, PersonChanged, RegistrationAdded
from services.kernel.actor import Actor
from services.kernel.crypto import Vault
from services.kernel.db import everywhere, run
from services.kernel.errors import Conflict, NotFound
from services.kernel.feed import record_all
from services.kernel.listing import NOT_HERE, plain
from services.registry.grounds.commands import check_ground
from services.registry.people.models import Registration
from services.registry.people.rules import RANK
from services.registry.publishing import publish_people
from services.registry.registrations import changing, checklist, queries, states, windows
from services.registry.registrations.commands import REVIEW, moved, turn, unchanged
from services.registry.registrations.deciding import pinned
from services.registry.registrations.models import RegistrationApplication
from services.registry.registrations.roles import roles_of
from services.registry.registrations.standing import Standing

K = ApplicationKind
REGISTERED = "the person may count elsewhere by now, and a higher level ends what is registered anywhere"
HOLD = text("select division, employer_id from person where id = :id for update")
# Of these certificates, whatever lasts beyond the day ends on it, or never began.
END = text("""
update registration r set end_on = greatest(r.start_on, :day), ended_as = :ended_as, ground = :ground, ended_why = :why,
  granted_until = coalesce(r.granted_until, r.end_on)
where r.certificate_id = any(cast(:certificates as uuid[])) and r.end_on > :day
returning r.id, r.person_id, r.certificate_id, r.start_on, r.end_on""")
LOWER = text("select id, level from certificate where person_id = :person")
VOID = text("""
update certificate set ended_on = greatest(cast(:day as date), approved_on + 1), version = version + 1
where id = :id""")
OVERLAPS = text("""
select exists (select from registration r where r.certificate_id = :certificate
  and daterange(r.start_on, r.end_on) && daterange(:start, :end))""")


class Overlapping(Conflict):
    english = "There is a term for these days already."


class WrongDay(Conflict):
    english = "The day does not fit."


class NotRegistered(Conflict):
    english = "There is nothing left to end."


class VoidAlready(Conflict):
    english = "The certificate has ended already."


async def register(
    tx: AsyncSession, actor: Actor, vault: Vault, id: UUID, order: RegisterApplication, if_match: str | None,
    today: date,
) -> None:  # fmt: skip
    """What the final review has passed takes effect. The conditions are asked once more: meanwhile a certificate may
    have been declared void, or the same term have been made.
    """
    application = await queries.for_update(tx, actor, REVIEW, id)
    unchanged(application, if_match)
    application.state = turn(actor, application, Verb.REGISTER)
    day = order.registered_on or today
    check_day(day, application.final_on or today, today)
    async with everywhere(tx, REGISTERED):
        await run(tx, HOLD, {"id": application.person_id})
        db = await plain(tx)
        standing = (await queries.standings(db, [application.certificate_id]))[application.certificate_id]
        amnesties = (await queries.amnesties(db, [application.division]))[application.division]
        case = queries.case_of(application, today)
        checklist.check_complete(case, standing, amnesties)
        application.education = pinned(case, standing)
        events = await take_effect(tx, actor, vault, application, standing, day)
        await record_all(tx, actor, list(map(about, events)))
        await publish_people(tx, [application.person_id])
    application.registered_on = day
    await moved(tx, actor, application, Verb.REGISTER)


def about(event: Event) -> tuple[str, Event]:
    """With the subject it is about."""
    if isinstance(event, PersonChanged):
        return f"person:{event.person_id}", event
    return f"registration:{event.registration_id}", event  # type: ignore[attr-defined]


def check_day(day: date, since: date, today: date) -> None:
    if not since <= day <= today:
        raise WrongDay(f"登记日期应在终审通过之日（{since}）至今天之间，请核对。", code="registered_when")


async def take_effect(
    tx: AsyncSession, actor: Actor, vault: Vault, application: RegistrationApplication, standing: Standing, day: date
) -> list[Event]:
    if application.kind is K.CHANGE:
        return await changing.change_person(tx, actor, vault, application, day)
    if application.kind is K.CANCELLATION:
        at = application.effective_on or day
        return await end(tx, EndedAs.CANCELLED, at, application.ground, certificates=[application.certificate_id])
    return await add_term(tx, application, standing, day)


async def add_term(
    tx: AsyncSession, application: RegistrationApplication, standing: Standing, day: date
) -> list[Event]:
    """Of a renewal from where the old one ends (REG-06); a registration at a lower level is superseded (REG-21)."""
    latest = standing.latest()
    renewed = application.kind is K.RENEWAL and latest is not None
    handed_in = application.submitted_on or day
    start = windows.renewed_from(latest.end, day, handed_in=handed_in) if renewed and latest else day
    term = windows.term(start)
    if term is None:
        raise WrongDay("登记有效期的年限无法确定，请核对登记日期。", code="term_undecided", rule="REG-04")
    asked = {"certificate": application.certificate_id, "start": term[0], "end": term[1]}
    if (await run(tx, OVERLAPS, asked)).scalar_one():
        raise Overlapping("此证书在这段时间已有登记，请核对后不予通过。", code="overlapping", rule="REG-06")
    added = Registration(
        person_id=application.person_id, certificate_id=application.certificate_id, start_on=term[0], end_on=term[1],
        application_id=application.id,
    )  # fmt: skip
    tx.add(added)
    await tx.flush()
    event = RegistrationAdded(
        registration_id=added.id, person_id=added.person_id, certificate_id=added.certificate_id, start=added.start_on,
        end=added.end_on,
    )  # fmt: skip
    held = (await run(tx, LOWER, {"person": application.person_id})).all()
    lower = [c.id for c in held if RANK[Level(c.level)] < RANK[standing.level]]
    return [event, *(await end(tx, EndedAs.SUPERSEDED, start, None, certificates=lower))]


async def end(
    tx: AsyncSession,
    ended_as: EndedAs,
    day: date,
    ground: str | None,
    *,
    certificates: Sequence[UUID],
    why: str | None = None,
) -> list[Event]:
    """Terms end on a day, or, if they have not begun by then, never begin."""
    asked = {"day": day, "ended_as": ended_as.value, "ground": ground, "why": why,
             "certificates": list(certificates)}  # fmt: skip
    return [
        RegistrationEnded(
            registration_id=r.id, person_id=r.person_id, certificate_id=r.certificate_id, ended_as=ended_as,
            ended_on=r.end_on, ground=ground,
        )
        for r in (await run(tx, END, asked)).all()
    ]  # fmt: skip


async def issue(tx: AsyncSession, actor: Actor, id: UUID, order: IssueCertificate, if_match: str | None) -> None:
    """The number that the national system gave: the registry issues none itself."""
    application = await queries.for_update(tx, actor, REVIEW, id)
    unchanged(application, if_match)
    to = turn(actor, application, Verb.ISSUE)
    states.check_issuing(application.kind)
    application.state, application.registration_number = to, order.number
    await moved(tx, actor, application, Verb.ISSUE)


HELD = text("""
select c.id, c.person_id, c.approved_on, c.ended_on, p.division
from certificate c join person p on p.id = c.person_id where c.id = :id""")
TERM = text("""
select r.id, r.person_id, r.certificate_id, p.division from registration r join person p on p.id = r.person_id
where r.id = :id""")


async def held_by(tx: AsyncSession, actor: Actor, found: Any) -> UUID:
    """By whom, held until the end of this transaction; the city decides on what ends a registration."""
    if found is None or not actor.reaches(REVIEW, found.division):
        raise NotFound(NOT_HERE)
    states.check_city(roles_of(actor, found.division))
    await run(tx, HOLD, {"id": found.person_id})
    person: UUID = found.person_id
    return person


async def revoke(tx: AsyncSession, actor: Actor, id: UUID, order: RevokeRegistration, today: date) -> UUID:
    """From today on, this term and any that was to follow it (REG-17). Answers the certificate."""
    found = (await run(tx, TERM, {"id": id})).one_or_none()
    person = await held_by(tx, actor, found)
    await check_ground(tx, found.division, GroundDecision.REVOCATION, order.ground, today)  # type: ignore[union-attr]
    certificate: UUID = found.certificate_id  # type: ignore[union-attr]
    async with everywhere(tx, REGISTERED):
        ended = await end(tx, EndedAs.REVOKED, today, order.ground, certificates=[certificate], why=order.reason)
        if not ended:
            raise NotRegistered("此证书已没有有效的登记，无须撤销。", code="not_registered", rule="REG-17")
        await record_all(tx, actor, list(map(about, ended)))
        await publish_people(tx, [person])
    return certificate


async def void(tx: AsyncSession, actor: Actor, id: UUID, order: VoidCertificate, today: date) -> None:
    """By notice of the examination authority the certificate ends, and with it every registration of it (REG-18)."""
    if order.void_on > today:
        raise WrongDay("宣布无效的日期在今天之后，请在当日或之后登记。", code="void_in_the_future", rule="REG-18")
    held = (await run(tx, HELD, {"id": id})).one_or_none()
    person = await held_by(tx, actor, held)
    await check_ground(tx, held.division, GroundDecision.VOID, order.ground, today)  # type: ignore[union-attr]
    async with everywhere(tx, REGISTERED):
        certificate = (await run(tx, HELD, {"id": id})).one()
        if certificate.ended_on is not None:
            raise VoidAlready("此证书已经失效，请核对管理号。", code="void_already", rule="REG-18")
        await run(tx, VOID, {"id": id, "day": order.void_on})
        ended = await end(tx, EndedAs.REVOKED, order.void_on, order.ground, certificates=[id], why=order.document)
        voided = CertificateVoided(certificate_id=id, person_id=person, void_on=order.void_on)
        await record_all(tx, actor, [(f"certificate:{id}", voided), *map(about, ended)])
        await publish_people(tx, [person])
