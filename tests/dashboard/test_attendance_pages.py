"""Attendances are entered, from a list of people or from a pasted sheet, and decided on; days as they are written."""

from datetime import date, timedelta
from uuid import UUID

import httpx
import pytest

from services.contracts.registry import PersonOut
from services.contracts.training import ApprovedAttendances, EnteredAttendances
from services.dashboard import session_days
from services.dashboard.attending import of_sheet
from services.kernel.errors import FieldError
from services.kernel.paging import Page
from tests.dashboard.buying import filled
from tests.dashboard.scripted import (
    LICHENG,
    PERSON_ID,
    Answer,
    Script,
    a_person,
    browser,
    hidden,
    refused,
    sent,
    silent,
    text_of,
)
from tests.dashboard.test_pages import check
from tests.dashboard.training import ATTENDANCE, ATTENDANCE_ID, SESSION, SESSION_ID, a_session, script

pytestmark = pytest.mark.anyio
HERE, PEOPLE, ENTER = f"/sessions/{SESSION_ID}/attend", "/registry/people", f"{SESSION}/attendances"
OTHER = UUID("0198f000-0000-7000-8000-000000000031")
TICK = {f"p.{PERSON_ID}": "true"}
USUAL = {"state": "organizer_confirmed", "day": "2026-11-20", "minutes": "", "reason": "", "evidence": "", "lines": ""}


def entered(**over: object) -> EnteredAttendances:
    known = {"session_id": SESSION_ID, "rows": 1, "new": 1, "unchanged": 0, "warned": 0, "warnings": []}
    return EnteredAttendances.model_validate({**known, **over})


async def entering(s: Script, **typed: str) -> httpx.Response:
    client = browser(s)
    page = (await client.get(HERE)).text
    return await client.post(HERE, data={**{n: hidden(page, n) for n in ("_form", "key")}, **USUAL, **typed})


# ── whom to choose from ──────────────────────────────────────────────────────────────────────────────────────────────
async def test_one_chooses_among_the_people_of_where_it_was_held():
    s = script()
    check(await browser(s).get(HERE))
    assert dict(s.last(PEOPLE).url.params) == {"division": LICHENG, "limit": "100"}

    response = await browser(s).get(f"{HERE}?q=张三&cursor=here")
    assert dict(s.last(PEOPLE).url.params) == {"q": "张三", "limit": "100", "cursor": "here"}
    assert f'name="p.{PERSON_ID}"' in response.text
    assert 'name="cursor" value="here"' in response.text


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (refused(422, "请至少输入姓名中的两个字再查询。", "search_too_short"), 200, "请至少输入姓名中的两个字再查询"),
        (refused(403, "您的角色不能进行这项操作。"), 200, "您的角色不能查看登记信息"),
        (silent, 200, "没有应答"),
        (Page[PersonOut](items=[], next=None), 200, "没有找到人员"),
    ],
)
async def test_a_search_that_finds_nobody_leaves_the_list_to_paste(answer: Answer, status: int, said: str):
    response = await browser(script(**{PEOPLE: answer})).get(f"{HERE}?q=张")

    assert response.status_code == status
    check(response)
    assert said in text_of(response.text)
    assert 'name="lines"' in response.text


async def test_attendances_are_entered_of_a_session_that_was_held():
    planned = script(**{SESSION: a_session(state="planned", may=["update", "hold"])})

    assert (await browser(planned).get(HERE)).status_code == 403


async def test_a_search_that_no_page_would_send_is_none():
    s = script(**{ENTER: entered()})

    response = await entering(s, **TICK, division="三七零", q="\x00", cursor="x" * 501)

    assert response.status_code == 200
    check(response)


# ── what is sent ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("typed", "order"),
    [
        ({}, {"rows": [{"person_id": str(PERSON_ID), "day": "2026-11-20", "minutes": None}],
              "state": "organizer_confirmed"}),
        ({"minutes": "90", "reason": "补登", "evidence": "证书1", "state": "claimed"},
         {"rows": [{"person_id": str(PERSON_ID), "day": "2026-11-20", "minutes": 90}], "state": "claimed",
          "reason": "补登", "evidence": "证书1"}),
        ({"day": ""}, {"rows": [{"person_id": str(PERSON_ID), "day": day, "minutes": None}
                                for day in ("2026-11-20", "2026-11-21")], "state": "organizer_confirmed"}),
    ],
)  # fmt: skip
async def test_whoever_is_ticked_is_entered(typed: dict[str, str], order: dict[str, object]):
    s = script(
        **{ENTER: entered(warned=1, warnings=[{"row": 0, "field": "capacity", "detail": "参训 41 人，超过 40 人。"}])}
    )

    response = await entering(s, **{**TICK, **typed})

    check(response)
    assert sent(s.last(ENTER)) == order
    assert s.last(ENTER).headers["idempotency-key"]
    text = text_of(response.text)
    assert "新登记 1 条，原已登记 0 条。" in text
    assert "参训 41 人，超过 40 人。" in text
    assert " checked" not in response.text


def by_name(request: httpx.Request) -> httpx.Response:
    people = [a_person(name="张三"), a_person(name="李四", id=OTHER, id_number="3701**********1234")]
    found = [p for p in people if p.name == request.url.params.get("q", p.name)]
    body = Page[PersonOut](items=found, next=None).model_dump_json()
    return httpx.Response(200, text=body, headers={"content-type": "application/json"})


async def test_a_list_is_pasted_and_nobody_is_entered_twice():
    s = script(**{PEOPLE: by_name, ENTER: entered(rows=2, new=2)})

    await entering(s, **{**TICK, "lines": "1\t张三\n2\t李四\t370102199001011234\t某单位"})

    rows = sent(s.last(ENTER))["rows"]
    assert [row["person_id"] for row in rows] == [str(PERSON_ID), str(OTHER)]  # type: ignore[attr-defined]


async def test_lines_that_name_nobody_are_told_by_their_number_and_nothing_is_sent():
    s = script(**{PEOPLE: by_name})

    response = await entering(s, lines="张三\n王五")

    assert response.status_code == 422
    check(response)
    error = response.text.partition('id="lines-error">')[2].partition("</p>")[0]
    assert error.startswith("第 2 行“王五”：没有找到这位人员")
    assert "张三\n王五</textarea>" in response.text
    assert not [r for r in s.asked if r.method == "POST"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "请勾选参训人员，或粘贴名单"),
        ({**TICK, "minutes": "九十"}, "应为阿拉伯数字的整数"),
        ({**TICK, "minutes": "0"}, "参训分钟数"),
        ({**TICK, "day": "昨天"}, "日期"),
        ({"p.not-an-id": "true"}, "请勾选参训人员，或粘贴名单"),
        ({"lines": "甲乙\n" * 51}, "一次最多填写 50 行"),
    ],
)
async def test_what_cannot_be_meant_is_refused_before_it_is_sent(typed: dict[str, str], said: str):
    s = script()

    response = await entering(s, **typed)

    assert response.status_code == 422
    check(response)
    assert said in text_of(response.text)
    assert not [r for r in s.asked if r.method == "POST"]


async def test_more_than_can_be_entered_at_once_is_said():
    day = {"starts_at": None, "ends_at": None, "minutes": 180, "class_hours": "4.00"}
    long = a_session(days=[{**day, "day": date(2026, 9, 1) + timedelta(days=n)} for n in range(60)])
    s = script(**{SESSION: long, ENTER: entered()})

    response = await entering(s, day="", **{f"p.{UUID(int=n)}": "true" for n in range(90)})

    assert response.status_code == 422
    check(response)
    assert "5000" in response.text.partition('id="people-error">')[2].partition("</p>")[0]
    assert not [r for r in s.asked if r.method == "POST"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (silent, "没有应答"),
        (refused(422, "请至少输入姓名中的两个字再查询。", "search_too_short"), "第 1 行“张”：请至少输入姓名中的两个字"),
    ],
)
async def test_a_list_is_kept_when_nobody_can_be_looked_up(answer: Answer, said: str):
    s = script(**{PEOPLE: answer, ENTER: entered()})

    response = await entering(s, lines="张")

    assert response.status_code == 422
    check(response)
    assert said in response.text
    assert "张</textarea>" in response.text
    assert not [r for r in s.asked if r.method == "POST"]


async def test_something_else_after_an_answer_that_was_lost_says_what_to_look_at_first():
    s = script(**{ENTER: refused(422, "这个 Idempotency-Key 已用于另一项提交。", "idempotency_key_reused")})

    response = await entering(s, **TICK)

    assert response.status_code == 409
    assert "刚才的提交可能已经保存" in text_of(response.text)
    assert "Idempotency-Key" not in response.text


async def test_a_refused_row_is_told_by_the_name_and_all_stays_ticked():
    wrong = [FieldError(field="minutes", code="entered_otherwise", detail="当天已登记 60 分钟", row=n) for n in (1, 2)]
    s = script(**{PEOPLE: by_name, ENTER: refused(409, "共 2 行，有 2 行有误。", "rows_conflict", wrong)})

    response = await entering(s, **{f"p.{OTHER}": "true", "lines": "张三"})

    assert response.status_code == 422
    check(response)
    text = text_of(response.text)
    assert "2 处有误，全部没有登记，请改正后重新提交。" in text
    assert "李四：当天已登记 60 分钟" in text
    assert "第 1 行：当天已登记 60 分钟" in text
    assert f'name="p.{OTHER}" value="true" checked' in response.text


async def test_an_answer_that_was_lost_may_be_asked_for_again_under_the_same_key():
    s = script(**{ENTER: silent})
    first = await entering(s, **TICK)
    key = s.last(ENTER).headers["idempotency-key"]

    assert first.status_code == 503
    check(first)
    assert f'name="key" value="{key}"' in first.text


# ── decisions ────────────────────────────────────────────────────────────────────────────────────────────────────────
async def test_all_of_a_session_is_approved_at_once():
    done = ApprovedAttendances(session_id=SESSION_ID, approved=12, left=3)
    s = script(**{f"{ENTER}/approve": done})

    response = await filled(s, f"/sessions/{SESSION_ID}/approve")

    assert response.headers["location"] == f"/sessions/{SESSION_ID}?done=all&approved=12&left=3"
    assert s.last(f"{ENTER}/approve").headers["idempotency-key"]
    page = text_of((await browser(s).get(response.headers["location"])).text)
    assert "已审核 12 条参训。另有 3 条由您登记或不在您的管辖范围内，由人员所在地的其他人员审核。" in page


async def test_a_refused_approval_is_said_on_its_form():
    s = script(**{f"{ENTER}/approve": refused(409, "培训已取消。", "illegal_transition")})

    response = await filled(s, f"/sessions/{SESSION_ID}/approve")

    assert response.status_code == 409
    check(response)
    assert "培训已取消。" in response.text


@pytest.mark.parametrize(
    ("back", "where"),
    [
        (f"/sessions/{SESSION_ID}", f"/sessions/{SESSION_ID}?done=approve"),
        ("/attendances?state=claimed", "/attendances?state=claimed&done=approve"),
        ("//elsewhere.example/", f"/attendances/{ATTENDANCE_ID}?done=approve"),
    ],
)
async def test_a_button_in_a_list_comes_back_to_it_and_leads_nowhere_else(back: str, where: str):
    s = script(**{f"{ATTENDANCE}/approve": httpx.Response(200, json={})})

    response = await filled(s, f"/attendances/{ATTENDANCE_ID}/approve", back=back)

    assert (response.status_code, response.headers["location"]) == (303, where)


async def test_a_refused_button_still_knows_where_it_came_from():
    back = "/attendances?state=claimed"
    s = script(**{f"{ATTENDANCE}/approve": refused(409, "培训已取消。", "illegal_transition")})

    response = await filled(s, f"/attendances/{ATTENDANCE_ID}/approve", back=back)

    assert hidden(response.text, "back") == back


async def test_one_of_the_other_side_is_told_whose_it_is():
    s = script(
        **{f"{ATTENDANCE}/reject": refused(403, "这项操作由人员所在地的经办人员办理，请联系当地。", "not_your_side")}
    )

    response = await filled(s, f"/attendances/{ATTENDANCE_ID}/reject", reason="未到场")

    assert response.status_code == 403
    check(response)
    assert "请联系当地" in response.text
    assert "未到场" in response.text


@pytest.mark.parametrize("name", ["key", "version", "division", "back", "on", "state"])
@pytest.mark.parametrize("value", ["二", "\x00", "9" * 400])
async def test_a_field_that_no_page_would_send_makes_no_bug(name: str, value: str):
    s = script(**{f"{ATTENDANCE}/reject": httpx.Response(200, json={})})
    for path in (
        "/bases/new",
        "/sessions/new",
        f"/attendances/{ATTENDANCE_ID}/reject",
        f"/sessions/{SESSION_ID}/update",
    ):
        response = await filled(s, path, **{"reason": "未到场", name: value})

        assert response.status_code in (303, 404, 422), path


# ── days and lines as they are written ───────────────────────────────────────────────────────────────────────────────
def test_days_are_read_and_written_again_as_they_were():
    text = "2026-11-20 180\n2026-11-21 09:00-12:00 150\n2026-11-22 20:00-24:00"
    days = session_days.read(text)

    assert days == [
        {"day": "2026-11-20", "minutes": 180},
        {"starts_at": "2026-11-21T01:00:00+00:00", "ends_at": "2026-11-21T04:00:00+00:00", "minutes": 150},
        {"starts_at": "2026-11-22T12:00:00+00:00", "ends_at": "2026-11-22T16:00:00+00:00"},
    ]
    record = [
        {"day": "2026-11-20", "starts_at": None, "ends_at": None, "minutes": 180},
        {"day": "2026-11-21", **{k: days[1][k] for k in ("starts_at", "ends_at")}, "minutes": 150},
        {"day": "2026-11-22", **days[2], "minutes": 240},
    ]
    assert session_days.written(record) == text


@pytest.mark.parametrize("line", ["2026年11月20日 180分钟", "2026/11/20　180", "2026.11.20\t１８０"])
def test_days_may_be_written_as_people_write_them(line: str):
    assert session_days.read(line) == [{"day": "2026-11-20", "minutes": 180}]


@pytest.mark.parametrize(
    "line", ["2026-02-30 180", "2026-11-20", "2026-11-20 25:00-26:00", "2026-11-20 09:60-10:00",
             "9999-12-31 01:00-24:00", "2026-11-20 12345678901234567890", "二〇二六年", "\x00"]
)  # fmt: skip
def test_a_day_that_is_none_is_told_by_its_line(line: str):
    with pytest.raises(ValueError, match="第 2 行"):
        session_days.read(f"2026-11-20 180\n{line}")


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("张三", "张三"), ("张三 002x", "张三 002X"), ("3\t张三\t37010219900101002X\t某中心", "张三 002X"),
        ("张三，3701**********1234", "张三 1234"), ("阿依古丽·买买提", "阿依古丽·买买提"), ("张三 某中心", "张三"),
    ],
)  # fmt: skip
def test_a_row_of_a_sheet_is_a_name_and_the_end_of_a_number(line: str, meant: str):
    assert of_sheet(line) == meant
