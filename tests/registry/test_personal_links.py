"""An applicant without an account sees her application by link and code: few may be tried, and nothing is guessed."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from services.contracts.personal_links import ALPHABET, CODE_LENGTH, MOST_FAILURES, opened_by
from services.kernel import clock
from services.registry.personal_links import rules
from tests.conftest import client_of
from tests.keys import LIXIA, signed_by
from tests.registry.applying import Desk
from tests.registry.test_disclosure import events

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)


@pytest.fixture
def desk(app, client, city) -> Desk:
    app.dependency_overrides[clock.now] = lambda: NOW
    return Desk(app, client, city)


async def made(desk: Desk, application: str, **order: object) -> dict:
    answer = await desk.editor.post(f"/registration-applications/{application}/personal-links", json=order)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store"), answer.text
    return answer.json()


async def opened(desk: Desk, link: dict, code: str | None = None) -> httpx.Response:
    """As the gateway asks."""
    token = link["url"].rpartition("/")[2]
    hash, code_hash = hashlib.sha256(token.encode()).hexdigest(), opened_by(token, code or link["code"]).hex()
    gateway = client_of(desk.app, **signed_by("gateway", "registry"))
    return await gateway.post(f"/internal/personal-links/{hash}", json={"code_hash": code_hash})


def test_a_code_is_drawn_from_letters_that_nobody_confuses_and_may_be_typed_as_it_comes():
    codes = {rules.new_code() for _ in range(100)}

    assert len(codes) == 100
    assert all(len(c) == CODE_LENGTH and set(c) <= set(ALPHABET) for c in codes)
    assert not set("01IOL") & set(ALPHABET)
    assert opened_by("t", "k7qx-2m9a ") == opened_by("t", "K7QX2M9A") != opened_by("u", "K7QX2M9A")


async def test_link_and_code_show_the_state_the_open_steps_and_no_personal_data(desk, client):
    id = await desk.brought(await desk.enrolled(7), to="submitted", items=["form", "identity"])
    await desk.does(desk.district, id, "return", reason="演示7：请补交", missing=["capacity"])
    link = await made(desk, id)

    seen = await opened(desk, link)

    assert seen.status_code == 200, seen.text
    shown = seen.json()
    assert (shown["kind"], shown["state"], shown["name"]) == ("initial", "needs_correction", "演*")
    assert {"具有完全民事行为能力的声明", "职业水平证书", "提交"} <= {s["name"] for s in shown["steps"]}
    for hidden in ("演示7", "account:", id, link["code"]):
        assert hidden not in seen.text
    assert [e["body"]["link_id"] for e in await events(client, "PersonalLinkOpened")] == [link["id"]]
    kept = (await desk.editor.get("/personal-links", params={"application_id": id})).json()["items"]
    assert (kept[0]["opened_at"], kept[0]["failures"]) == ("2026-11-24T04:00:00Z", 0)
    assert not {"code", "url"} & kept[0].keys()


async def test_wrong_codes_are_counted_even_at_once_and_shut_it_for_good(desk, client):
    id = (await desk.begun(await desk.enrolled()))["id"]
    link = await made(desk, id)

    wrong = await asyncio.gather(*(opened(desk, link, f"WRONG{n:03}") for n in range(MOST_FAILURES + 2)))
    right = await opened(desk, link)
    never = await opened(desk, {**link, "url": "x/nothing"})

    assert {a.status_code for a in (*wrong, right, never)} == {404}
    assert len({a.json()["detail"] for a in (*wrong, right, never)}) == 1, "nothing tells a link from none"
    [kept] = (await desk.editor.get("/personal-links", params={"application_id": id})).json()["items"]
    assert (kept["failures"], kept["locked"]) == (MOST_FAILURES, True)
    told = [e["body"]["locked"] for e in await events(client, "PersonalLinkRefused")]
    assert sorted(told) == [False] * (MOST_FAILURES - 1) + [True]


async def test_a_link_opens_until_its_last_moment_unless_it_is_withdrawn_or_replaced(desk, client):
    id = (await desk.begun(await desk.enrolled()))["id"]
    first, second = await made(desk, id, days=1), await made(desk, id, days=1)
    third = await made(desk, id, days=1, replace=False)
    elsewhere = client("registry:read", "registry:write", at=LIXIA)
    path = f"/personal-links/{third['id']}/withdraw"

    assert (await opened(desk, first)).status_code == 404, "replaced"
    assert (await elsewhere.post(path)).status_code == 404
    assert (await desk.editor.post(path)).json()["may"] == []
    assert (await desk.editor.post(path)).json()["code"] == "link_already_withdrawn"
    assert (await opened(desk, third)).status_code == 404, "withdrawn"
    end = datetime.fromisoformat(second["expires_at"])
    assert end == datetime(2026, 11, 25, tzinfo=clock.SHANGHAI)
    for at, status in ((end - timedelta(seconds=1), 200), (end, 404)):
        desk.app.dependency_overrides[clock.now] = lambda at=at: at
        assert (await opened(desk, second)).status_code == status


async def test_only_another_process_may_ask_for_what_a_link_shows(desk, client):
    body = {"code_hash": "0" * 64}
    assert (await client_of(desk.app).post(f"/internal/personal-links/{'0' * 64}", json=body)).status_code == 401
    reader = client("registry:read", at=LIXIA)
    assert (await reader.post("/registration-applications/0198f000-0000-7000-8000-000000000000/personal-links",
                              json={})).status_code == 403  # fmt: skip
