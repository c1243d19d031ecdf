"""The register as the gateway asks it for what is public; it knows one paper, and one link to an application."""

from datetime import date, datetime

from fastapi import APIRouter, Depends, FastAPI, Response

from services.contracts.personal_links import ApplicationSeen, OpenPersonalLink, opened_by
from services.contracts.verification import WORDS, PublicVerdict, Verdict
from services.kernel.actor import calling_service
from services.kernel.app import make_app
from services.kernel.errors import NotFound
from services.kernel.settings import Settings
from services.registry.personal_links.rules import cannot_open
from services.registry.verification.issuing import Issuer
from services.registry.verification.tokens import new_token, token_hash
from tests.conftest import ROOT
from tests.keys import an_issuer, keyring

TOKEN = new_token()
APPLICATION, CODE = TOKEN, "K7QX2M9A"
SEEN = {
    "kind": "renewal", "state": "submitted", "name": "演*", "level": "social_worker", "submitted_on": "2026-11-20",
    "deadline": {"due_on": "2027-01-04", "estimated_on": "2027-01-04", "missing_years": []}, "registered_on": None,
    "steps": [{"name": "区县初审", "detail": "等待区县审核人员初审"}], "as_of": "2026-11-24T04:00:00Z",
}  # fmt: skip
AS_OF = datetime.fromisoformat("2026-11-24T04:00:00+00:00")


def a_register() -> FastAPI:
    internal = APIRouter(prefix="/internal", dependencies=[Depends(calling_service)])
    app = make_app("registry", internal, settings=Settings(keys=ROOT), keyring=keyring("registry"))
    app.state.verdict, app.state.asked, app.state.tried = Verdict.VALID, [], []

    @internal.get("/verify/{hash}")
    async def verify(hash: str) -> PublicVerdict:
        app.state.asked.append(hash)
        said = app.state.verdict if hash == token_hash(TOKEN).hex() else Verdict.UNKNOWN
        known = {"level": "social_worker", "valid_from": date(2024, 6, 1), "valid_to": date(2027, 5, 31), "name": "演*"}
        more = known | {"management_number": "2023****0001"} if said not in (Verdict.UNKNOWN, Verdict.WITHDRAWN) else {}
        return PublicVerdict(verdict=said, word=WORDS[said], as_of=AS_OF, **more)

    @internal.get("/issuer-keys")
    async def keys() -> object:
        issuer: Issuer = an_issuer()
        return issuer.published()

    @internal.get("/status-lists/{number}")
    async def listed(number: int) -> Response:
        if number:
            raise NotFound("没有这个状态列表，请核对凭证中的地址。", code="no_such_status_list")
        return Response("a.b.c", media_type="application/statuslist+jwt")

    @internal.post("/personal-links/{hash}")
    async def link(hash: str, order: OpenPersonalLink) -> ApplicationSeen:
        app.state.tried.append((hash, order.code_hash))
        if (hash, order.code_hash) != (token_hash(APPLICATION).hex(), opened_by(APPLICATION, CODE).hex()):
            raise cannot_open()
        return ApplicationSeen.model_validate(SEEN)

    app.include_router(internal)
    return app
