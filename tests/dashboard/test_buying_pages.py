"""Purchased projects and their staff: the list, the pages, and what is sent of each form."""

import httpx
import pytest

from services.contracts import procurement as pr
from services.contracts.registry import OrganizationOut
from services.dashboard.links import record_page
from services.kernel.paging import Page
from tests.dashboard.buying import (
    CONTRACT,
    CONTRACT_ID,
    PROJECT,
    PROJECT_ID,
    PROVIDER_ID,
    STAFF,
    STAFF_ID,
    a_contract,
    a_member,
    a_project,
    a_share,
    filled,
    made,
    script,
    somebody,
)
from tests.dashboard.scripted import (
    LICHENG,
    PERSON_ID,
    POINT_ID,
    STREET,
    Html,
    a_person,
    browser,
    refused,
    sent,
    silent,
    text_of,
)
from tests.dashboard.test_pages import check

pytestmark = pytest.mark.anyio
BUYER, READER = somebody("procurement:write"), somebody()
HERE, CONTRACT_PAGE = f"/projects/{PROJECT_ID}", f"/contracts/{CONTRACT_ID}"


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_projects_are_asked_for_as_they_are_narrowed_and_money_is_told_in_yuan():
    s = script(BUYER, **{f"/registry/organizations/{PROVIDER_ID}": an_organization()})

    response = await browser(s).get(
        f"/projects?q=儿童&division={LICHENG}&state=active&field=legal_aid&in_force=true&on=2026-11-24"
        f"&provider_id={PROVIDER_ID}&limit=20"
    )

    check(response)
    assert dict(s.last("/procurement/projects").url.params) == {
        "q": "儿童", "division": LICHENG, "on": "2026-11-24", "state": "active", "field": "legal_aid",
        "in_force": "true", "provider_id": str(PROVIDER_ID), "limit": "20",
    }  # fmt: skip
    text = text_of(response.text)
    assert "承接主体：青禾中心" in text
    assert "1,234,567.80 60,000.00" in text
    assert "2026-01-10 至 2027-01-09" in text
    assert "cursor=next-projects" in response.text
    [file] = [a["href"] or "" for a in Html(response.text).all("a") if "format=xlsx" in (a.get("href") or "")]
    whole = dict(s.last("/procurement/projects").url.params) | {"format": "xlsx"}
    del whole["limit"]
    assert dict(httpx.URL(file).params) == whole


@pytest.mark.parametrize("path", ["/projects", "/contracts"])
async def test_a_list_that_is_empty_or_away_says_so(path: str):
    of = {"/projects": Page[pr.ProjectOut], "/contracts": Page[pr.ContractOut]}[path]
    api = f"/procurement{path}"

    empty = await browser(script(BUYER, **{api: of(items=[], next=None)})).get(path)
    away = await browser(script(BUYER, **{api: silent})).get(path)

    assert "您的管辖范围内还没有" in text_of(empty.text)
    assert away.status_code == 503
    for response in (empty, away):
        check(response)


@pytest.mark.parametrize(
    ("path", "api"),
    [
        ("/projects", "/procurement/projects"),
        ("/contracts", "/procurement/contracts"),
        ("/payments", "/procurement/payments"),
        ("/service-records", "/coordination/service-records"),
    ],
)
async def test_the_whole_list_is_a_file_as_it_is_narrowed(path: str, api: str):
    file = httpx.Response(200, content=b"\xef\xbb\xbfa", headers={"content-disposition": "attachment"})
    s = script(READER, **{f"{api}/export": file})

    response = await browser(s).get(f"{path}/export?format=csv&division={LICHENG}&limit=20&cursor=x")

    assert response.content == b"\xef\xbb\xbfa"
    assert dict(s.last(f"{api}/export").url.params) == {"format": "csv", "division": LICHENG}
    shown = (await browser(s).get(f"{path}?division={LICHENG}")).text
    assert f'href="{path}/export?format=xlsx&amp;division={LICHENG}"' in shown


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_project_names_everybody_by_one_question_each():
    s = script(BUYER)

    response = await browser(s).get(HERE)

    check(response)
    for api, key, id in (
        ("people", "id", PERSON_ID),
        ("service-points", "id", POINT_ID),
        ("divisions", "code", STREET),
    ):
        [asked] = [r for r in s.asked if r.url.path == f"/api/v1/registry/{api}"]
        assert asked.url.params.get_list(key) == [str(id)]
    text = text_of(response.text)
    assert "张* 社工 0.5 2026-02-01 至 2026-11-30 持证 无法判断" in text
    assert "山大路街道 山大路街道社工站 120,000.00 60,000.00 57,999.50另有待审批 2,000.50" in text
    assert f'href="/organizations/{PROVIDER_ID}"' in response.text


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (a_share(), "75.0%（3 / 4 人，其中登记有效 2 人） 要求不低于 80.0% 未达到"),
        (a_share(numerator=4, value=100, reached=True), "100.0%（4 / 4 人，其中登记有效 2 人） 要求不低于 80.0% 达标"),
        (a_share(denominator=0, numerator=0, registered=0, value=None, reached=None), "无法判断 当日没有项目人员"),
        (a_share(threshold=None, reached=None), "当日没有规定的最低比例"),
    ],
)
async def test_qual_01_the_share_is_told_with_its_parts(share: pr.StaffShare, said: str):
    response = await browser(script(BUYER, **{PROJECT: a_project(staff_share=share)})).get(HERE)

    assert said in text_of(response.text)


async def test_gps_11_a_warning_stands_with_its_contract():
    warning = {"code": "contract_too_long", "detail": "合同期一般不超过 12 个月。", "rule": "GPS-11"}
    long = a_contract(warnings=[warning])
    s = script(BUYER, **{PROJECT: a_project(contracts=[long]), CONTRACT: long})

    for path in (HERE, CONTRACT_PAGE):
        assert "合同期一般不超过 12 个月。（GPS-11）" in text_of((await browser(s).get(path)).text)


async def test_a_project_stands_without_the_registry_and_without_its_payments():
    away = {f"/registry/{what}": silent for what in ("people", "service-points", "divisions")}

    response = await browser(script(BUYER, **away, **{"/procurement/payments": silent})).get(HERE)

    check(response)
    assert response.status_code == 200
    text = text_of(response.text)
    assert "姓名暂不可查" in text
    assert STREET in text
    assert "重试" in text


async def test_buttons_are_what_may_be_done():
    def offered(html: str) -> set[str]:
        return {v for v in ("sign", "add_staff", "update", "complete", "terminate") if f'href="{HERE}/{v}"' in html}

    closed = a_project(state="completed", may=[], contracts=[a_contract(may=[])], staff=[a_member(may=[])])
    nothing = (await browser(script(READER, **{PROJECT: closed})).get(HERE)).text
    planned = a_project(state="planned", may=["update", "sign", "terminate"])

    assert offered(nothing) == set()
    assert "/update" not in nothing
    assert offered((await browser(script(BUYER, **{PROJECT: planned})).get(HERE)).text) == {
        "update", "sign", "terminate"
    }  # fmt: skip
    contract = (await browser(script(BUYER)).get(CONTRACT_PAGE)).text
    assert all(f'href="{CONTRACT_PAGE}/{v}"' in contract for v in ("update", "terminate", "request_payment"))


async def test_whoever_may_not_is_refused_a_form_by_its_address():
    reader = script(READER, **{PROJECT: a_project(may=[])})

    for path in ("/projects/new", f"{HERE}/sign"):
        assert (await browser(reader).get(path)).status_code == 403
    assert 'href="/projects/new"' not in (await browser(reader).get("/projects")).text
    assert (await browser(script(BUYER)).get(f"{HERE}/destroy")).status_code == 404


async def test_an_organization_leads_to_what_it_provides():
    s = script(READER, **{f"/registry/organizations/{PROVIDER_ID}": an_organization()})

    page = (await browser(s).get(f"/organizations/{PROVIDER_ID}")).text

    assert f'href="/projects?provider_id={PROVIDER_ID}"' in page


def test_the_records_behind_a_number_have_pages():
    for record, page in {
        "procurement/projects": "/projects", "procurement/contracts": "/contracts", "procurement/payments": "/payments",
        "procurement/staff": "/project-staff", "coordination/service-records": "/service-records",
    }.items():  # fmt: skip
        assert record_page(f"/api/v1/{record}/{PROJECT_ID}") == f"{page}/{PROJECT_ID}"


async def test_a_record_of_a_member_leads_to_the_project():
    response = await browser(script(READER)).get(f"/project-staff/{STAFF_ID}")

    assert (response.status_code, response.headers["location"]) == (303, f"{HERE}#staff")


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def an_organization() -> OrganizationOut:
    known = {"id": PROVIDER_ID, "name": "青禾中心", "kind": "social_work_agency", "uscc": None, "division": LICHENG,
             "division_name": "历城区", "address": None, "version": 1}  # fmt: skip
    return OrganizationOut.model_validate(known)


async def test_a_project_is_registered_with_its_parties_by_name():
    s = script(
        BUYER,
        **{
            "/procurement/projects": made(a_project(state="planned")),
            "/registry/organizations": Page[OrganizationOut](items=[an_organization()], next=None),
        },
    )

    response = await filled(
        s, "/projects/new", number="购1", name="项目", buyer="青禾中心", provider="青禾中心",
        **{"fields.legal_aid": "true", "fields.elderly_service": "true"},
    )  # fmt: skip

    assert (response.status_code, response.headers["location"]) == (303, f"{HERE}?done=new")
    assert sent(s.last("/procurement/projects")) == {
        "number": "购1", "name": "项目", "buyer_id": str(PROVIDER_ID), "provider_id": str(PROVIDER_ID),
        "fields": ["elderly_service", "legal_aid"],
    }  # fmt: skip
    assert s.last("/procurement/projects").headers["idempotency-key"]


async def test_a_member_is_added_and_qual_04_is_told_once():
    warning = {"code": "fte_above_one", "detail": "合计达 1.5", "rule": "QUAL-04"}
    s = script(BUYER, **{"/procurement/staff": made(a_member(warnings=[warning]))})

    response = await filled(
        s, f"{HERE}/add_staff", person="张三 002x", role="lead", fte="0.5", start="2026-02-01", end="2026-11-30"
    )

    assert response.headers["location"] == f"{HERE}?done=add_staff&warned=fte_above_one"
    assert sent(s.last("/procurement/staff")) == {
        "project_id": str(PROJECT_ID), "person_id": str(PERSON_ID), "role": "lead", "fte": "0.5",
        "start": "2026-02-01", "end": "2026-12-01",
    }  # fmt: skip
    assert s.last("/registry/people").url.params["q"] == "张三"
    assert "合计超过 1" in text_of((await browser(s).get(response.headers["location"])).text)


async def test_one_of_several_of_a_name_is_told_by_the_end_of_the_number():
    two = [a_person(), a_person(id=PROVIDER_ID, id_number="3701**********1234")]
    s = script(BUYER, **{"/registry/people": Page(items=two, next=None), "/procurement/staff": made(a_member())})
    usual = {"role": "lead", "fte": "1", "start": "2026-02-01"}

    unclear = await filled(s, f"{HERE}/add_staff", person="张三", **usual)
    clear = await filled(s, f"{HERE}/add_staff", person="张三 1234", **usual)

    assert "证件号码后四位" in unclear.text.partition('id="person-error">')[2].partition("</p>")[0]
    assert "002X（历城区某社会工作服务中心）" in unclear.text
    assert clear.status_code == 303
    assert sent(s.last("/procurement/staff"))["person_id"] == str(PROVIDER_ID)


async def test_a_change_brings_its_version_and_clears_what_is_left_blank():
    s = script(BUYER, **{STAFF: made(a_member(), get=a_member())})
    page = (await browser(s).get(f"/project-staff/{STAFF_ID}/update")).text
    assert 'name="end" type="date" value="2026-11-30"' in page
    assert "人员 张* 002X" in text_of(page)

    response = await filled(s, f"/project-staff/{STAFF_ID}/update", role="lead", fte="0.75", start="2026-02-01", end="")

    assert response.headers["location"] == f"{HERE}?done=staff"
    told = s.last(STAFF)
    assert (told.method, told.headers["if-match"]) == ("PATCH", '"2"')
    assert sent(told) == {"role": "lead", "fte": "0.75", "start": "2026-02-01", "end": None}
    assert "项目人员已更正" in text_of((await browser(s).get(response.headers["location"])).text)


@pytest.mark.parametrize(
    ("verb", "typed", "order"),
    [
        ("complete", {"completed_on": "2027-01-10"}, {"completed_on": "2027-01-10"}),
        ("terminate", {"terminated_on": "2026-12-01", "reason": "违约"},
         {"terminated_on": "2026-12-01", "reason": "违约"}),
    ],
)  # fmt: skip
async def test_a_project_is_closed(verb: str, typed: dict[str, str], order: dict[str, str]):
    s = script(BUYER, **{f"{PROJECT}/{verb}": a_project()})

    response = await filled(s, f"{HERE}/{verb}", **typed)

    assert response.headers["location"] == f"{HERE}?done={verb}"
    assert sent(s.last(f"{PROJECT}/{verb}")) == order


async def test_a_refusal_of_the_rules_stands_at_its_field():
    conflict = refused(409, "项目的合同到 2027-01-10 才结束。", "still_in_force")

    response = await filled(
        script(BUYER, **{f"{PROJECT}/complete": conflict}), f"{HERE}/complete", completed_on="2026-12-01"
    )

    assert response.status_code == 409
    assert "才结束" in response.text.partition('id="completed_on-error">')[2].partition("</p>")[0]
    assert 'value="2026-12-01"' in response.text


async def test_boxes_that_somebody_else_ticked_are_shown_before_they_are_lost():
    stale = made(refused(412, "已被他人修改。", "stale_version"), get=a_project(fields=["legal_aid", "health_service"]))

    response = await filled(
        script(BUYER, **{PROJECT: stale}), f"{HERE}/update", name="困境儿童项目", buyer="历城区民政局",
        provider="青禾中心", **{"fields.legal_aid": "true"},
    )  # fmt: skip

    assert response.status_code == 412
    assert "服务领域：卫生服务 是 — " in text_of(response.text)
    assert "服务领域：法律援助" not in text_of(response.text)
