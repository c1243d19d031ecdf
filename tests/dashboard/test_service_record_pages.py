"""Services delivered: the list, one record, what is entered, put right and withdrawn."""

from uuid import UUID

import pytest

from services.contracts.coordination import ServiceRecordOut
from services.contracts.registry import PersonOut, ServicePointOut
from services.kernel.errors import FieldError
from services.kernel.paging import Page
from tests.dashboard.buying import RECORD, RECORD_ID, a_record, filled, made, script, somebody
from tests.dashboard.scripted import (
    LICHENG,
    PERSON_ID,
    POINT_ID,
    STREET,
    Html,
    a_division,
    a_person,
    browser,
    hidden,
    refused,
    sent,
    silent,
    text_of,
)
from tests.dashboard.test_pages import check
from tests.keys import JINAN

pytestmark = pytest.mark.anyio
EDITOR, READER = somebody("coordination:write"), somebody()
HERE, RECORDS = f"/service-records/{RECORD_ID}", "/coordination/service-records"
OTHER = UUID("0198f000-0000-7000-8000-000000000021")
TYPED = {"day": "2026-11-20", "kind": "social_support", "field": "", "persons": "12", "minutes": "90",
         "workers": "张* 002X", "note": "", "late_reason": ""}  # fmt: skip
CORRECTED = {"day": "2026-11-20", "kind": "social_support", "field": None, "persons": 12, "minutes": 90,
             "workers": [str(PERSON_ID)], "note": None, "late_reason": None}  # fmt: skip


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_records_are_asked_for_as_they_are_narrowed():
    s = script(READER)

    response = await browser(s).get(
        f"/service-records?q=合唱&division={STREET}&service_point_id={POINT_ID}&kind=social_support&field=legal_aid"
        f"&state=entered&from=2026-11-01&to=2026-11-24&worker={PERSON_ID}"
    )

    check(response)
    assert dict(s.last(RECORDS).url.params) == {
        "q": "合唱", "division": STREET, "service_point_id": str(POINT_ID), "kind": "social_support",
        "field": "legal_aid", "state": "entered", "from": "2026-11-01", "to": "2026-11-24", "worker": str(PERSON_ID),
        "limit": "50",
    }  # fmt: skip
    text = text_of(response.text)
    assert "服务站点：山大路街道社工站" in text
    assert "在场社工：张*" in text
    kept = {a.get("name") for a in Html(response.text).all("input") if a.get("type") == "hidden"}
    assert {"service_point_id", "worker"} <= kept
    assert "/service-records/new" not in response.text


async def test_a_list_that_is_empty_or_away_says_so():
    empty = await browser(script(EDITOR, **{RECORDS: Page[ServiceRecordOut](items=[], next=None)})).get(
        "/service-records"
    )
    away = await browser(script(EDITOR, **{RECORDS: silent})).get("/service-records")

    assert "还没有服务记录" in text_of(empty.text)
    assert 'href="/service-records/new"' in empty.text
    assert away.status_code == 503


async def test_a_record_names_its_workers_by_one_question_and_says_whether_it_counts():
    workers = [{"person_id": PERSON_ID, "registered": True}, {"person_id": OTHER, "registered": False}]
    warning = {"code": "no_registered_worker", "detail": "暂不计入“有服务”。"}
    s = script(EDITOR, **{RECORD: a_record(workers=workers, counts=False, warnings=[warning])})

    response = await browser(s).get(HERE)

    check(response)
    [asked] = [r for r in s.asked if r.url.path == "/api/v1/registry/people"]
    assert asked.url.params.get_list("id") == [str(PERSON_ID), str(OTHER)]
    text = text_of(response.text)
    assert "张*（当日登记有效）、管辖范围外的人员（当日无有效登记）" in text
    assert "已录入 暂不计入" in text
    assert "暂不计入“有服务”。" in text
    assert all(f'href="{HERE}/{verb}"' in response.text for verb in ("correct", "withdraw"))


async def test_a_record_stands_without_the_registry_and_a_withdrawn_one_offers_nothing():
    gone = a_record(state="withdrawn", withdrawn_reason="录错", counts=False, may=[])

    response = await browser(script(READER, **{RECORD: gone, "/registry/people": silent})).get(HERE)

    assert response.status_code == 200
    text = text_of(response.text)
    assert "姓名暂不可查" in text
    assert "撤回原因 录错" in text
    assert f'href="{HERE}/' not in response.text


async def test_a_point_leads_to_its_services_and_to_a_form_that_names_it():
    page = (await browser(script(EDITOR)).get(f"/service-points/{POINT_ID}")).text
    assert f'href="/service-records?service_point_id={POINT_ID}"' in page
    assert f'href="/service-records/new?service_point=LC-001&amp;division={STREET}"' in page

    form = (await browser(place_known()).get(f"/service-records/new?service_point=LC-001&division={STREET}")).text
    [field] = [a for a in Html(form).all("input") if a.get("name") == "service_point"]
    assert field["value"] == "LC-001"
    assert hidden(form, "division") == STREET


def place_known(**over: object):
    """A script that knows the divisions of the form."""
    below = Page(items=[a_division()], next=None)
    known = {f"/registry/divisions/{code}": a_division(code=code, name=name, parent=JINAN)
             for code, name in ((STREET, "山大路街道"), (JINAN, "济南市"))}  # fmt: skip
    children = {f"/registry/divisions/{code}/children": below for code in (STREET, JINAN, LICHENG)}
    return script(EDITOR, **{**known, **children, **over})


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_a_service_at_a_point_is_entered_without_its_division():
    s = place_known(**{RECORDS: made(a_record())})

    response = await filled(
        s, "/service-records/new", service_point="LC-001", day="2026-11-20", kind="social_support", field="legal_aid",
        persons="12", workers="张*", minutes="90", note="合唱", late_reason="", reference="A-1",
    )  # fmt: skip

    assert (response.status_code, response.headers["location"]) == (303, f"{HERE}?done=new")
    assert sent(s.last(RECORDS)) == {
        "service_point_id": str(POINT_ID), "day": "2026-11-20", "kind": "social_support", "field": "legal_aid",
        "persons": 12, "workers": [str(PERSON_ID)], "minutes": 90, "note": "合唱", "reference": "A-1",
    }  # fmt: skip
    assert s.last(RECORDS).headers["idempotency-key"]


async def test_a_service_away_from_any_point_is_entered_at_the_division_that_was_chosen():
    s = place_known(**{RECORDS: made(a_record())})

    await filled(s, f"/service-records/new?division={STREET}", **{**TYPED, "service_point": ""})

    assert sent(s.last(RECORDS)) == {
        "division": STREET, "day": "2026-11-20", "kind": "social_support", "persons": 12, "minutes": 90,
        "workers": [str(PERSON_ID)],
    }  # fmt: skip


async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost():
    nobody = Page[PersonOut](items=[], next=None)
    s = place_known(
        **{"/registry/people": nobody, "/registry/service-points": Page[ServicePointOut](items=[], next=None)}
    )

    response = await filled(
        s, "/service-records/new", service_point="X-1", day="2026-11-20", kind="", persons="十二",
        workers="张三\n李四", note="电话 13800000000",
    )  # fmt: skip

    assert response.status_code == 422
    check(response)
    for field, said in {
        "service_point": "没有找到这个站点", "kind": "请填写此项", "persons": "应为阿拉伯数字的整数",
        "workers": "“张三”没有找到这位人员", "note": "请勿填写身份证号",
    }.items():  # fmt: skip
        assert said in response.text.partition(f'id="{field}-error">')[2].partition("</p>")[0]
    assert "张三\n李四</textarea>" in response.text
    assert not [r for r in s.asked if r.method == "POST"]


async def test_a_refusal_of_the_rules_stands_at_its_field():
    late = [FieldError(field="late_reason", code="late_reason_missing", detail="请填写补录原因")]
    known = refused(409, "这项服务已有记录。", "already_recorded")
    for answer, field, said in (
        (refused(422, "请填写补录原因。", "late_reason_missing", late), "late_reason", "请填写补录原因"),
        (known, "reference", "这项服务已有记录"),
    ):
        response = await filled(place_known(**{RECORDS: made(answer)}), "/service-records/new", **TYPED)

        assert response.status_code == answer.status_code
        assert said in response.text.partition(f'id="{field}-error">')[2].partition("</p>")[0]
        assert "张* 002X</textarea>" in response.text


async def test_a_record_is_put_right_with_its_version_and_its_workers_as_they_were_told():
    s = script(EDITOR, **{RECORD: made(a_record(), get=a_record())})
    assert "张* 002X</textarea>" in (await browser(s).get(f"{HERE}/correct")).text

    response = await filled(s, f"{HERE}/correct", **TYPED)

    assert response.headers["location"] == f"{HERE}?done=correct"
    told = s.last(RECORD)
    assert (told.method, told.headers["if-match"]) == ("PATCH", '"4"')
    assert sent(told) == CORRECTED


async def test_workers_that_cannot_be_named_are_kept_by_their_number():
    s = script(EDITOR, **{RECORD: made(a_record(), get=a_record()), "/registry/people": silent})
    page = (await browser(s).get(f"{HERE}/correct")).text

    await filled(s, f"{HERE}/correct", **{**TYPED, "workers": str(PERSON_ID)})

    assert f"{PERSON_ID}</textarea>" in page
    assert sent(s.last(RECORD))["workers"] == [str(PERSON_ID)]


async def test_a_record_that_somebody_else_changed_is_shown_beside_what_was_typed():
    stale = made(refused(412, "已被他人修改。", "stale_version"), get=a_record(persons=30, version=7))

    response = await filled(script(EDITOR, **{RECORD: stale}), f"{HERE}/correct", **TYPED)

    assert response.status_code == 412
    assert "服务人次 30 12" in text_of(response.text)
    assert hidden(response.text, "version") == "7"


async def test_a_record_is_withdrawn_with_a_reason():
    s = script(EDITOR, **{f"{RECORD}/withdraw": a_record(state="withdrawn")})

    refusal = await filled(s, f"{HERE}/withdraw", reason="")
    response = await filled(s, f"{HERE}/withdraw", reason="录错地点")

    assert refusal.status_code == 422
    assert response.headers["location"] == f"{HERE}?done=withdraw"
    assert sent(s.last(f"{RECORD}/withdraw")) == {"reason": "录错地点"}


async def test_whoever_may_not_write_is_refused_by_the_address():
    reader = script(READER, **{RECORD: a_record(may=[])})

    for path in ("/service-records/new", f"{HERE}/correct", f"{HERE}/withdraw"):
        assert (await browser(reader).get(path)).status_code == 403


async def test_somebody_whose_name_is_only_alike_is_not_meant_but_told():
    s = place_known(**{"/registry/people": Page(items=[a_person(name="王华晶")], next=None), RECORDS: made(a_record())})

    response = await filled(s, "/service-records/new", **{**TYPED, "workers": "王华"})

    said = response.text.partition('id="workers-error">')[2].partition("</p>")[0]
    assert said.startswith("“王华”没有姓名完全相同的人员")
    assert "王华晶 002X" in said
    assert not [r for r in s.asked if r.method == "POST"]


async def test_of_many_of_one_name_the_whole_name_goes_before_its_beginning():
    two = [a_person(name="王华"), a_person(id=OTHER, name="王华晶")]
    s = place_known(**{"/registry/people": Page(items=two, next=None), RECORDS: made(a_record())})

    await filled(s, "/service-records/new", **{**TYPED, "workers": "王华"})

    assert sent(s.last(RECORDS))["workers"] == [str(PERSON_ID)]
