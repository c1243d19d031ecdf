"""Certificates and terms of registration: gaps, what ends them, and the proofs that are given of them."""

import httpx
import pytest

from services.contracts.grounds import GroundOut
from services.contracts.registration_terms import GapOut, TermAsKnown
from services.contracts.verification import ProofMade
from services.contracts.working_days import HolidayOut
from services.dashboard.grounds import API as GROUNDS
from services.kernel.paging import Page
from tests.dashboard.buying import filled
from tests.dashboard.registering import (
    AMNESTIES,
    CERTIFICATE,
    CERTIFICATE_ID,
    EARLIER_ID,
    EDITOR,
    HOLIDAYS,
    PROOF_ID,
    PROOFS,
    REGISTRATION,
    REGISTRATION_ID,
    REVIEWER,
    TERMS,
    VIEWER,
    a_holiday,
    a_proof,
    a_registration,
    a_term,
    an_amnesty,
    certificate,
    script,
    terms,
)
from tests.dashboard.scripted import LICHENG, PERSON_ID, Answer, Html, browser, refused, sent, silent, text_of
from tests.dashboard.test_pages import check
from tests.keys import JINAN

pytestmark = pytest.mark.anyio
HERE, PAPER = f"/registrations/{REGISTRATION_ID}", f"/certificates/{CERTIFICATE_ID}"
GAP = "中断 2024-04-01 2024-04-30 没有登记 两期之间断开 30 天"
URL = "https://x.example/api/v1/verify/abcDEF123"


async def test_a_gap_between_terms_is_seen_from_the_certificate_and_from_the_term():
    for path in (HERE, PAPER):
        response = await browser(script(VIEWER)).get(path)

        page = check(response)
        assert GAP in text_of(response.text)
        assert f"/registrations/{EARLIER_ID}" in {a.get("href") for a in page.all("a")}
    assert "第 2 期（本期） 2024-05-01 2027-04-30 有效" in text_of((await browser(script(VIEWER)).get(HERE)).text)


async def test_gaps_are_listed_and_a_day_is_looked_at_as_it_was_known():
    gap = GapOut.model_validate({
        "person_id": PERSON_ID, "person_name": "张*", "registration_id": EARLIER_ID, "end": "2024-05-01", "days": 30,
        "next_registration_id": REGISTRATION_ID, "start": "2024-04-01", "division": LICHENG,
    })  # fmt: skip
    then = TermAsKnown.model_validate({"registration_id": REGISTRATION_ID, "on": "2024-06-01", "known": "2024-05-15",
                                       "state": None, "start": None, "end": None, "ground": None})  # fmt: skip
    listing, standing = "/registry/registrations/gaps", f"{REGISTRATION}/standing"
    s = script(VIEWER, **{listing: Page[GapOut](items=[gap], next=None), standing: then})

    listed = await browser(s).get("/registrations/gaps?from=2024-01-01")
    record = await browser(s).get(f"{HERE}?on=2024-06-01&known=2024-05-15")

    assert "张* 止于 2024-03-31 2024-05-01 起 2024-04-01 至 2024-04-30 30" in text_of(check(listed) and listed.text)
    assert dict(s.last(listing).url.params) == {"from": "2024-01-01", "limit": "50"}
    assert "2024-06-01，按 2024-05-15 当日结束时所知的：当时还不知道这项登记" in text_of(check(record) and record.text)
    assert dict(s.last(standing).url.params) == {"on": "2024-06-01", "known": "2024-05-15"}


async def test_buttons_follow_what_may_be_done():
    all_of_it = {
        a.get("href") for path in (HERE, PAPER) for a in Html((await browser(script(EDITOR)).get(path)).text).all("a")
    }
    bare = script(VIEWER, **{REGISTRATION: a_registration(may=[]), CERTIFICATE: certificate(may=[])})
    none = {a.get("href") or "" for path in (HERE, PAPER) for a in Html((await browser(bare).get(path)).text).all("a")}

    verbs = {f"{HERE}/prove", f"{HERE}/revoke", f"{PAPER}/void", f"{HERE}/proofs/{PROOF_ID}/withdraw"}
    assert verbs <= all_of_it
    assert not (verbs - {f"{HERE}/proofs/{PROOF_ID}/withdraw"}) & none
    for path in (f"{HERE}/prove", f"{HERE}/revoke", f"{PAPER}/void"):
        assert (await browser(bare).get(path)).status_code == 403


async def test_parts_that_are_away_cost_their_panels_only():
    response = await browser(script(VIEWER, **{TERMS: silent, PROOFS: silent})).get(HERE)

    assert response.status_code == 200
    check(response)
    assert response.text.count("没有应答") == 2


@pytest.mark.parametrize(
    ("page", "verb", "address", "typed", "answer"),
    [(HERE, "revoke", f"{REGISTRATION}/revoke", {"ground": "obtained_by_fraud", "reason": "查实"}, a_term()),
     (PAPER, "void", f"{CERTIFICATE}/void",
      {"void_on": "2026-11-01", "document": "鲁人考〔2026〕1号", "ground": "certificate_revoked"}, terms())],
)  # fmt: skip
async def test_the_city_ends_it_with_a_reason(
    page: str, verb: str, address: str, typed: dict[str, str], answer: Answer
):
    s = script(REVIEWER, **{address: answer})
    assert "不能恢复" in (await browser(s).get(f"{page}/{verb}")).text

    missing = await filled(s, f"{page}/{verb}", **dict.fromkeys(typed, ""))
    response = await filled(s, f"{page}/{verb}", **typed)

    assert missing.status_code == 422
    assert response.headers["location"] == f"{page}?done={verb}"
    assert sent(s.last(address)) == typed
    assert s.last(address).headers["idempotency-key"]


def a_ground(**over: object) -> GroundOut:
    known = {"division": JINAN, "decision": "revocation", "code": "barred", "text": "被行业禁入", "legal_basis": None,
             "begins": "2026-01-01", "ends": None, "unsure": False, "in_force": True}  # fmt: skip
    return GroundOut.model_validate({**known, **over})


async def test_reg_17_the_form_offers_the_grounds_of_today_and_an_old_one_keeps_its_name():
    old = a_ground(code="retired", text="旧事由", in_force=False)
    ended = type(terms())(items=[a_term(state="revoked", ground="retired", granted_until="2027-05-01")])
    s = script(REVIEWER, **{GROUNDS: Page[GroundOut](items=[a_ground(), old], next=None), TERMS: ended})

    form = (await browser(s).get(f"{HERE}/revoke")).text
    record = text_of((await browser(s).get(HERE)).text)

    offered = [a.get("value") for a in Html(form).all("option")]
    assert offered == ["", "barred"]
    assert "旧事由" in record
    asked = [dict(r.url.params) for r in s.asked if r.url.path.endswith(GROUNDS)]
    assert asked[0].items() >= {"division": LICHENG, "decision": "revocation"}.items()


async def test_whoever_has_not_just_proved_herself_is_led_to_it():
    s = script(REVIEWER, **{f"{REGISTRATION}/revoke": refused(403, "请再次验证身份。", "step_up_required")})

    response = await filled(s, f"{HERE}/revoke", ground="voluntary", reason="查实")

    assert response.status_code == 303
    assert response.headers["location"].startswith("/confirm")


# ── proofs ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def a_made(**over: object) -> ProofMade:
    return ProofMade.model_validate({**a_proof(kind="link").model_dump(), **over})


async def test_a_link_is_shown_once_with_its_picture():
    s = script(EDITOR, **{f"{REGISTRATION}/proofs": a_made(url=URL)})

    response = await filled(s, f"{HERE}/prove", kind="link", replace="true")

    page = check(response)
    assert response.status_code == 200
    assert URL in response.text
    [picture] = page.all("img")
    assert (picture["src"] or "").startswith("data:image/svg+xml")
    assert sent(s.last(f"{REGISTRATION}/proofs")) == {"kind": "link", "replace": True}


async def test_a_paper_and_a_credential_are_files():
    pdf = httpx.Response(200, content=b"%PDF-1.7", headers={"content-type": "application/pdf"})
    s = script(EDITOR, **{f"{REGISTRATION}/extract": pdf, f"{REGISTRATION}/proofs": a_made(credential="a.b.c~")})

    paper = await filled(s, f"{HERE}/prove", kind="extract")
    credential = await filled(s, f"{HERE}/prove", kind="credential")

    assert (paper.content, paper.headers["content-type"]) == (b"%PDF-1.7", "application/pdf")
    assert sent(s.last(f"{REGISTRATION}/extract")) == {"replace": False}
    assert credential.text == "a.b.c~"
    assert "attachment" in credential.headers["content-disposition"]
    assert {paper.headers["cache-control"], credential.headers["cache-control"]} == {"no-store"}


async def test_what_is_not_in_force_is_not_proved_and_the_form_says_so():
    over = refused(409, "此登记的状态是“已过期”，不能出具登记证明。", "registration_not_in_force")
    s = script(EDITOR, **{f"{REGISTRATION}/extract": over})

    refusal = await filled(s, f"{HERE}/prove", kind="extract")
    nothing = await filled(s, f"{HERE}/prove", kind="")

    assert [refusal.status_code, nothing.status_code] == [409, 422]
    assert "不能出具登记证明" in text_of(check(refusal) and refusal.text)


async def test_a_proof_is_withdrawn_after_a_question():
    s = script(EDITOR, **{f"/registry/proofs/{PROOF_ID}/withdraw": a_proof(may=[])})
    asked = await browser(s).get(f"{HERE}/proofs/{PROOF_ID}/withdraw")
    assert "登记证明（PDF）" in text_of(check(asked) and asked.text)

    response = await filled(s, f"{HERE}/proofs/{PROOF_ID}/withdraw")

    assert response.headers["location"] == f"{HERE}?done=withdraw"
    assert (await browser(s).get(f"{HERE}/proofs/{EARLIER_ID}/withdraw")).status_code == 404


# ── holidays, amnesties ──────────────────────────────────────────────────────────────────────────────────────────────
def spring() -> list[HolidayOut]:
    return [a_holiday(), *(a_holiday(on=f"2026-02-{d}", name="春节") for d in (16, 17, 18)),
            a_holiday(on="2026-02-28", kind="workday", name="春节补班")]  # fmt: skip


async def test_id_09_a_year_shows_its_days_and_who_entered_them_an_empty_one_what_to_do():
    s = script(REVIEWER, **{HOLIDAYS: Page[HolidayOut](items=spring(), next=None)})

    table = text_of(check(r := await browser(s).get("/holidays?year=2026")) and r.text)
    empty = await browser(script(VIEWER)).get("/holidays?year=2027")

    assert "2026-01-01 星期四 放假 元旦" in table
    assert "本人，2025-11-04" in table
    assert s.last(HOLIDAYS).url.params["year"] == "2026"
    assert "没有 2027 年的放假安排" in text_of(check(empty) and empty.text)
    assert "/holidays/new" not in empty.text


async def test_a_year_is_entered_whole_beginning_with_what_there_is():
    answers = Page[HolidayOut](items=spring(), next=None)
    s = script(REVIEWER, **{HOLIDAYS: answers})
    form = (await browser(s).get("/holidays/new?year=2026")).text
    assert "2026-01-01 放假 元旦\n2026-02-16 至 2026-02-18 放假 春节\n2026-02-28 补班 春节补班</textarea>" in form

    response = await filled(
        s, "/holidays/new?year=2026", year="2026", division=JINAN, source="通知",
        days="2026-01-01\t放假\t元旦\n2026-02-16 至 2026-02-17 放假 春节",
    )  # fmt: skip

    assert response.headers["location"] == "/holidays?year=2026&done=new", response.text
    assert sent(s.last(HOLIDAYS)) == {
        "year": 2026, "division": JINAN, "source": "通知",
        "days": [{"on": "2026-01-01", "kind": "holiday", "name": "元旦"},
                 {"on": "2026-02-16", "kind": "holiday", "name": "春节"},
                 {"on": "2026-02-17", "kind": "holiday", "name": "春节"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    "line",
    ["元旦放假", "2026-02-30 放假 春节", "2026-02-17 至 2026-02-16 放假 春节", "2026-01-01 至 2027-01-01 放假 x"],
)
async def test_a_line_that_is_no_day_is_told_by_its_number(line: str):
    response = await filled(
        script(REVIEWER), "/holidays/new?year=2026", year="2026", division=JINAN, source="通知",
        days=f"2026-01-01 放假 元旦\n{line}",
    )  # fmt: skip

    assert response.status_code == 422
    assert "第 2 行" in response.text.partition('id="days-error">')[2].partition("</p>")[0]
    assert line in response.text.partition("<textarea")[2]


async def test_reg_20_windows_of_amnesty_are_listed_and_opened():
    s = script(REVIEWER)
    listed = await browser(s).get("/amnesty-windows")
    assert "补办通知 首次登记 2026-03-01 至 2026-05-31 不限 " in text_of(check(listed) and listed.text)
    typed = {"kind": "initial", "first_on": "2026-12-01", "last_on": "2026-12-31", "source": "通知"}
    s.answers[AMNESTIES] = an_amnesty()

    response = await filled(s, "/amnesty-windows/new", **typed)
    s.answers[AMNESTIES] = refused(422, "截止日期早于起始日期，请核对。", "window_backwards")
    backwards = await filled(s, "/amnesty-windows/new", **typed)

    assert response.headers["location"] == f"/amnesty-windows/{PROOF_ID}?done=new"
    assert sent(s.last(AMNESTIES)) == {**typed, "division": JINAN}
    assert "截止日期早于" in backwards.text.partition('id="last_on-error">')[2].partition("</p>")[0]
    assert (await browser(script(EDITOR)).get("/amnesty-windows/new")).status_code == 403


async def test_reg_20_a_window_of_amnesty_ends_early():
    one = f"{AMNESTIES}/{PROOF_ID}"
    s = script(REVIEWER, **{one: an_amnesty(may=["close"]), f"{one}/close": an_amnesty()})
    here = f"/amnesty-windows/{PROOF_ID}"
    assert f'href="{here}/close"' in (await browser(s).get(here)).text

    response = await filled(s, f"{here}/close", last_on="2026-04-30")

    assert response.headers["location"] == f"{here}?done=close"
    assert sent(s.last(f"{one}/close")) == {"last_on": "2026-04-30"}


async def test_reg_17_the_list_of_grounds_is_read_added_to_and_ended():
    s = script(REVIEWER, **{GROUNDS: Page[GroundOut](items=[a_ground(unsure=True)], next=None)})
    listed = await browser(s).get("/registration-grounds?decision=revocation")
    links = {a.get("href") or "" for a in check(listed).all("a")}
    assert "被行业禁入barred 撤销登记 — 待确认 2026-01-01 至 今 济南市 在用" in text_of(listed.text)
    s.answers[f"{GROUNDS}/end"] = s.answers[GROUNDS]
    which = {"decision": "revocation", "code": "barred"}

    changed = await filled(
        s, next(h for h in links if "/new?" in h), **which, text="新文字", legal_basis="", begins="2027-01-01"
    )
    ended = await filled(s, next(h for h in links if "/end?" in h), **which, ends="2027-01-01")

    assert changed.headers["location"] == "/registration-grounds?done=new", changed.text
    assert ended.headers["location"] == "/registration-grounds?done=end"
    assert sent(s.last(GROUNDS)) == {
        **which, "text": "新文字", "begins": "2027-01-01", "unsure": False, "division": JINAN
    }  # fmt: skip
    assert sent(s.last(f"{GROUNDS}/end")) == {**which, "ends": "2027-01-01", "division": JINAN}
    assert (await browser(s).get("/registration-grounds/nothing")).status_code == 404
    assert (await browser(script(EDITOR)).get("/registration-grounds/new")).status_code == 403
