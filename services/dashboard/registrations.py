"""One certificate with its terms of registration, one of the terms, and what the city decides against either."""

import asyncio
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field

from services.contracts.grounds import GroundDecision
from services.contracts.registration_terms import GapOut, Ground, TermAsKnown
from services.contracts.registrations import (
    KIND_NAMES,
    STATE_NAMES,
    TERM_STATE_NAMES,
    ApplicationOut,
    RevokeRegistration,
    Terms,
    VoidCertificate,
)
from services.contracts.registry import CHECKED_BY_NAMES, CHECKED_NAMES, LEVEL_NAMES, CertificateOut, RegistrationOut
from services.contracts.verification import PROOF_KIND_NAMES, ProofOut
from services.dashboard import grounds, lists, numbers, proofs, steps
from services.dashboard.application_steps import API as APPLICATIONS
from services.dashboard.applications import STATE_LIGHTS
from services.dashboard.certificate_steps import COMPLETE
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.links import Day
from services.dashboard.panels import Panel, panel
from services.dashboard.render import render
from services.dashboard.steps import Register, Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
PEOPLE = ("人员名录", "/people")


async def of_certificate(gateway: Gateway, certificate: CertificateOut) -> dict[str, str]:
    return {"持证人": certificate.person_name, "证书级别": LEVEL_NAMES[certificate.level],
            "批准日期": str(certificate.approved_on)}  # fmt: skip


async def of_registration(gateway: Gateway, registration: RegistrationOut) -> dict[str, str]:
    return {"持证人": registration.person_name, "证书级别": LEVEL_NAMES[registration.level],
            "登记有效期": f"{registration.start} 至 {numbers.last_day(registration.end)}"}  # fmt: skip


async def revoking(gateway: Gateway, step: Step, registration: RegistrationOut) -> Step:
    return await grounds.offered(gateway, step, registration.division, GroundDecision.REVOCATION)


async def voiding(gateway: Gateway, step: Step, certificate: CertificateOut) -> Step:
    return await grounds.offered(gateway, step, certificate.division, GroundDecision.VOID)


CERTIFICATES = Register(
    name="职业水平证书", path="/certificates", api="/registry/certificates", out=CertificateOut, facts=of_certificate,
    title=lambda c: f"管理号 {c.management_number}",
    steps={
        "complete": COMPLETE,
        "void": Step(
            "登记证书无效",
            (
                Input("void_on", "宣布无效的日期", Kind.DATE),
                Input("document", "通知文号", hint="人事考试机构的通知或公告"),
                Input("ground", "事由", Kind.SELECT, options=grounds.USUAL),
            ),
            VoidCertificate, word="登记证书无效", fits=voiding, about={"void_in_the_future": "void_on"},
            begins=lambda c, today: {"ground": Ground.CERTIFICATE_REVOKED.value},
            done="证书已登记为无效，其登记已撤销。",
            said="按人事考试机构的通知办理：证书自该日起失效，登记一律撤销，不能恢复（REG-18）。",
        ),
    },
)  # fmt: skip
REGISTER = Register(
    name="登记", path="/registrations", api="/registry/registrations", out=RegistrationOut, facts=of_registration,
    title=lambda r: f"{r.person_name}（{r.start} 起）",
    steps={
        "revoke": Step(
            "撤销登记",
            (
                Input("ground", "撤销原因", Kind.SELECT, options=grounds.USUAL),
                Input("reason", "事由和依据", Kind.AREA, hint="写明查实的情况和文书编号，不写证件号码等个人信息"),
            ),
            RevokeRegistration, word="撤销登记", fits=revoking, done="登记已撤销，之后的各期一并撤销。",
            said="自今天起撤销，之后的各期一并撤销，不能恢复；此证书不能再登记（REG-17）。",
        ),
    },
)  # fmt: skip


class GapFilter(lists.Filter):
    since: Day = Field(None, alias="from")
    until: Day = Field(None, alias="to")


WORDS: dict[str, Any] = {
    "kinds": KIND_NAMES, "states": STATE_NAMES, "state_lights": STATE_LIGHTS, "term_states": TERM_STATE_NAMES,
    "proof_kinds": PROOF_KIND_NAMES, "checked_by": CHECKED_BY_NAMES,
    "checked": CHECKED_NAMES,
}  # fmt: skip

router.include_router(steps.routes(CERTIFICATES))


@router.get("/certificates/{id}")
async def certificate(
    request: Request, id: UUID, gateway: SignedIn, today: Today, applications: lists.CursorText = None, done: str = ""
) -> Response:
    found, terms = await asyncio.gather(
        gateway.ask(CertificateOut, f"{CERTIFICATES.api}/{id}"), panel(terms_of(gateway, id))
    )
    asked = gateway.ask(
        Page[ApplicationOut], APPLICATIONS, person_id=found.person_id, limit=lists.PAGE, cursor=applications
    )
    applied, named = await asyncio.gather(panel(asked), grounds.names(gateway, found.division))
    pages = lists.Here(f"/certificates/{id}", {"applications": applications}).pages("applications", applied)
    return render(
        request, "certificate.html", certificate=found, terms=terms, applications=applied, pages=pages, today=today,
        grounds=named,
        done=done, done_words=CERTIFICATES.done, **WORDS,
    )  # fmt: skip


async def terms_of(gateway: Gateway, certificate: UUID) -> Terms:
    return await gateway.ask(Terms, f"{CERTIFICATES.api}/{certificate}/terms")


@router.get("/registrations/gaps")
async def gaps(request: Request, asked: Annotated[GapFilter, Query()], gateway: SignedIn, me: CurrentUser) -> Response:
    return await lists.listed(
        request, gateway, me, "registration_gaps.html", Page[GapOut], f"{REGISTER.api}/gaps", asked
    )


router.include_router(proofs.router)
router.include_router(steps.routes(REGISTER))


@router.get("/registrations/{id}")
async def registration(
    request: Request, id: UUID, gateway: SignedIn, today: Today, on: Day = None, known: Day = None,
    proofs: lists.CursorText = None, done: str = "",
) -> Response:  # fmt: skip
    """`on`, `known`: how it stood on a day, by what the register knew at the end of another."""
    found, given = await asyncio.gather(
        gateway.ask(RegistrationOut, f"{REGISTER.api}/{id}"),
        panel(
            gateway.ask(Page[ProofOut], "/registry/proofs", registration_id=id, limit=lists.PAGE, cursor=proofs)
        ),
    )  # fmt: skip
    terms, named, then = await asyncio.gather(
        panel(terms_of(gateway, found.certificate_id)), grounds.names(gateway, found.division),
        as_known(gateway, id, on, known),
    )  # fmt: skip
    this = next((t for t in terms.found.items if t.id == id), None) if terms.found else None
    return render(
        request, "registration.html", registration=found, term=this, terms=terms, proofs=given, done=done,
        then=then, on=on or today, known=known,
        grounds=named,
        pages=lists.Here(f"/registrations/{id}", {"on": on, "known": known, "proofs": proofs}).pages("proofs", given),
        done_words={**REGISTER.done, "withdraw": "这份证明已作废。"}, **WORDS,
    )  # fmt: skip


async def as_known(gateway: Gateway, id: UUID, on: date | None, known: date | None) -> Panel[TermAsKnown] | None:
    """None where nobody has asked."""
    if on is None and known is None:
        return None
    return await panel(gateway.ask(TermAsKnown, f"{REGISTER.api}/{id}/standing", on=on, known=known))
