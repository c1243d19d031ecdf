"""Verification over HTTP: many numbers at once, proofs of a registration; and, for the gateway, what is public."""

import asyncio
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.contracts.verification import (
    WORDS,
    AskVerification,
    IssuerKeys,
    MakeProof,
    PrintExtract,
    ProofKind,
    ProofMade,
    ProofOut,
    PublicVerdict,
    Verdict,
    VerificationAnswer,
)
from services.kernel.actor import Actor, Requires, calling_service
from services.kernel.clock import Now, Today
from services.kernel.db import Hot, Tx, database_of, reached
from services.kernel.errors import NotFound
from services.kernel.export import named
from services.kernel.idempotency import OnceOnly
from services.kernel.listing import plain
from services.kernel.paging import Cursor, Limit, Page
from services.registry.asking import Reading, Writing
from services.registry.examples import answer, asked, page
from services.registry.personal import VaultOf
from services.registry.verification import commands, examples, queries, rules
from services.registry.verification.issuing import Issuer, issuer_of

router = APIRouter(tags=["核验"])
public = APIRouter(prefix="/internal", include_in_schema=False, dependencies=[Depends(calling_service)])
Verifying = Annotated[Actor, Requires("verify")]
Issuing = Annotated[Issuer, Depends(issuer_of)]
Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
PDF: dict[int | str, dict[str, Any]] = {
    200: {"description": "成功", "content": {"application/pdf": {"example": "（PDF 文件）"}}}
}
OfRegistration = Annotated[UUID | None, Query(description="只看这项登记的")]
ListNumber = Annotated[int, Path(ge=0, lt=1 << 31)]


@router.post("/verifications", responses=answer(examples.ANSWER), openapi_extra=asked(examples.ASKING))
async def answer_verifications(
    order: AskVerification, actor: Verifying, tx: Tx, vault: VaultOf, issuer: Issuing, today: Today, now: Now,
    response: Response,
) -> VerificationAnswer:  # fmt: skip
    """批量核验：一次最多 1000 个管理号或证件号码，须说明用途并留痕；逐个给出结论，不返回个人信息。

    整份答复带签名（signed，JWS），连同问题留存，即可证明登记机构当时的答复；question 是问题的摘要。
    """
    response.headers["cache-control"] = "no-store"
    return await commands.answer(tx, actor, vault, issuer, order, today, now)


@router.get("/proofs", responses=page(examples.PROOF))
async def list_proofs(
    actor: Reading, db: Hot, registration_id: OfRegistration = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[ProofOut]:
    """管辖范围内出具过的证明：链接、打印件、电子凭证，新的在前。"""
    return await queries.proofs(db, actor, registration_id, limit=limit, cursor=cursor)


@router.post(
    "/registrations/{id}/proofs", status_code=201, responses=answer(examples.MADE, 201),
    openapi_extra=asked(examples.MAKING),
)  # fmt: skip
async def make_proof(
    id: UUID, order: MakeProof, actor: Writing, tx: Tx, issuer: Issuing, today: Today, now: Now, response: Response
) -> ProofMade:
    """为有效的登记出具证明：任何人可核验的链接（二维码），或可离线核验的电子凭证。只在此时给出，系统不留存。"""
    response.headers["cache-control"] = "no-store"
    made, _ = await commands.make_proof(tx, actor, issuer, id, order.kind, today, now, replace=order.replace)
    return made


@router.post(
    "/registrations/{id}/extract", response_class=Response, responses=PDF, openapi_extra=asked(examples.PRINTING)
)
async def print_extract(
    id: UUID, order: PrintExtract, request: Request, actor: Writing, issuer: Issuing, today: Today, now: Now
) -> Response:
    """为有效的登记打印证明（PDF）：证件号码部分隐去，带二维码，任何人可扫码核验。每次打印是一份，可单独作废。"""
    scope, database = await reached(request), database_of(request)
    async with database.writing(info={"scope": scope}) as tx, tx.begin():
        made, registration = await commands.make_proof(
            tx, actor, issuer, id, ProofKind.EXTRACT, today, now, replace=order.replace
        )
    request.app.state.bell.ring()
    file = await asyncio.to_thread(drawn, registration, made.url or "", today, request.app.state.settings.demo)
    headers = named(f"registration-{made.id}.pdf", f"社会工作者登记证明-{made.id}")
    return Response(file, media_type="application/pdf", headers={**headers, "cache-control": "no-store"})


def drawn(registration: Any, url: str, today: date, demo: bool) -> bytes:
    """What draws is a second's import and 50 MB, and most processes never print."""
    from services.registry.verification.extract import extract, printed

    return extract(printed(registration, url, today), demo=demo)


@router.post("/proofs/{id}/withdraw", responses=answer(examples.PROOF))
async def withdraw_proof(id: UUID, actor: Writing, tx: Tx, once: OnceOnly, now: Now) -> ProofOut:
    """使一份证明作废（遗失、误发）：此后核验答“凭证已作废”，登记本身不变。"""
    await once.begin(tx, actor)
    await commands.withdraw(tx, actor, id, now)
    return await once.keep(tx, await queries.proof(await plain(tx), actor, id), 200)


# ── for the gateway, which lets everybody ask ────────────────────────────────────────────────────────────────────────
@public.get("/verify/{hash}")
async def verify(hash: Hash, request: Request, today: Today, now: Now) -> PublicVerdict:
    async with database_of(request).hot() as db:
        found = await queries.by_link(db, bytes.fromhex(hash), today)
    nothing = PublicVerdict(verdict=Verdict.UNKNOWN, word=WORDS[Verdict.UNKNOWN], as_of=now)
    held, withdrawn = (None, False) if found is None else (found.held, found.withdrawn)
    return rules.public(held, withdrawn=withdrawn, on=today, shown=nothing)


@public.get("/issuer-keys")
async def issuer_keys(issuer: Issuing) -> IssuerKeys:
    return issuer.published()


@public.get("/status-lists/{number}")
async def status_list(number: ListNumber, request: Request, issuer: Issuing, today: Today, now: Now) -> Response:
    """As a signed text. A list of which no credential exists yet is none."""
    known = issuer.known_list(number, now)
    if known is None:
        async with database_of(request).hot() as db:
            found = await queries.in_list(db, number, today)
        if not found:
            raise NotFound("没有这个状态列表，请核对凭证中的地址。", code="no_such_status_list")
        states = {i: rules.status(one.held, withdrawn=one.withdrawn, on=today) for i, one in found.items()}
        known = issuer.keep_list(number, now, issuer.status_list(number, states, now))
    return Response(known, media_type="application/statuslist+jwt")
