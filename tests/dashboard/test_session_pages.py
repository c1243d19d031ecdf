"""Sessions of training: one of them, and what is sent of its forms; days are read line by line."""

import pytest

from services.kernel.errors import FieldError
from tests.dashboard.buying import filled, made
from tests.dashboard.scripted import (
    an_official,
    browser,
    refused,
    sent,
    text_of,
)
from tests.dashboard.test_pages import check
from tests.dashboard.training import (
    NEW_SESSION,
    NO_ORGANIZATION,
    SESSION_ID,
    SESSION_ORDER,
    a_session,
    script,
)
from tests.keys import JINAN

pytestmark = pytest.mark.anyio


async def test_a_session_shows_its_days_and_who_attended():
    s = script()
    response = await browser(s).get(f"/sessions/{SESSION_ID}?state=organizer_confirmed&attended=here")

    check(response)
    assert dict(s.last("/training/attendances").url.params) == {
        "session_id": str(SESSION_ID), "state": "organizer_confirmed", "limit": "50", "cursor": "here",
    }  # fmt: skip
    text = text_of(response.text)
    assert "2026-11-20 — 180 4.00" in text
    assert "2026-11-21 09:00–12:00 150 3.33" in text
    assert "张* 2026-11-20 180 4.00 历城区 主办方已确认 —" in text
    assert f"/sessions/{SESSION_ID}?state=organizer_confirmed&amp;attended=next-attendances#attended" in response.text
    assert f'name="back" value="/sessions/{SESSION_ID}?state=organizer_confirmed"' in response.text


async def test_a_refusal_keeps_what_was_typed_at_its_field():
    wrong = refused(
        422,
        "第 1 段时间有误。",
        "day_twice",
        [FieldError(field="days.0.day", code="day_twice", detail="这一天填了两次")],
    )
    s = script(**{**NO_ORGANIZATION, "/training/sessions": made(wrong)})

    response = await filled(s, "/sessions/new", **NEW_SESSION)

    assert response.status_code == 422
    check(response)
    assert "这一天填了两次" in response.text.partition('id="days-error">')[2].partition("</p>")[0]
    assert "2026/11/20 180" in response.text


async def test_days_that_cannot_be_read_are_told_by_their_line():
    s = script(**NO_ORGANIZATION)

    response = await filled(s, "/sessions/new", **{**NEW_SESSION, "days": "2026-11-20 180\n二十一日 全天"})

    assert response.status_code == 422
    assert "第 2 行“二十一日 全天”没有看懂" in response.text
    assert not [r for r in s.asked if r.method == "POST"]


async def test_whoever_may_not_read_the_registry_still_registers_a_session_at_home():
    """An organizer of training has no registry: no divisions to choose from, no organizations to find."""
    me = an_official(permissions={p: [JINAN] for p in ("training:read", "training:write")})
    locked = refused(403, "您的角色不能进行这项操作。", "permission_missing")
    s = script(me, **{f"/registry/divisions/{JINAN}": locked, f"/registry/divisions/{JINAN}/children": locked,
                      "/registry/organizations": locked, "/training/sessions": made(a_session())})  # fmt: skip

    response = await filled(s, "/sessions/new", **NEW_SESSION)

    assert response.status_code == 303
    assert sent(s.last("/training/sessions")) == SESSION_ORDER
