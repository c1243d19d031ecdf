"""Certificates and registrations: lists across people."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator

from services.contracts.registry import CertificateOut, Level, RegistrationOut
from services.dashboard import lists
from services.dashboard.gateway import SignedIn
from services.dashboard.links import blank_is_none
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])


class CertificateFilter(lists.Filter):
    kept: ClassVar[str] = "certificates"
    optional: ClassVar[Mapping[str, str]] = {
        "level": "级别", "management_number": "管理号", "approved_on": "批准日期", "ended_on": "有效至"
    }  # fmt: skip
    level: Annotated[Level | None, BeforeValidator(blank_is_none)] = None


class RegistrationFilter(lists.Filter):
    kept: ClassVar[str] = "registrations"
    optional: ClassVar[Mapping[str, str]] = {"level": "级别", "start": "登记日期", "end": "有效期止"}
    renewable: lists.YesNo = None
    sort: Annotated[Literal["division", "ending", "-ending"] | None, BeforeValidator(blank_is_none)] = None


@router.get("/certificates")
async def certificates(
    request: Request, asked: Annotated[CertificateFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:
    page = Page[CertificateOut]
    return await lists.listed(request, gateway, me, "certificates.html", page, "/registry/certificates", asked)


@router.get("/certificates/export")
async def export_certificates(
    asked: Annotated[CertificateFilter, Query()], gateway: SignedIn, format: lists.Format = "xlsx"
) -> Response:
    return await lists.exported(gateway, "/registry/certificates", asked, format)


@router.get("/registrations/export")
async def export_registrations(
    asked: Annotated[RegistrationFilter, Query()], gateway: SignedIn, format: lists.Format = "xlsx"
) -> Response:
    return await lists.exported(gateway, "/registry/registrations", asked, format)


@router.get("/registrations")
async def registrations(
    request: Request, asked: Annotated[RegistrationFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:
    page = Page[RegistrationOut]
    return await lists.listed(request, gateway, me, "registrations.html", page, "/registry/registrations", asked)
