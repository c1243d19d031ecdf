"""A further certificate of somebody known, and what completes one (CERT-07)."""

from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.certificates import AddCertificate, CompleteCertificate
from services.contracts.registry import LEVEL_NAMES
from services.contracts.registry_events import CertificateAdded, CertificateChanged
from services.kernel.actor import Actor
from services.kernel.changes import differences
from services.kernel.db import everywhere, run
from services.kernel.errors import Conflict, FieldError, NotFound, Unprocessable
from services.kernel.feed import record
from services.kernel.listing import NOT_HERE
from services.kernel.versions import check_version
from services.registry.people.models import Certificate
from services.registry.people.queries import merged
from services.registry.people.rules import management_number
from services.registry.publishing import publish_people

WRITE = "registry:write"
CHECK = ("checked_by", "checked", "checked_on")
HOLD = text("select division, merged_into from person where id = :id for update")
TAKEN = text("""
select exists (select from certificate where management_number = :number and person_id <> :person)""")
SAME_LEVEL = text("""
select exists (select from certificate where person_id = :person and level = :level and ended_on is null)""")
SEEN_ELSEWHERE = "whose number it is must be known wherever they count"


class WrongDay(Unprocessable):
    english = "The day does not fit."


class CheckedInPart(Unprocessable):
    english = "How, when and with which result it was checked are told together."


class NumberTaken(Conflict):
    english = "The number is somebody else's."


class HeldAlready(Conflict):
    english = "The person holds a certificate of this level already."


async def add_certificate(
    tx: AsyncSession, actor: Actor, person: UUID, order: AddCertificate, today: date
) -> Certificate:
    """A higher level replaces nothing here: the highest that is active decides (CERT-08)."""
    await hold(tx, actor, person)
    certificate = Certificate(person_id=person, **order.model_dump())
    certificate.management_number = management_number(order.management_number)
    check_days(certificate, today)
    check_checked(certificate)
    await check_new(tx, certificate)
    tx.add(certificate)
    await tx.flush()
    await record(tx, actor, f"certificate:{certificate.id}", added(certificate))
    await publish_people(tx, [person])
    return certificate


async def complete_certificate(
    tx: AsyncSession, actor: Actor, id: UUID, order: CompleteCertificate, if_match: str | None, today: date
) -> Certificate:
    """What it said before stays in its history. Nothing of this counts anywhere."""
    certificate = await for_update(tx, actor, id)
    check_version(certificate.version, if_match)
    changes = differences(certificate, order, required=frozenset())
    if not changes:
        return certificate
    certificate.sqlmodel_update(changes)
    check_days(certificate, today)
    check_checked(certificate)
    certificate.version += 1
    await tx.flush()
    changed = CertificateChanged(**dict(added(certificate)), fields=sorted(changes))
    await record(tx, actor, f"certificate:{id}", changed)
    return certificate


async def hold(tx: AsyncSession, actor: Actor, person: UUID) -> None:
    """Two orders about the same person come one after the other."""
    found = (await run(tx, HOLD, {"id": person})).one_or_none()
    if found is None or not actor.reaches(WRITE, found.division):
        raise NotFound(NOT_HERE)
    if found.merged_into is not None:
        raise merged(found.merged_into)


async def for_update(tx: AsyncSession, actor: Actor, id: UUID) -> Certificate:
    """The person comes before the certificate, as everywhere."""
    known = (await tx.exec(select(Certificate.person_id).where(col(Certificate.id) == id))).one_or_none()
    if known is None:
        raise NotFound(NOT_HERE)
    await hold(tx, actor, known)
    return (await tx.exec(select(Certificate).where(col(Certificate.id) == id).with_for_update())).one()


def added(certificate: Certificate) -> CertificateAdded:
    return CertificateAdded(
        certificate_id=certificate.id, person_id=certificate.person_id, level=certificate.level,
        approved_on=certificate.approved_on,
    )  # fmt: skip


async def check_new(tx: AsyncSession, certificate: Certificate) -> None:
    asked = {"person": certificate.person_id, "level": certificate.level.value}
    if (await run(tx, SAME_LEVEL, asked)).scalar_one():
        raise HeldAlready(
            f"此人已登记有{LEVEL_NAMES[certificate.level]}证书。请核对级别；原证书填错的，请提出更正。",
            code="held_already", rule="CERT-08",
        )  # fmt: skip
    asked = {"number": certificate.management_number, "person": certificate.person_id}
    async with everywhere(tx, SEEN_ELSEWHERE):
        taken = (await run(tx, TAKEN, asked)).scalar_one()
    if taken:
        raise NumberTaken(
            "该管理号已登记给另一人，请对照证书核对；确实无误的，请联系市级管理部门核查。",
            code="number_taken", rule="CERT-06",
        )  # fmt: skip


def check_days(certificate: Certificate, today: date) -> None:
    """None lies in the future; it is issued after it is approved, and approved in the year of the exam or later."""
    c = certificate
    for name, day in (("approved_on", c.approved_on), ("issued_on", c.issued_on), ("checked_on", c.checked_on)):
        if day is not None and day > today:
            wrong = [FieldError(field=name, code="in_future", detail="日期在今天之后")]
            raise WrongDay("日期在今天之后，请核对。", code="in_future", rule="CERT-07", errors=wrong)
    if c.issued_on is not None and c.issued_on < c.approved_on:
        raise WrongDay("发证日期早于批准日期，请对照证书核对。", code="issued_before_approved", rule="CERT-07")
    if c.exam_year is not None and c.approved_on.year < c.exam_year:
        raise WrongDay("批准日期早于考试年度，请对照证书核对。", code="approved_before_exam", rule="CERT-07")


def check_checked(certificate: Certificate) -> None:
    missing = [name for name in CHECK if getattr(certificate, name) is None]
    if 0 < len(missing) < len(CHECK):
        wrong = [FieldError(field=name, code="missing", detail="请填写此项") for name in missing]
        raise CheckedInPart(
            "核验方式、核验结果和核验日期须同时填写，或都不填。", code="checked_in_part", rule="CERT-07", errors=wrong
        )
