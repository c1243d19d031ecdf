"""What anybody may ask of the register without signing in: how it stands with a certificate, by the link on its paper;
the states of credentials; and the keys with which all of it is signed.
"""

import hashlib
from pathlib import Path
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel

from gateway.door.door import door_of
from gateway.door.forward import AWAY, away, read
from gateway.door.pages import POLICY
from gateway.identity.address import network_asking
from gateway.identity.house import house_of
from services.contracts.registry import LEVEL_NAMES
from services.contracts.verification import IssuerKeys, PublicVerdict, Verdict
from services.kernel.clock import SHANGHAI
from services.kernel.errors import DomainError, NotFound, Problem, error_of
from services.kernel.log import request_id

router = APIRouter(tags=["verify"])
well_known = APIRouter(include_in_schema=False)
SERVICE = "registry"
NOWHERE = "查无此证。请核对网址或重新扫描二维码；仍查不到的，请向持证人索取新的证明。"
NO_STORE = {"cache-control": "no-store", "vary": "accept", "x-robots-tag": "noindex"}
SHORT = {"cache-control": "public, max-age=60"}
EXAMPLE = {
    "verdict": "valid", "word": "有效", "level": "social_worker", "valid_from": "2024-05-01", "valid_to": "2027-04-30",
    "name": "演*", "management_number": "2023************0001", "as_of": "2026-11-24T02:31:07Z",
}  # fmt: skip
templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, trim_blocks=True,
    lstrip_blocks=True, undefined=StrictUndefined,
)  # fmt: skip
Accept = Annotated[str, Header(include_in_schema=False)]


@router.get(
    "/verify/{token}", summary="核验登记证明（公开）", response_model=PublicVerdict,
    responses={200: {"content": {"application/json": {"example": EXAMPLE}, "text/html": {}}}},
)  # fmt: skip
async def verify(token: str, request: Request, accept: Accept = "") -> Response:
    """扫描纸面二维码即到此处：登记此刻是否有效。只显示姓氏和管理号首尾，不显示证件号码。

    浏览器得到网页，系统得到 JSON；不存在的和写错的网址答复相同。
    """
    wants_page = "text/html" in accept
    try:
        house_of(request).strangers.take(network_asking(request), request.scope)
        found = await verdict(request, token)
    except DomainError as refusal:
        if not wants_page:
            raise
        return page(refusal.status, found=None, sentence=refusal.detail)
    if wants_page:
        return page(200, found=found, sentence="")
    return Response(found.model_dump_json(), media_type="application/json", headers=NO_STORE)


async def verdict(request: Request, token: str) -> PublicVerdict:
    """The register is asked by the hash, whatever was sent: what cannot be a token takes as long as one it lacks."""
    hash = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
    found = PublicVerdict.model_validate_json(await ask(request, f"/internal/verify/{hash}"))
    if found.verdict is Verdict.UNKNOWN:
        raise NotFound(NOWHERE, code="no_such_certificate")
    return found


def page(status: int, *, found: PublicVerdict | None, sentence: str) -> Response:
    html = templates.get_template("verify.html").render(
        found=found, sentence=sentence, unknown=status == 404, levels=LEVEL_NAMES, zone=SHANGHAI
    )
    return Response(html, status, media_type="text/html", headers={**NO_STORE, "content-security-policy": POLICY})


@router.get("/status-lists/{number}", summary="电子凭证状态列表（公开）", response_class=Response)
async def status_list(number: str, request: Request) -> Response:
    """离线核验电子凭证用：签名的状态列表（statuslist+jwt），五分钟更新，二十四小时内有效。"""
    house_of(request).strangers.take(network_asking(request), request.scope)
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise NotFound("没有这个状态列表，请核对凭证中的地址。", code="no_such_status_list")
    body = await ask(request, f"/internal/status-lists/{number}")
    return Response(body, media_type="application/statuslist+jwt", headers=SHORT)


@well_known.get("/.well-known/jwt-vc-issuer")
async def issuer_keys(request: Request) -> Response:
    """The metadata of the issuer (draft-ietf-oauth-sd-jwt-vc §5), at the address that its credentials name."""
    house_of(request).strangers.take(network_asking(request), request.scope)
    found = IssuerKeys.model_validate_json(await ask(request, "/internal/issuer-keys"))
    return Response(orjson.dumps(found.model_dump()), media_type="application/json", headers=SHORT)


async def ask(request: Request, path: str, told: BaseModel | None = None) -> bytes:
    """As the gateway itself, for nobody in particular; `told` is sent along."""
    door = door_of(request)
    if SERVICE not in door.services:
        raise away(SERVICE)
    headers = {
        "authorization": f"Bearer {door.keyring.as_service(SERVICE)}",
        "x-request-id": request_id.get() or "", "accept-encoding": "identity",
    }  # fmt: skip
    method, data = "GET", None
    if told is not None:
        method, data, headers["content-type"] = "POST", told.model_dump_json().encode(), "application/json"
    try:
        async with door.session().request(method, door.services[SERVICE] + path, headers=headers, data=data) as answer:
            body = await read(SERVICE, answer)
    except AWAY as error:
        raise away(SERVICE) from error
    if answer.status in (404, 503):
        raise error_of(Problem.model_validate_json(body))
    if answer.status != 200:
        raise away(SERVICE)
    return body
