"""The second step of signing in, proving oneself again, and one's own account."""

from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from services.contracts import identity
from services.kernel.errors import FieldError
from tests.dashboard.scripted import TOKEN, Script, an_official, browser, refused, sent, text_of
from tests.dashboard.test_forms import GOOD, filled, signing_in
from tests.dashboard.test_pages import check

pytestmark = pytest.mark.anyio
AT = datetime(2026, 11, 24, 4, tzinfo=UTC)
WHOLE = identity.Session(token="opaque-whole-session", expires_at=AT, device="device-of-this-browser")
OFFER = identity.Enrolment(secret="JBSWY3DPEHPK3PXP", uri="otpauth://totp/shegong:district?secret=JBSWY3DPEHPK3PXP")
OTHER = UUID("0198f000-0000-7000-8000-0000000000aa")


def half(due: str, token: str = TOKEN) -> identity.Session:
    return identity.Session(token=token, expires_at=AT, second_factor=due)


def waiting(due: str) -> Script:
    return Script(**{"/auth/login": half(due), "/auth/me": an_official().model_copy(update={"second_factor": due})})


def own_factor(**over) -> identity.SecondFactor:
    return identity.SecondFactor(**{"enrolled_at": None, "required": True, "recovery_codes_left": 0, **over})


@pytest.mark.parametrize(("due", "page"), [("code", "/login/code?next=%2Fpeople"), ("enrol", "/second-factor")])
async def test_half_signed_in_one_is_led_on_and_cannot_go_elsewhere(due, page):
    script = waiting(due)

    client, response = await signing_in(script, next="/people")
    elsewhere = await client.get("/people")

    assert response.headers["location"] == page
    assert (elsewhere.status_code, elsewhere.headers["location"]) == (303, page.partition("?")[0])
    assert not [r for r in script.asked if "registry" in r.url.path]


async def test_the_second_step_changes_the_session_and_goes_where_one_wanted():
    script = waiting("code")
    script.answers["/auth/totp"] = WHOLE
    client, _ = await signing_in(script, next="/people")
    page = await client.get("/login/code?next=/people")
    check(page)

    response = await client.post(
        "/login/code", data={**await filled(client, "/login/code?next=/people"), "code": " 123 456 "}
    )

    assert (response.status_code, response.headers["location"]) == (303, "/people")
    assert sent(script.last("/auth/totp")) == {"code": "123 456"}
    assert any(WHOLE.token in c for c in response.headers.get_list("set-cookie"))


@pytest.mark.parametrize(("status", "code"), [(401, "wrong_code"), (429, "too_many_tries")])
async def test_a_wrong_code_is_said_at_its_field_and_does_not_sign_out(status, code):
    script = waiting("code")
    script.answers["/auth/totp"] = refused(status, "验证码不对，请重试。", code)
    client, _ = await signing_in(script)

    response = await client.post("/login/code", data={**await filled(client, "/login/code"), "code": "000000"})

    assert response.status_code == status
    check(response)
    assert "验证码不对，请重试。" in text_of(response.text)


async def test_a_session_that_ended_meanwhile_leads_back_to_the_sign_in():
    script = waiting("code")
    script.answers["/auth/totp"] = refused(401, "登录已失效，请重新登录。", "signed_out")
    client, _ = await signing_in(script)

    response = await client.post("/login/code", data={**await filled(client, "/login/code"), "code": "000000"})

    assert (response.status_code, response.headers["location"]) == (303, "/login?next=/login/code")


async def test_something_that_weighs_leads_to_the_proof_and_back():
    script = Script(**{"/registry/people": refused(403, "请重新验证身份。", "step_up_required")})
    client = browser(script)

    response = await client.get("/people?q=%E5%BC%A0%E4%B8%89")

    assert response.headers["location"] == "/confirm?next=%2Fpeople%3Fq%3D%25E5%25BC%25A0%25E4%25B8%2589"
    script.answers["/auth/step-up"] = httpx.Response(204)
    page = response.headers["location"]
    check(await client.get(page))
    back = await client.post("/confirm", data={**await filled(client, page), "proof": GOOD["password"]})
    assert (back.status_code, back.headers["location"]) == (303, "/people?q=%E5%BC%A0%E4%B8%89")
    assert sent(script.last("/auth/step-up")) == {"password": GOOD["password"]}


async def test_whoever_has_an_authenticator_proves_herself_by_its_code():
    wrong = refused(422, "不对。", "not_proved", [FieldError(field="code", code="not_proved", detail="验证码不对。")])
    me = an_official().model_copy(update={"step_up": "code"})
    script = Script(**{"/auth/me": me, "/auth/step-up": wrong})
    client = browser(script)

    response = await client.post("/confirm", data={**await filled(client, "/confirm"), "proof": "123456"})

    assert response.status_code == 422
    check(response)
    assert sent(script.last("/auth/step-up")) == {"code": "123456"}
    assert "验证码不对。" in response.text.partition('id="proof-error">')[2].partition("</p>")[0]


async def test_the_proof_leads_to_no_other_site():
    script = Script(**{"/auth/step-up": httpx.Response(204)})
    client = browser(script)

    response = await client.post("/confirm", data={**await filled(client, "/confirm"), "proof": "x", "next": "//evil"})

    assert response.headers["location"] == "/"


async def test_the_secret_is_shown_until_the_first_right_code_then_the_recovery_codes():
    wrong = refused(422, "不对。", "wrong_code", [FieldError(field="code", code="wrong_code", detail="验证码不对。")])
    done = identity.Enrolled(recovery_codes=["k3xa-7hpz-tu6k-9wqe"], session=WHOLE)
    answers = [wrong, httpx.Response(200, text=done.model_dump_json(), headers={"content-type": "application/json"})]
    offer = httpx.Response(200, text=OFFER.model_dump_json(), headers={"content-type": "application/json"})
    script = Script(**{
        "/auth/totp": own_factor(),
        "/auth/totp/enrolment": lambda request: offer if request.method == "POST" else answers.pop(0),
    })  # fmt: skip
    client = browser(script)
    token = await filled(client, "/second-factor")

    shown = await client.post("/second-factor", data=token)
    typed = {**token, "secret": OFFER.secret, "uri": OFFER.uri, "code": "000000"}
    again = await client.post("/second-factor/first-code", data=typed)
    enrolled = await client.post("/second-factor/first-code", data=typed)

    for page in (shown, again):
        check(page)
        assert OFFER.secret in text_of(page.text)
        assert 'src="data:image/svg+xml' in page.text
    assert (again.status_code, "验证码不对。" in text_of(again.text)) == (422, True)
    check(enrolled)
    assert "k3xa-7hpz-tu6k-9wqe" in text_of(enrolled.text)
    assert any(WHOLE.token in c for c in enrolled.headers.get_list("set-cookie"))


async def test_the_account_page_lists_where_one_is_signed_in_and_ends_it():
    here, there = (
        identity.SessionOut(id=id, created_at=AT, seen_at=AT, expires_at=AT, network="192.0.2.7", current=current)
        for id, current in ((UUID(int=1), True), (OTHER, False))
    )
    script = Script(**{
        "/auth/sessions": identity.SessionList(items=[here, there]),
        "/auth/totp": own_factor(enrolled_at=AT, recovery_codes_left=7),
        f"/auth/sessions/{OTHER}": httpx.Response(204),
    })  # fmt: skip
    client = browser(script)

    page = await client.get("/account")
    ended = await client.post(f"/account/sessions/{OTHER}/end", data=await filled(client, "/account"))

    check(page)
    assert "还有 7 个恢复码没有用过" in text_of(page.text)
    assert page.text.count("/end") == 1
    assert (ended.status_code, ended.headers["location"]) == (303, "/account#sessions")
    assert script.last(f"/auth/sessions/{OTHER}").method == "DELETE"
