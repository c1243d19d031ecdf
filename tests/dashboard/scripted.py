"""A gateway that answers from a script, made of the contracts' own models, and a browser before it."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from html.parser import HTMLParser
from uuid import UUID

import httpx
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from services.contracts import coverage as c
from services.contracts import identity, registry
from services.contracts.divisions import Tier
from services.contracts.imports import ImportJob, ImportRow
from services.contracts.metrics import Kind
from services.contracts.registrations import ApplicationOut
from services.dashboard.app import create_app
from services.dashboard.settings import DashboardSettings
from services.kernel.errors import FieldError, Problem
from services.kernel.paging import Page
from tests.conftest import ROOT, client_of
from tests.keys import JINAN, LICHENG, keyring

TOKEN = "opaque-session-token"
STREET, VILLAGE = "370112001000", "370112001001"
DAY = date(2026, 11, 24)
PERSON_ID = UUID("0198f000-0000-7000-8000-000000000001")
JOB_ID = UUID("0198f000-0000-7000-8000-000000000009")
POINT_ID = UUID("0198f000-0000-7000-8000-000000000002")
Answer = httpx.Response | BaseModel | Callable[[httpx.Request], httpx.Response]


class Script:
    """Path (below /api/v1) → answer; remembers what was asked."""

    def __init__(self, **over: Answer) -> None:
        self.answers: dict[str, Answer] = {**usual(), **{k: v for k, v in over.items() if not k.startswith("_")}}
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(request)
        answer = self.answers.get(request.url.path.removeprefix("/api/v1"), refused(404, "没有这个地址。"))
        if isinstance(answer, BaseModel):
            return httpx.Response(200, text=answer.model_dump_json(), headers={"content-type": "application/json"})
        return answer if isinstance(answer, httpx.Response) else answer(request)

    def last(self, path: str) -> httpx.Request:
        return next(r for r in reversed(self.asked) if r.url.path == f"/api/v1{path}")


@cache
def built(**settings: object) -> FastAPI:
    """Wiring takes longer than answering: once for all tests."""
    nowhere = httpx.AsyncClient(transport=httpx.MockTransport(silent))
    return create_app(DashboardSettings.model_validate({"keys": ROOT, **settings}), keyring("dashboard"), nowhere)


def dashboard(script: Script, **settings: object) -> ASGIApp:
    """The dashboard before a gateway that answers from this script."""
    app, gateway = (
        built(**settings),
        httpx.AsyncClient(transport=httpx.MockTransport(script), base_url="http://gateway"),
    )

    async def before_the_script(scope: Scope, receive: Receive, send: Send) -> None:
        app.state.gateway = gateway
        await app(scope, receive, send)

    return before_the_script


def browser(script: Script | None = None, *, signed_in: bool = True, **settings: object) -> httpx.AsyncClient:
    client = client_of(dashboard(script or Script(), **settings))
    if signed_in:
        client.cookies.set("shegong_session", TOKEN)
    return client


def refused(
    status: int,
    detail: str,
    code: str = "refused",
    errors: list[FieldError] | None = None,
    total: int = 0,
    **headers: str,
) -> httpx.Response:
    """A problem document as every part of the house writes it."""
    problem = Problem(
        type="urn:x", title="x", status=status, detail=detail, code=code, errors=errors or [], request_id="abc12345",
        params={"total": total or len(errors)} if errors else {},
    )  # fmt: skip
    sent = {"content-type": "application/problem+json", **headers}
    return httpx.Response(status, text=problem.model_dump_json(), headers=sent)


def silent(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


# ── what it usually says ─────────────────────────────────────────────────────────────────────────────────────────────
def usual() -> dict[str, Answer]:
    people = Page[registry.PersonOut](items=[a_person()], next="next-people")
    points = Page[registry.ServicePointOut](items=[a_point()], next=None)
    return {
        "/auth/me": an_official(),
        "/auth/login": identity.Session(token=TOKEN, expires_at=datetime(2026, 11, 24, 12, tzinfo=UTC)),
        "/auth/logout": httpx.Response(204),
        f"/coverage/{JINAN}": city(),
        f"/coverage/{VILLAGE}": village(),
        f"/indicators/{JINAN}": indicators(),
        f"/indicators/{VILLAGE}": indicators(),
        f"/indicators/{JINAN}/children": below(),
        f"/indicators/{VILLAGE}/children": below(items=[]),
        **{f"/indicators/{id}/series": a_series() for id in ("established@village", "certified_people")},
        f"/coverage/{JINAN}/gaps": gaps(),
        "/targets": targets(),
        "/explain": explanation(),
        "/status": status(),
        "/registry/people": people,
        f"/registry/people/{PERSON_ID}": a_person(),
        "/registry/certificates": Page[registry.CertificateOut](items=[a_certificate()], next=None),
        "/registry/registrations": Page[registry.RegistrationOut](items=[], next=None),
        "/registry/registration-applications": Page[ApplicationOut](items=[], next=None),
        "/registry/service-points": points,
        f"/registry/service-points/{POINT_ID}": a_point(),
        "/registry/assignments": Page[registry.AssignmentOut](items=[], next=None),
        f"/registry/divisions/{LICHENG}": a_division(),
        f"/registry/divisions/{JINAN}/children": Page[registry.DivisionOut](items=[a_division()], next=None),
        "/registry/imports": Page[ImportJob](items=[an_import()], next=None),
        "/registry/imports/certified-workers": an_import(),
        f"/registry/imports/{JOB_ID}": an_import(),
        f"/registry/imports/{JOB_ID}/rows": Page[ImportRow](items=[a_row()], next=None),
        "/registry/imports/certified-workers/template.xlsx": httpx.Response(
            200, content=b"PK-template", headers={"content-disposition": 'attachment; filename="template.xlsx"'}
        ),
    }


def an_official(**over: object) -> identity.Me:
    grant = identity.ScopeOut(
        role="editor", role_name="经办人员", division=JINAN, division_name="济南市", tier=Tier.CITY
    )
    permissions = {p: [JINAN] for p in ("coverage:read", "registry:read", "registry:write")}
    known = {"id": "account:1", "name": "张主任", "kind": "person", "grants": [grant], "permissions": permissions}
    return identity.Me.model_validate({**known, "home": JINAN, **over})


def tier(tier: Tier, units: int, established: int, effective: int = 0, served: int = 0, **over: object):
    counts = {"units": units, "established": established, "effective": effective, "served": served}
    return c.TierCoverage.model_validate({"tier": tier, **counts, **over})


def fresh(state: c.SourceState = c.SourceState.FRESH) -> list[c.Source]:
    at = datetime(2026, 11, 24, 2, 31, 7, tzinfo=UTC)
    return [c.Source(service=s, state=state, as_of=at) for s in ("registry", "coordination")]


def city(**over: object) -> c.Coverage:
    """The city with one district, the zone and a quasi unit below."""
    met = c.CoverageTarget(
        due=date(2021, 12, 31), value=Decimal(100), status=c.TargetStatus.ACHIEVED, achieved_on=date(2021, 11, 1),
        of="established", clause="15c",
    )  # fmt: skip
    streets, villages = tier(Tier.STREET, 161, 161, 158, 160, target=met), tier(Tier.VILLAGE, 5752, 2301, 2000, 1234)
    tiers = [tier(Tier.CITY, 1, 1, 1), tier(Tier.DISTRICT, 12, 12, 11), streets, villages]
    children = [
        a_child(LICHENG, "历城区", Tier.DISTRICT, [tier(Tier.DISTRICT, 1, 1, 1), tier(Tier.STREET, 21, 20, 19)]),
        a_child("370176000000", "济南高新区", Tier.ZONE, [tier(Tier.ZONE, 0, 0), tier(Tier.STREET, 5, 5, 5)]),
        a_child("370126400000", "商河经济开发区", Tier.STREET, [tier(Tier.STREET, 0, 0)], counts=False),
    ]
    known = {"division": {"code": JINAN, "name": "济南市", "tier": "city"}, "path": [], "on": DAY, "map": "then"}
    return c.Coverage.model_validate({**known, "tiers": tiers, "children": children, "sources": fresh(), **over})


def village(**over: object) -> c.Coverage:
    path = [{"code": JINAN, "name": "济南市", "tier": "city"}, {"code": LICHENG, "name": "历城区", "tier": "district"},
            {"code": STREET, "name": "山大路街道", "tier": "street"}]  # fmt: skip
    here = {"code": VILLAGE, "name": "甸柳第一社区居委会", "tier": "village"}
    return city(division=here, path=path, tiers=[tier(Tier.VILLAGE, 1, 1, 0, 0)], children=[], **over)


def a_child(code: str, name: str, of: Tier, tiers: list[c.TierCoverage], counts: bool = True) -> c.ChildCoverage:
    return c.ChildCoverage(code=code, name=name, tier=of, counts=counts, tiers=tiers)


def indicators(**over: object) -> c.Indicators:
    target = c.IndicatorTarget(
        due=date(2025, 12, 31), value=Decimal(15000), clause="6a", status=c.TargetStatus.MISSED, achieved_on=None,
        gap=Decimal(-660), pace=None,
    )  # fmt: skip
    items = [
        share("street", 161, 161),
        share("village", 2301, 5752),
        c.Indicator(id="certified_people", name="持证社会工作专业人才", kind=Kind.STOCK, metric="certified_people",
                    value=Decimal(14340), unit="人", target=target, parts=[c.IndicatorPart(metric="certified_people")]),
        c.Indicator(id="registered_workers", name="登记有效的社会工作者", kind=Kind.STOCK, metric="registered_workers",
                    value=Decimal(9876), unit="人", parts=[c.IndicatorPart(metric="registered_workers")]),
    ]  # fmt: skip
    here = {"code": JINAN, "name": "济南市", "tier": "city"}
    return c.Indicators.model_validate({"division": here, "on": DAY, "items": items, "sources": fresh(), **over})


def share(of: str, part: int, whole: int, **over: object) -> c.Indicator:
    parts = [c.IndicatorPart(metric=f"established@{of}"), c.IndicatorPart(metric=f"exists@{of}")]
    known = {"id": f"coverage_{of}", "name": f"{of} 覆盖率", "kind": Kind.RATIO, "metric": None, "unit": "%",
             "value": Decimal(part * 10000 // whole) / 100, "numerator": part, "denominator": whole,
             "parts": parts}  # fmt: skip
    return c.Indicator.model_validate({**known, **over})


def a_child_value(code: str, name: str, of: Tier, **over: object) -> c.ChildValue:
    known = {"code": code, "name": name, "tier": of, "counts": True, "value": "62.5", "numerator": 5, "denominator": 8,
             "target": 80, "due": "2028-12-31", "status": "behind"}  # fmt: skip
    return c.ChildValue.model_validate({**known, **over})


def below(**over: object) -> c.ChildValues:
    """The district, the zone and the quasi unit of the city, by the share of villages."""
    items = [
        a_child_value(LICHENG, "历城区", Tier.DISTRICT),
        a_child_value("370176000000", "济南高新区", Tier.ZONE),
        a_child_value("370126400000", "商河经济开发区", Tier.STREET, counts=False, value=None, numerator=None),
    ]
    here = {"code": JINAN, "name": "济南市", "tier": "city"}
    known = {"division": here, "on": DAY, "whole": share("village", 2301, 5752), "items": items, "sources": fresh()}
    return c.ChildValues.model_validate({**known, **over})


def a_series(**over: object) -> c.Series:
    points = [{"day": "2026-09-30", "value": "35.5", "plan": "40"}, {"day": DAY, "value": "40", "plan": "41"}]
    here = {"code": JINAN, "name": "济南市", "tier": "city"}
    known = {"id": "coverage_village", "name": "村居覆盖率", "unit": "%", "division": here, "points": points}
    return c.Series.model_validate({**known, **over})


def gaps(**over: object) -> c.Gaps:
    unit = {"code": STREET, "name": "山大路街道", "tier": "street"}
    item = {"division": unit, "within": {"code": LICHENG, "name": "历城区", "tier": "district"}, "kind": "no_point",
            "lacks": ["point"]}  # fmt: skip
    counts = [{"kind": "no_point", "tier": "street", "units": 1}]
    here = {"code": JINAN, "name": "济南市", "tier": "city"}
    known = {"division": here, "on": DAY, "counts": counts, "outside": 0, "items": [item], "next": None}
    return c.Gaps.model_validate({**known, **over})


def targets(**over: object) -> c.TargetList:
    item = {"indicator": "certified_people", "name": "持证社会工作专业人才", "division": JINAN, "pack": "jinan-2020-54",
            "due": "2025-12-31", "value": 15000, "baseline_on": "2019-12-31", "baseline": 6494, "clause": "6a",
            "status": "missed", "achieved_on": None}  # fmt: skip
    return c.TargetList.model_validate({"items": [item], **over})


def explanation(**over: object) -> c.Explanation:
    record = f"/api/v1/registry/people/{PERSON_ID}"
    fact = {"service": "registry", "subject": f"person:{PERSON_ID}", "metric": "certified_people", "division": LICHENG,
            "start": "2020-06-01", "end": None, "amount": "1", "record": record}  # fmt: skip
    known = {
        "metric": "certified_people",
        "division": {"code": JINAN, "name": "济南市", "tier": "city"},
        "on": DAY,
        "items": [fact],
        "total": "3",
        "outside": {"facts": 2, "amount": "2"},
        "next": None,
    }
    return c.Explanation.model_validate({**known, **over})


def status(**over: object) -> c.Status:
    ago = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    parts = [
        c.PartStatus(part="registry", state=c.SourceState.FRESH, since=None, lag_seconds=0.4, parked=0),
        c.PartStatus(part="training", state=c.SourceState.AWAY, since=ago, lag_seconds=5400.0, parked=2),
    ]
    return c.Status.model_validate({"state": "away", "parts": parts, **over})


def a_person(**over: object) -> registry.PersonOut:
    known = {
        "id": PERSON_ID, "name": "张*", "id_type": "resident_id_card", "id_number": "3701**********002X",
        "phone": "138****1234", "level": "social_worker", "registered_until": "2027-05-01", "employer_id": None,
        "employer_name": "历城区某社会工作服务中心", "division": LICHENG, "division_name": "历城区", "assignment": None,
        "education": "本科", "major": "社会工作", "related_major": True, "direct_service": None, "version": 1,
    }  # fmt: skip
    return registry.PersonOut.model_validate({**known, **over})


def a_certificate(**over: object) -> registry.CertificateOut:
    known = {"id": PERSON_ID, "person_id": PERSON_ID, "person_name": "张*", "level": "social_worker", "ended_on": None,
             "management_number": "20190001", "approved_on": "2019-06-16", "division": LICHENG}  # fmt: skip
    return registry.CertificateOut.model_validate({**known, **over})


def a_point(**over: object) -> registry.ServicePointOut:
    known = {
        "id": POINT_ID, "number": "LC-001", "name": "山大路街道社工站", "tier": "street_station", "division": STREET,
        "division_name": "山大路街道", "address": None, "manager": None, "phone": None, "operator_id": None,
        "operator_name": None, "opened_on": "2021-09-01", "closed_on": None, "staffing_basis": "government_purchase",
        "staff": 3, "version": 1,
    }  # fmt: skip
    return registry.ServicePointOut.model_validate({**known, **over})


def a_division(**over: object) -> registry.DivisionOut:
    known = {"code": LICHENG, "name": "历城区", "tier": "district", "kind": "district", "parent": JINAN, "zone": None,
             "counts": True, "mca_code": "370112", "nbs_code": LICHENG, "valid_from": "1987-01-01", "valid_to": None,
             "successor": None}  # fmt: skip
    return registry.DivisionOut.model_validate({**known, **over})


def an_import(**over: object) -> ImportJob:
    known = {"id": JOB_ID, "kind": "certified-workers", "code_system": "own", "file_name": "名册.xlsx",
             "file_sha256": "0" * 64, "state": "ready", "rows_total": 2000, "rows_done": 2000, "new": 1990,
             "changed": 8, "unchanged": 2, "conflict": 0, "errors": 0, "warnings": 0, "notes": [], "refused": None,
             "started_by": "account:1", "created_at": "2026-11-24T02:00:00Z", "updated_at": "2026-11-24T02:00:01Z",
             "confirmed_at": None, "undo_until": None, "may": ["confirm", "cancel"]}  # fmt: skip
    return ImportJob.model_validate({**known, **over})


def a_row(**over: object) -> ImportRow:
    finding = {"severity": "error", "column": "证件号码", "field": "id_number", "code": "check_digit",
               "value": "9990**********0010", "reason": "校验码不对。", "remedy": "请核对证件号码。"}  # fmt: skip
    known = {"number": 3, "outcome": "error", "label": "演示甲", "findings": [finding], "changes": []}
    return ImportRow.model_validate({**known, **over})


# ── reading pages ────────────────────────────────────────────────────────────────────────────────────────────────────
class Html(HTMLParser):
    """The tags of a page with their attributes, in order; a closing tag by name alone."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def hidden(html: str, name: str) -> str:
    """The value of a hidden field."""
    found = next(a for a in Html(html).all("input") if a.get("name") == name)
    return found.get("value") or ""


def sent(request: httpx.Request) -> dict[str, object]:
    body: dict[str, object] = json.loads(request.content)
    return body


def text_of(html: str) -> str:
    """What is read, cells and paragraphs a blank apart."""
    spaced = re.sub(r"</(td|th|p|li|h1|h2|h3|dt|dd)>", " ", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", spaced))
