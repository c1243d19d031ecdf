"""What procurement and coordination usually say, and whoever buys, pays and records."""

from uuid import UUID

import httpx

from services.contracts import coordination as co
from services.contracts import identity
from services.contracts import procurement as pr
from services.contracts.registry import DivisionOut, PersonOut, ServicePointOut
from services.kernel.paging import Page
from tests.dashboard.scripted import (
    LICHENG,
    PERSON_ID,
    POINT_ID,
    STREET,
    Answer,
    Html,
    Script,
    a_division,
    a_person,
    a_point,
    an_official,
    browser,
    hidden,
)
from tests.keys import JINAN

PROJECT_ID, CONTRACT_ID, STAFF_ID, PAYMENT_ID, RECORD_ID, BUYER_ID, PROVIDER_ID = (
    UUID(f"0198f000-0000-7000-8000-0000000000{n}") for n in ("11", "12", "13", "14", "15", "16", "17")
)
PROJECT, CONTRACT = f"/procurement/projects/{PROJECT_ID}", f"/procurement/contracts/{CONTRACT_ID}"
STAFF, PAYMENT = f"/procurement/staff/{STAFF_ID}", f"/procurement/payments/{PAYMENT_ID}"
RECORD = f"/coordination/service-records/{RECORD_ID}"
READS = ("coverage:read", "registry:read", "procurement:read", "coordination:read")


def somebody(*permissions: str) -> identity.Me:
    return an_official(permissions={p: [JINAN] for p in (*READS, *permissions)})


def a_contract(**over: object) -> pr.ContractOut:
    known = {"id": CONTRACT_ID, "project_id": PROJECT_ID, "project_name": "困境儿童项目", "number": "济社购1号",
             "division": LICHENG, "signed_on": "2026-01-05", "start": "2026-01-10", "end": "2027-01-10",
             "value": "120000.00", "committed": "62000.50", "paid": "60000.00", "stable": False,
             "served_divisions": [STREET], "service_point_ids": [POINT_ID], "ended_on": None, "end_reason": None,
             "warnings": [], "version": 3, "may": ["update", "terminate", "request_payment"]}  # fmt: skip
    return pr.ContractOut.model_validate({**known, **over})


def a_member(**over: object) -> pr.StaffOut:
    known = {"id": STAFF_ID, "project_id": PROJECT_ID, "project_name": "困境儿童项目", "division": LICHENG,
             "person_id": PERSON_ID, "role": "social_worker", "fte": "0.50", "start": "2026-02-01",
             "end": "2026-12-01", "qualified": True, "certified": True, "registered": None, "related_major": None,
             "version": 2, "may": ["update"]}  # fmt: skip
    return pr.StaffOut.model_validate({**known, **over})


def a_share(**over: object) -> pr.StaffShare:
    known = {"denominator": 4, "numerator": 3, "registered": 2, "value": "75.00", "threshold": 80, "reached": False}
    return pr.StaffShare.model_validate({**known, **over})


def a_project(**over: object) -> pr.ProjectDetail:
    known = {"id": PROJECT_ID, "number": "购〔2026〕7号", "name": "困境儿童项目", "buyer_id": BUYER_ID,
             "buyer_name": "历城区民政局", "provider_id": PROVIDER_ID, "provider_name": "青禾中心",
             "division": LICHENG, "division_name": "历城区", "fields": ["elderly_service", "legal_aid"],
             "state": "active", "in_force": True, "start": "2026-01-10", "end": "2027-01-10", "closed_on": None,
             "close_reason": None, "value": "1234567.80", "paid": "60000.00", "version": 5,
             "may": ["update", "sign", "add_staff", "complete", "terminate"], "contracts": [a_contract()],
             "staff": [a_member()], "staff_share": a_share()}  # fmt: skip
    return pr.ProjectDetail.model_validate({**known, **over})


def a_payment(**over: object) -> pr.PaymentOut:
    known = {"id": PAYMENT_ID, "contract_id": CONTRACT_ID, "contract_number": "济社购1号", "project_id": PROJECT_ID,
             "project_name": "困境儿童项目", "division": LICHENG, "amount": "2000.50", "paid_on": "2026-11-20",
             "payee": "青禾中心", "document_number": "凭1", "state": "requested", "reason": None, "reversed_on": None,
             "reversed_amount": None, "version": 1, "may": ["approve", "reject"]}  # fmt: skip
    return pr.PaymentOut.model_validate({**known, **over})


def a_record(**over: object) -> co.ServiceRecordOut:
    known = {"id": RECORD_ID, "service_point_id": POINT_ID, "service_point_name": "山大路街道社工站",
             "division": STREET, "division_name": "山大路街道", "day": "2026-11-20", "serves_until": "2027-02-18",
             "kind": "social_support", "field": None, "persons": 12,
             "workers": [{"person_id": PERSON_ID, "registered": True}], "minutes": 90, "note": "合唱",
             "late_reason": None, "reference": None, "state": "entered", "withdrawn_reason": None, "counts": True,
             "warnings": [], "recorded_at": "2026-11-20T02:00:00Z", "version": 4,
             "may": ["correct", "withdraw"]}  # fmt: skip
    return co.ServiceRecordOut.model_validate({**known, **over})


def script(me: identity.Me, **over: Answer) -> Script:
    plain = pr.ProjectOut.model_validate(a_project().model_dump())
    usual: dict[str, Answer] = {
        "/auth/me": me,
        "/procurement/projects": Page[pr.ProjectOut](items=[plain], next="next-projects"),
        PROJECT: a_project(),
        "/procurement/contracts": Page[pr.ContractOut](items=[a_contract()], next=None),
        CONTRACT: a_contract(),
        STAFF: a_member(),
        "/procurement/payments": Page[pr.PaymentOut](items=[a_payment()], next=None),
        PAYMENT: a_payment(),
        "/coordination/service-records": Page[co.ServiceRecordOut](items=[a_record()], next=None),
        RECORD: a_record(),
        "/registry/people": Page[PersonOut](items=[a_person()], next=None),
        "/registry/service-points": Page[ServicePointOut](items=[a_point()], next=None),
        "/registry/divisions": Page[DivisionOut](items=[a_division(code=STREET, name="山大路街道")], next=None),
    }
    return Script(**{**usual, **over})


def made(answer: Answer, *, get: Answer | None = None) -> Answer:
    """An address that is both asked for a list and told of something new."""

    def both(request: httpx.Request) -> httpx.Response:
        said = answer if request.method in ("POST", "PATCH") else get
        if isinstance(said, httpx.Response):
            return said
        assert said is not None
        assert not callable(said)
        return httpx.Response(200, text=said.model_dump_json(), headers={"content-type": "application/json"})

    return both


async def filled(script: Script, path: str, **typed: str) -> httpx.Response:
    """The form of this address, sent as it stands but for what is `typed`."""
    client = browser(script)
    page = await client.get(path)
    assert page.status_code == 200, page.text
    names = [n for n in ("_form", "key", "version", "division") if f'name="{n}"' in page.text]
    given = {name: hidden(page.text, name) for name in names}
    return await client.post(path.partition("?")[0], data={**given, **typed})


def shown(response: httpx.Response) -> dict[str, str]:
    """What a form shows, as a browser would send it back."""
    page = Html(response.text)
    found = {a["name"] or "": a.get("value") or "" for a in page.all("input") if a.get("name")}
    name = ""
    for tag, attributes in page.tags:
        if tag == "select":
            name = attributes.get("name") or ""
        elif tag == "option" and "selected" in attributes:
            found[name] = attributes.get("value") or ""
    for part in response.text.split("<textarea")[1:]:
        found[part.partition('name="')[2].partition('"')[0]] = part.partition(">")[2].partition("</textarea>")[0]
    return {name: value for name, value in found.items() if not name.startswith("_") and name != "key"}
