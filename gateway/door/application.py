"""What an applicant without an account sees of her own application: by a link, and a code handed over apart from it."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from gateway.door.pages import POLICY
from gateway.door.verify import NO_STORE, Accept, ask, templates
from gateway.identity.address import network_asking
from gateway.identity.house import house_of
from services.contracts.personal_links import ApplicationSeen, OpenPersonalLink, opened_by
from services.contracts.registrations import KIND_NAMES, STATE_NAMES
from services.contracts.registry import LEVEL_NAMES
from services.kernel.clock import SHANGHAI
from services.kernel.errors import DomainError, NotFound

router = APIRouter(tags=["applications"])
SHUT = "链接或查询码不对，或已失效。请核对后重试；仍打不开的，请向办理单位索取新的链接。"
FORM_POLICY = POLICY.replace("form-action 'none'", "form-action 'self'")
EXAMPLE = {
    "kind": "renewal", "state": "submitted", "name": "演*", "level": "social_worker", "submitted_on": "2026-11-20",
    "deadline": {"due_on": "2027-01-04", "estimated_on": "2027-01-04", "missing_years": []}, "registered_on": None,
    "steps": [{"name": "区县初审", "detail": "等待区县审核人员初审"}], "as_of": "2026-11-24T02:31:07Z",
}  # fmt: skip
Code = Annotated[str, Form(max_length=64, examples=["K7QX2M9A"])]


@router.get("/applications/{token}", include_in_schema=False)
async def ask_for_code(token: str, request: Request) -> Response:
    """The same for every address: the register is asked only with a code."""
    try:
        house_of(request).strangers.take(network_asking(request), request.scope)
    except DomainError as refusal:
        return page(refusal.status, sentence=refusal.detail)
    return page(200)


@router.post(
    "/applications/{token}", summary="查询申请进度（公开）", response_model=ApplicationSeen,
    responses={200: {"content": {"application/json": {"example": EXAMPLE}, "text/html": {}}}},
)  # fmt: skip
async def show_application(token: str, request: Request, code: Code = "", accept: Accept = "") -> Response:
    """凭链接和查询码查看登记申请办到哪一步、还差什么、何时办结；只显示姓氏。查询码输错五次，链接即失效。

    浏览器得到网页，系统得到 JSON；链接不存在、查询码不对、已过期的答复相同。
    """
    wants_page = "text/html" in accept
    try:
        house_of(request).strangers.take(network_asking(request), request.scope)
        found = await opened(request, token, code)
    except DomainError as refusal:
        if not wants_page:
            raise
        return page(refusal.status, sentence=refusal.detail)
    if wants_page:
        return page(200, found=found)
    return Response(found.model_dump_json(), media_type="application/json", headers=NO_STORE)


async def opened(request: Request, token: str, code: str) -> ApplicationSeen:
    """By the hashes of link and code, whatever was sent: nothing that is wrong is told apart."""
    hash = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
    told = OpenPersonalLink(code_hash=opened_by(token, code).hex())
    try:
        return ApplicationSeen.model_validate_json(await ask(request, f"/internal/personal-links/{hash}", told))
    except NotFound as refusal:
        raise NotFound(SHUT, code="no_such_link") from refusal


def page(status: int, *, found: ApplicationSeen | None = None, sentence: str = "") -> Response:
    html = templates.get_template("application.html").render(
        found=found, sentence=sentence, away=status not in (200, 404), kinds=KIND_NAMES, states=STATE_NAMES,
        levels=LEVEL_NAMES, zone=SHANGHAI,
    )  # fmt: skip
    headers = {**NO_STORE, "content-security-policy": FORM_POLICY}
    return Response(html, status, media_type="text/html", headers=headers)
