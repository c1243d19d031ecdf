"""Certificates checked many at a time: the numbers, what for, a verdict for each, and the signed answer as a file."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from services.contracts.verification import (
    MOST,
    PURPOSE_NAMES,
    WORDS,
    AskVerification,
    Verdict,
    VerificationAnswer,
)
from services.dashboard import forms
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import SignedIn
from services.dashboard.render import render
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.errors import DomainError, Unprocessable

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
PATH, API, NEEDS = "/verifications", "/registry/verifications", "verify"
V = Verdict
LIGHTS = {
    V.VALID: "achieved", V.NOT_YET: "at_risk", V.SUPERSEDED: "at_risk", V.NOT_REGISTERED: "no_target",
    V.UNKNOWN: "cannot_tell",
}  # fmt: skip
KINDS = {"management_number": "证书管理号", "id_number": "居民身份证号"}
BLANK: Mapping[str, object] = {"numbers": "", "kind": "management_number", "purpose": "", "on": ""}
LARGEST = 128 * 1024  # a thousand numbers with room to spare
SIGNED = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){2}", re.ASCII)
Sent = Annotated[UploadFile | str, File()]


@router.get(PATH)
async def ask(request: Request, me: CurrentUser) -> Response:
    forms.must(me, NEEDS)
    return page(request, Form(BLANK))


@router.post(PATH, dependencies=[Genuine])
async def answered(request: Request, gateway: SignedIn, typed: Typed, file: Sent = "") -> Response:
    form = Form({**BLANK, **typed})
    try:
        numbers = numbers_of(form.value("numbers"), await text_of(file))
    except ValueError as error:
        return page(request, Form(form.values, errors={"numbers": str(error)}))
    form = Form({**form.values, "numbers": "\n".join(numbers)})
    order = order_of(form, numbers)
    if not isinstance(order, BaseModel):
        return page(request, Form(form.values, errors=order))
    answer = await forms.told(gateway.tell(API, forms.body_of(order)))
    if isinstance(answer, DomainError):
        return page(request, refused(form, answer, numbers))
    return result(request, form, numbers, gateway.read(VerificationAnswer, answer))


def order_of(form: Form, numbers: list[str]) -> BaseModel | dict[str, str]:
    kind = form.value("kind") if form.value("kind") in KINDS else "management_number"
    asked = {"purpose": form.value("purpose"), "on": form.value("on"), "items": [{kind: n} for n in numbers]}
    order = forms.order_of(AskVerification, asked)
    return order if isinstance(order, BaseModel) else placed(order, numbers)


def placed(errors: Mapping[str, str], numbers: list[str]) -> dict[str, str]:
    """What is said of the n-th number stands at the numbers, with its line."""
    found = {field: said for field, said in errors.items() if not field.startswith("items")}
    wrong = [(int(part), said) for field, said in errors.items() if (part := (field + "..").split(".")[1]).isdecimal()]
    if wrong:
        found["numbers"] = "；".join(f"第 {n + 1} 行“{numbers[n][:20]}”：{said}" for n, said in wrong[:5])
    return found


def refused(form: Form, error: DomainError, numbers: list[str]) -> Form:
    again = forms.again(form, error, {})
    return Form(form.values, errors=placed(again.errors, numbers), refusal=error)


async def text_of(file: UploadFile | str) -> str:
    """One number a line, as spreadsheets save a column: the first cell of each."""
    if isinstance(file, str) or not file.filename:
        return ""
    content = await file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"文件过大：每行一个号码，最多 {MOST} 行")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", "replace")
    if "\x00" in text:
        raise ValueError("请把号码另存为文本文件（.txt 或 .csv），每行一个")
    return "\n".join(line.split(",")[0].strip().strip('"').lstrip("'") for line in text.splitlines())


def numbers_of(typed: str, uploaded: str) -> list[str]:
    found = [line.strip() for line in f"{typed}\n{uploaded}".splitlines() if line.strip()]
    if not found:
        raise ValueError("请填写号码，每行一个；或选择一个文件")
    if len(found) > MOST:
        raise ValueError(f"一次最多核验 {MOST} 个，现在有 {len(found)} 个，请分批核验")
    return found


def page(request: Request, form: Form) -> Response:
    purposes = {p.value: name for p, name in PURPOSE_NAMES.items()}
    return forms.shown(request, "verifications.html", form, purposes=purposes, kinds=KINDS, most=MOST)


def result(request: Request, form: Form, numbers: list[str], answer: VerificationAnswer) -> Response:
    counted = Counter(item.verdict for item in answer.items)
    shown: dict[str, Any] = {"words": WORDS, "verdict_lights": LIGHTS, "purpose": PURPOSE_NAMES[answer.purpose]}
    return render(
        request, "verification_answer.html", answer=answer, numbers=numbers, kind=KINDS.get(form.value("kind"), ""),
        counted=[(v, counted[v]) for v in Verdict if counted[v]], **shown,
    )  # fmt: skip


@router.post(f"{PATH}/signed", dependencies=[Genuine])
async def signed(typed: Typed) -> Response:
    """Sent back as it was shown: neither the pages nor the register keep an answer."""
    answer = typed.get("answer", "")
    if not SIGNED.fullmatch(answer):
        raise Unprocessable("签名答复不完整，请重新核验后再下载。", code="no_signed_answer")
    headers = {"content-disposition": 'attachment; filename="verification.jwt"', "cache-control": "no-store"}
    return Response(answer, media_type="application/jwt", headers=headers)
