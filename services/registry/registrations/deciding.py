"""What reviewers do with applications: pass, reject, return; one by one or up to a hundred at once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.grounds import GroundDecision
from services.contracts.registrations import (
    ApplicationKind,
    ApplicationState,
    DecideApplications,
    Decided,
    Item,
    Named,
    Verb,
)
from services.kernel.actor import Actor
from services.kernel.db import everywhere
from services.kernel.errors import Conflict, DomainError, FieldError, NotFound, StaleVersion, Unprocessable
from services.kernel.feed import record_all
from services.kernel.listing import NOT_HERE, plain
from services.registry.grounds.queries import entries_of
from services.registry.grounds.rules import Entry, check_named
from services.registry.registrations import checklist, queries, states
from services.registry.registrations.commands import JUDGED, REVIEW, said, subject, turn, unchanged
from services.registry.registrations.models import RegistrationApplication
from services.registry.registrations.standing import Case, Standing
from services.registry.registrations.windows import Amnesty
from services.registry.review import claims
from services.registry.review.rules import Claim, check_free

S = ApplicationState


class Known(NamedTuple):
    """What some applications are judged by."""

    standings: Mapping[UUID, Standing]
    amnesties: Mapping[str, Sequence[Amnesty]]
    grounds: Mapping[str, Sequence[Entry]]
    claims: Mapping[UUID, Claim]
    now: datetime


class Meant(NamedTuple):
    """What the reviewer says with the verb."""

    reason: str | None
    missing: Sequence[Item] = ()
    ground: str | None = None


class NotifiedAlready(Conflict):
    english = "The applicant has been told once what is missing."


class NoneDecided(Conflict):
    english = "None of them could be decided."


class ReasonMissing(Unprocessable):
    english = "Say why."


class NotInBatch(Unprocessable):
    english = "This is done one by one."


async def decide(
    tx: AsyncSession,
    actor: Actor,
    id: UUID,
    verb: Verb,
    order: Meant,
    if_match: str | None,
    now: datetime,
    today: date,
) -> None:
    """One application; whoever had it before them has it no longer."""
    application = await queries.for_update(tx, actor, REVIEW, id)
    unchanged(application, if_match)
    judge(actor, application, verb, order, await known(tx, [application], now), today)
    await claims.give_back(tx, [id])
    await record_all(tx, actor, [(subject(id), said(application, verb))])


async def decide_all(
    tx: AsyncSession, actor: Actor, order: DecideApplications, now: datetime, today: date
) -> list[Decided]:
    """Each is decided or refused for itself, also what others have before them; if none is, nothing has been done."""
    if order.verb not in states.DECIDING:
        raise NotInBatch("批量办理只能通过、不予通过或退回。", code="not_in_batch")
    if order.verb is not Verb.APPROVE and order.reason is None:
        wrong = FieldError(field="reason", code="reason_missing", detail="请写明理由")
        raise ReasonMissing("不予通过和退回须写明理由。", code="reason_missing", errors=[wrong], rule="REG-10")
    ids = {named.application_id for named in order.applications}
    found = {a.id: a for a in await queries.all_for_update(tx, actor, REVIEW, ids)}
    if not found:
        raise NotFound(NOT_HERE)
    everything = await known(tx, list(found.values()), now)
    meant = Meant(order.reason, ground=order.ground)
    done: list[Decided] = []
    for named in {n.application_id: n for n in order.applications}.values():
        done.append(attempt(actor, found.get(named.application_id), named, order.verb, meant, everything, today))
    passed = [found[d.application_id] for d in done if d.code is None]
    if not passed:
        refusals = [FieldError(field=str(d.application_id), code=str(d.code), detail=str(d.detail)) for d in done]
        raise NoneDecided("没有一份能够办理，请逐份查看原因。", code="none_decided", errors=refusals)
    await claims.give_back(tx, [a.id for a in passed])
    await record_all(tx, actor, [(subject(a.id), said(a, order.verb)) for a in passed])
    return done


def attempt(
    actor: Actor,
    application: RegistrationApplication | None,
    named: Named,
    verb: Verb,
    order: Meant,
    everything: Known,
    today: date,
) -> Decided:
    """All checks come before anything is changed, so that a refusal leaves nothing behind."""
    try:
        if application is None:
            raise NotFound(NOT_HERE)
        if named.version not in (None, application.version):
            raise StaleVersion("该申请在您读取之后已被他人修改，请刷新后重新办理。")
        judge(actor, application, verb, order, everything, today)
    except DomainError as refused:
        state = None if application is None else application.state
        return Decided(application_id=named.application_id, state=state, code=refused.code, detail=refused.detail)
    return Decided(application_id=application.id, state=application.state)


async def known(tx: AsyncSession, applications: Collection[RegistrationApplication], now: datetime) -> Known:
    held = await claims.claims_of(tx, [a.id for a in applications], now)
    async with everywhere(tx, JUDGED):
        db = await plain(tx)
        standings = await queries.standings(db, {a.certificate_id for a in applications})
        divisions = {a.division for a in applications}
        grounds = await entries_of(db, divisions)
        return Known(standings, await queries.amnesties(db, divisions), grounds, held, now)


def judge(
    actor: Actor,
    application: RegistrationApplication,
    verb: Verb,
    order: Meant,
    everything: Known,
    today: date,
) -> None:
    """Check, then change."""
    at, to = application.state, turn(actor, application, verb)
    first_by = application.first_by if at is S.FIRST_REVIEW_PASSED else None
    states.check_decider(actor.id, application.entered_by, first_by)
    check_free(everything.claims.get(application.id), actor.id, everything.now)
    if verb is Verb.APPROVE:
        amnesties = everything.amnesties[application.division]
        case, standing = queries.case_of(application, today), everything.standings[application.certificate_id]
        checklist.check_complete(case, standing, amnesties)
        application.education = pinned(case, standing)
    if verb is Verb.REJECT and order.ground is not None:
        check_named(everything.grounds[application.division], GroundDecision.REFUSAL, order.ground, today)
        application.refusal_ground = order.ground
    if to is S.NEEDS_CORRECTION:
        notify(application, order.missing, today)
    mark(application, actor.id, at, to, today)
    application.reason = order.reason
    application.state = to
    application.version += 1


def pinned(case: Case, standing: Standing) -> dict[str, Any] | None:
    """What the hours were when a renewal was passed: training may say otherwise tomorrow."""
    return case.hours(standing).model_dump(mode="json") if case.kind is ApplicationKind.RENEWAL else None


def notify(application: RegistrationApplication, missing: Sequence[Item], today: date) -> None:
    """All that is missing, at one time: nobody is sent home twice (REG-22)."""
    if application.notified_on is not None:
        raise NotifiedAlready(
            "已经一次性告知过需要补正的内容，不能再次退回补正。请作出通过或不予通过的决定。",
            code="notified_already", rule="REG-22",
        )  # fmt: skip
    application.missing = sorted({item.value for item in missing})
    application.notified_on = today


def mark(application: RegistrationApplication, asker: str, at: S, to: S, today: date) -> None:
    """Who reviewed, and when; what the city sends back is reviewed anew."""
    if at is S.FIRST_REVIEW_PASSED and to is S.SUBMITTED:
        application.first_by = application.first_on = None
    elif at is S.FIRST_REVIEW_PASSED:
        application.final_by, application.final_on = asker, today
    elif to is not S.NEEDS_CORRECTION:
        application.first_by, application.first_on = asker, today
