"""Proofs of one registration: made (a link with its picture, a paper, a credential), and withdrawn."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

import segno
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, JsonValue

from services.contracts.registry import LEVEL_NAMES, RegistrationOut
from services.contracts.verification import PROOF_KIND_NAMES, ProofKind, ProofMade, ProofOut
from services.dashboard import forms, numbers, steps
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.render import render
from services.dashboard.steps import Nothing, Step
from services.dashboard.visitor import WithUser
from services.kernel.errors import NotFound
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
PATH, API = "/registrations/{id}", "/registry/registrations/{id}"
MOST = 500  # of the proofs of one registration, among which one is looked for
K = ProofKind


class Chosen(BaseModel):
    kind: ProofKind
    replace: bool = False

    @classmethod
    def chosen(cls, typed: Mapping[str, str]) -> "Chosen | None":
        """None: nothing that there is."""
        kind = next((k for k in ProofKind if k == typed.get("kind")), None)
        return cls(kind=kind, replace=bool(typed.get("replace"))) if kind else None


PROVE = Step(
    "出具登记证明",
    (
        Input("kind", "出具哪一种", Kind.SELECT, options={k.value: name for k, name in PROOF_KIND_NAMES.items()}),
        Input("replace", "此前出具的同一种证明全部作废", Kind.CHECK),
    ),
    Chosen, word="出具",
    said="核验链接和登记证明上的二维码，任何人可以扫码核验；电子凭证可以离线核验。只在出具时给出，系统不留存。",
)  # fmt: skip
WITHDRAW = Step(
    "作废一份证明", (), Nothing, word="作废", said="作废后扫码核验答“凭证已作废”，不能恢复；登记本身不变。",
)  # fmt: skip


@router.get(f"{PATH}/prove")
async def show(request: Request, id: UUID, gateway: SignedIn) -> Response:
    found = await registration_of(gateway, id)
    forms.must_be_able("prove", found.may)
    return page(request, PROVE, Form({"kind": K.EXTRACT}), found, f"/registrations/{id}/prove")


@router.post(f"{PATH}/prove", dependencies=[Genuine])
async def made(request: Request, id: UUID, gateway: SignedIn, typed: Typed) -> Response:
    """A link is shown, a paper or a credential sent as a file; nothing of either is kept."""
    order = Chosen.chosen(typed)
    if order is None:
        return await again(request, gateway, id, Form(typed, errors={"kind": forms.MISSING}))
    try:
        return await given(request, gateway, id, order)
    except forms.MENDABLE as error:
        return await again(request, gateway, id, forms.again(Form(typed), error, {}))


async def given(request: Request, gateway: Gateway, id: UUID, order: Chosen) -> Response:
    body: dict[str, JsonValue] = {"replace": order.replace}
    if order.kind is K.EXTRACT:
        answer: Response = await gateway.file_once(f"{API.format(id=id)}/extract", body)
        answer.headers["cache-control"] = "no-store"
        return answer
    told = await gateway.tell(f"{API.format(id=id)}/proofs", {**body, "kind": order.kind.value})
    proof = gateway.read(ProofMade, told)
    if order.kind is K.CREDENTIAL:
        headers = {
            "content-disposition": f'attachment; filename="credential-{proof.id}.txt"',
            "cache-control": "no-store",
        }
        return Response(proof.credential or "", media_type="application/dc+sd-jwt", headers=headers)
    found = await registration_of(gateway, id)
    return render(request, "proof_link.html", registration=found, url=proof.url, picture=picture(proof.url or ""))


def picture(url: str) -> str:
    """The QR code, as an address of itself; the medium level bears a fold or a stain."""
    code: str = segno.make(url, error="m", micro=False).svg_data_uri(scale=6, border=4)
    return code


async def again(request: Request, gateway: Gateway, id: UUID, form: Form) -> Response:
    return page(request, PROVE, form, await registration_of(gateway, id), f"/registrations/{id}/prove")


@router.get(f"{PATH}/proofs/{{proof}}/withdraw")
async def show_withdrawal(request: Request, id: UUID, proof: UUID, gateway: SignedIn) -> Response:
    found, one = await asyncio.gather(registration_of(gateway, id), proof_of(gateway, id, proof))
    forms.must_be_able("withdraw", one.may)
    return withdrawal_page(request, Form({}), found, one)


@router.post(f"{PATH}/proofs/{{proof}}/withdraw", dependencies=[Genuine])
async def withdrawn(request: Request, id: UUID, proof: UUID, gateway: SignedIn, typed: Typed) -> Response:
    form = Form(typed, key=typed.get("key", ""))
    answer = await steps.sent(gateway, WITHDRAW, form, f"/registry/proofs/{proof}/withdraw", None)
    if not isinstance(answer, Form):
        return forms.saved(f"/registrations/{id}", "withdraw")
    found, one = await asyncio.gather(registration_of(gateway, id), proof_of(gateway, id, proof))
    return withdrawal_page(request, answer, found, one)


def withdrawal_page(request: Request, form: Form, registration: RegistrationOut, proof: ProofOut) -> Response:
    facts = {"种类": PROOF_KIND_NAMES[proof.kind], "出具时间": numbers.moment(proof.issued_at)}
    path = f"/registrations/{registration.id}/proofs/{proof.id}/withdraw"
    return page(request, WITHDRAW, form, registration, path, facts)


async def registration_of(gateway: Gateway, id: UUID) -> RegistrationOut:
    return await gateway.ask(RegistrationOut, API.format(id=id))


async def proof_of(gateway: Gateway, id: UUID, proof: UUID) -> ProofOut:
    found = await gateway.ask(Page[ProofOut], "/registry/proofs", registration_id=id, limit=MOST)
    one = next((p for p in found.items if p.id == proof), None)
    if one is None:
        raise NotFound("没有这份证明，请从登记的页面进入。")
    return one


def page(
    request: Request, step: Step, form: Form, registration: RegistrationOut, path: str,
    facts: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    back = f"/registrations/{registration.id}"
    period = f"{registration.start} 至 {numbers.last_day(registration.end)}"
    told = {"证书级别": LEVEL_NAMES[registration.level], "登记有效期": period, **(facts or {})}
    return forms.shown(
        request, "step.html", form, step=step, back=back, path=path, place=None, about=registration.person_name,
        crumbs=[("登记", "/registrations"), (registration.person_name, back), (step.title, None)], facts=told,
    )  # fmt: skip
