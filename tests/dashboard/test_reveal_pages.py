"""Personal data in clear on a page: with a purpose, once; and who saw whom."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.contracts.disclosure import Purpose, Revealed, RevealField, RevealOut
from services.kernel.errors import FieldError
from services.kernel.paging import Page
from tests.dashboard.scripted import PERSON_ID, Script, a_person, browser, refused, sent, text_of
from tests.dashboard.test_forms import filled
from tests.dashboard.test_pages import check
from tests.keys import LICHENG

pytestmark = pytest.mark.anyio
PATH = f"/people/{PERSON_ID}/reveal"
ORDER = {"purpose": "contact", "reason": "通知领取证书", "fields": ["phone"]}
REVEAL = f"/registry{PATH}"
SEEN = Revealed(reveal_id=UUID(int=1), person_id=PERSON_ID, phone="13900000001")


async def asked(script: Script, **over):
    client = browser(script)
    return await client.post(PATH, data={**await filled(client, PATH), **ORDER, **over})


async def test_a_number_is_shown_after_its_purpose_was_said():
    script = Script(**{REVEAL: SEEN})
    form = await browser(script).get(PATH)
    assert form.status_code == 200
    check(form)

    response = await asked(script)

    check(response)
    assert sent(script.last(REVEAL)) == ORDER
    assert "手机号 13900000001" in text_of(response.text)
    assert "证件号码" not in text_of(response.text)


@pytest.mark.parametrize("blank", ["purpose", "reason", "fields"])
async def test_without_purpose_reason_or_field_nothing_is_asked(blank):
    script = Script(**{REVEAL: SEEN})

    response = await asked(script, **{blank: [] if blank == "fields" else ""})

    assert response.status_code == 422
    check(response)
    assert not [r for r in script.asked if r.url.path.endswith("/reveal")]


@pytest.mark.parametrize(
    ("status", "code", "errors"),
    [(429, "reveal_quota", []), (422, "invalid", [FieldError(field="reason", code="x", detail="只写事由。")])],
)
async def test_a_refusal_keeps_what_was_typed(status, code, errors):
    response = await asked(Script(**{REVEAL: refused(status, "本小时已查看五十次。", code, errors)}))

    assert response.status_code == status
    check(response)
    assert "通知领取证书" in response.text
    assert ("只写事由。" if errors else "本小时已查看五十次。") in text_of(response.text)


async def test_without_a_fresh_proof_one_is_led_to_it_and_back():
    response = await asked(Script(**{REVEAL: refused(403, "请重新验证身份。", "step_up_required")}))

    assert response.headers["location"].startswith(f"/confirm?next=%2Fpeople%2F{PERSON_ID}%2Freveal")


async def test_the_auditor_reads_who_saw_whom_masked():
    row = RevealOut(
        id=UUID(int=2), at=datetime(2026, 11, 24, 4, tzinfo=UTC), actor="account:x", person_id=a_person().id,
        person_name="张*", id_number="9990**********0021", division=LICHENG, purpose=Purpose.CONTACT,
        reason="通知领取证书", fields=[RevealField.PHONE], disclosure_id=None,
    )  # fmt: skip
    script = Script(**{"/registry/reveals": Page[RevealOut](items=[row], next="more")})

    page = await browser(script).get("/reveals?day=2026-11-24")

    check(page)
    assert "account:x 张* 9990**********0021 手机号 联系本人 通知领取证书" in text_of(page.text)
    assert script.last("/registry/reveals").url.params["day"] == "2026-11-24"
