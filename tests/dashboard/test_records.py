"""The page and the forms of one record: what pays for a point, and what somebody else has changed meanwhile."""

from datetime import date
from uuid import UUID

import httpx
import pytest

from services.contracts.procurement import ContractOut
from services.contracts.registry import OrganizationOut
from services.kernel.paging import Page
from tests.dashboard.scripted import (
    LICHENG,
    POINT_ID,
    STREET,
    Answer,
    Script,
    a_division,
    a_point,
    an_official,
    browser,
    hidden,
    refused,
    silent,
    text_of,
)
from tests.dashboard.test_pages import check
from tests.keys import JINAN

pytestmark = pytest.mark.anyio
CONTRACTS = "/procurement/contracts"
POINT = f"/registry/service-points/{POINT_ID}"
ORGANIZATION = UUID("0198f000-0000-7000-8000-000000000005")
BUYER = an_official(permissions={p: [JINAN] for p in ("coverage:read", "registry:read", "procurement:read")})


def contracts(*numbers: str) -> Page[ContractOut]:
    known = {"id": POINT_ID, "project_id": ORGANIZATION, "project_name": "困境儿童项目", "division": LICHENG,
             "signed_on": "2026-01-05", "start": "2026-01-10", "end": "2027-01-10", "value": "1", "committed": "0",
             "paid": "0", "stable": True, "served_divisions": [], "service_point_ids": [POINT_ID], "ended_on": None,
             "end_reason": None, "version": 1}  # fmt: skip
    return Page[ContractOut](items=[ContractOut.model_validate({**known, "number": n}) for n in numbers], next=None)


async def the_point(**answers: Answer) -> tuple[Script, httpx.Response]:
    script = Script(**{"/auth/me": BUYER, POINT: a_point(staffing_basis="none"), **answers})
    response = await browser(script).get(f"/service-points/{POINT_ID}?on=2026-11-24")
    check(response)
    return script, response


# ── what pays for a point ────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_point_shows_its_contracts_beside_what_the_roster_says():
    script, response = await the_point(**{CONTRACTS: contracts("济社购1号")})

    asked = dict(script.last(CONTRACTS).url.params)
    assert asked == {"service_point_id": str(POINT_ID), "on": "2026-11-24", "limit": "50"}
    text = text_of(response.text)
    assert "名册填报的保障方式 无 （以下面的合同为准）" in text
    assert "济社购1号 困境儿童项目 2026-01-10 至 2027-01-09" in text
    for href in (f"/projects/{ORGANIZATION}", f"/contracts/{POINT_ID}", f"/contracts?service_point_id={POINT_ID}"):
        assert f'href="{href}"' in response.text


async def test_a_point_without_contracts_or_whose_contracts_are_away_says_so():
    assert "当日没有含本站点的合同" in text_of((await the_point(**{CONTRACTS: contracts()}))[1].text)
    away = (await the_point(**{CONTRACTS: silent}))[1]
    assert away.status_code == 200
    assert "没有应答" in away.text


async def test_whoever_may_not_read_contracts_is_not_shown_any():
    script = Script()
    text = text_of((await browser(script).get(f"/service-points/{POINT_ID}")).text)

    assert "政府购买合同" not in text
    assert not [r for r in script.asked if r.url.path.endswith(CONTRACTS)]


# ── somebody else was quicker ────────────────────────────────────────────────────────────────────────────────────────
def an_organization(**over: object) -> OrganizationOut:
    known = {"id": ORGANIZATION, "name": "演示中心", "kind": "other", "division": LICHENG, "division_name": "历城区",
             "uscc": None, "address": None, "version": 2, "may": ["update"]}  # fmt: skip
    return OrganizationOut.model_validate({**known, **over})


def stale(record: OrganizationOut) -> Answer:
    """Read, it is there; changed, somebody else was quicker."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            return refused(412, "记录已被他人修改。", "stale_version")
        return httpx.Response(200, text=record.model_dump_json(), headers={"content-type": "application/json"})

    return answer


async def test_what_somebody_else_has_changed_is_told_in_words():
    path = f"/registry/organizations/{ORGANIZATION}"
    street = {f"/registry/divisions/{STREET}": a_division(code=STREET, name="山大路街道", tier="street"),
              f"/registry/divisions/{STREET}/children": Page(items=[], next=None)}  # fmt: skip
    client = browser(Script(**{path: stale(an_organization()), **street}))
    page = await client.get(f"/organizations/{ORGANIZATION}/edit")
    typed = {"_form": hidden(page.text, "_form"), "version": "1", "name": "演示中心", "kind": "committee",
             "division": STREET, "uscc": "", "address": ""}  # fmt: skip

    response = await client.post(f"/organizations/{ORGANIZATION}/edit", data=typed)

    assert response.status_code == 412
    check(response)
    text = text_of(response.text)
    assert "类别 其他 村（居）民委员会" in text
    assert "所在区划 历城区 山大路街道" in text


def test_days_and_words_are_compared_as_they_are_stored():
    from services.dashboard.forms import Form, overtaken

    form = Form({"day": "2026-01-01", "kind": "a", "place": "1"})
    record = {"day": date(2026, 1, 1), "kind": "b", "place": "2"}
    labels = dict.fromkeys(("day", "kind", "place"), "")

    now = overtaken(form, record, labels, 2, {"kind": {"a": "甲", "b": "乙"}, "place": {"1": "同名", "2": "同名"}}).now

    assert now == [("kind", "乙", "甲"), ("place", "同名", "同名")]
