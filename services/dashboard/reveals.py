"""Personal data in clear: asked for with a purpose and shown once; and, for the auditor, who saw whom."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import JsonValue

from services.contracts.disclosure import PURPOSE_NAMES, Revealed, RevealField, RevealOut
from services.contracts.registry import PersonOut
from services.dashboard import lists
from services.dashboard.cookies import Genuine
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.links import Day, Word
from services.dashboard.render import render
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.errors import DomainError, TooMany, Unprocessable
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
Text = Annotated[str, Form(max_length=2000)]
FIELDS = {RevealField.ID_NUMBER: "证件号码", RevealField.PHONE: "手机号"}
PURPOSES = {purpose.value: name for purpose, name in PURPOSE_NAMES.items()}
NOTHING: dict[str, object] = {"purpose": "", "reason": "", "fields": []}
REQUIRED = {"purpose": "请选择用途。", "reason": "请写明事由。", "fields": "请选择要查看的内容。"}


class RevealFilter(lists.Filter):
    person_id: UUID | None = None
    asker: Word = None
    day: Day = None


@router.get("/people/{id}/reveal")
async def reveal(request: Request, id: UUID, gateway: SignedIn) -> Response:
    return await reveal_page(request, gateway, id, NOTHING)


@router.post("/people/{id}/reveal", dependencies=[Genuine])
async def revealed(
    request: Request, id: UUID, gateway: SignedIn, purpose: Text = "", reason: Text = "",
    fields: Annotated[list[RevealField] | None, Form()] = None,
) -> Response:  # fmt: skip
    """Nothing of the answer is kept: seen again, it is asked for again."""
    typed: dict[str, JsonValue] = {
        "purpose": purpose,
        "reason": reason.strip(),
        "fields": [f.value for f in fields or []],
    }
    missing = {name: REQUIRED[name] for name, given in typed.items() if not given}
    if missing:
        return await reveal_page(request, gateway, id, typed, status=422, errors=missing)
    try:
        seen = gateway.read(Revealed, await gateway.tell(f"/registry/people/{id}/reveal", typed))
    except (Unprocessable, TooMany) as error:
        return await reveal_page(request, gateway, id, typed, status=error.status, errors=told(error))
    person = await gateway.ask(PersonOut, f"/registry/people/{id}")
    return render(request, "revealed.html", person=person, seen=seen, asked=typed["fields"], fields=FIELDS)


def told(error: DomainError) -> dict[str, str]:
    return {e.field.partition(".")[0]: e.detail for e in error.errors} or {"purpose": error.detail}


async def reveal_page(
    request: Request, gateway: Gateway, id: UUID, typed: Mapping[str, object], *, status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    person = await gateway.ask(PersonOut, f"/registry/people/{id}")
    return render(
        request, "reveal.html", status=status, person=person, typed=typed, errors=errors or {}, fields=FIELDS,
        purposes=PURPOSES,
    )  # fmt: skip


@router.get("/reveals")
async def reveals(
    request: Request, asked: Annotated[RevealFilter, Query()], gateway: SignedIn, me: CurrentUser
) -> Response:
    return await lists.listed(
        request, gateway, me, "reveals.html", Page[RevealOut], "/registry/reveals", asked, fields=FIELDS,
        purposes=PURPOSES,
    )  # fmt: skip
