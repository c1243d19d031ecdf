"""The public page of an application: a form for any address, the state for link and code, and no hint for a guesser."""

import pytest

from services.contracts.personal_links import opened_by
from services.registry.verification.tokens import new_token, token_hash
from tests.gateway.conftest import a_gateway
from tests.gateway.register import APPLICATION, CODE, a_register
from tests.running import serving

pytestmark = pytest.mark.anyio
HERE = "/api/v1/applications"
PAGE = {"accept": "text/html"}


@pytest.fixture(scope="module")
async def register():
    app = a_register()
    async with serving(app) as address:
        app.state.address = address
        yield app


@pytest.fixture
async def gateway(databases, register):
    async for made in a_gateway(databases, services={"registry": register.state.address}):
        yield made


async def test_the_address_asks_for_the_code_whatever_it_is_and_asks_nobody(gateway, register):
    register.state.tried = []
    pages = [await gateway.browser().get(f"{HERE}/{token}") for token in (APPLICATION, "x", new_token())]

    assert {(p.status_code, p.text) for p in pages} == {(200, pages[0].text)}
    assert register.state.tried == []
    assert '<label for="code">' in pages[0].text
    assert "script" not in pages[0].text
    assert "form-action 'self'" in pages[0].headers["content-security-policy"]
    assert pages[0].headers["cache-control"] == "no-store"


async def test_link_and_code_show_state_steps_and_deadline_in_words(gateway):
    browser = gateway.browser()

    page = await browser.post(f"{HERE}/{APPLICATION}", data={"code": f" {CODE.lower()} "}, headers=PAGE)
    answer = await browser.post(f"{HERE}/{APPLICATION}", data={"code": CODE})

    for shown in ("待审核", "再登记", "演*", "社会工作师", "2026-11-20", "2027-01-04", "区县初审：等待区县"):
        assert shown in page.text, shown
    assert (answer.status_code, answer.json()["state"], answer.json()["name"]) == (200, "submitted", "演*")
    assert {a.headers["cache-control"] for a in (page, answer)} == {"no-store"}


async def test_a_wrong_code_and_a_link_that_is_none_look_alike_and_the_register_sees_hashes_only(gateway, register):
    browser, register.state.tried = gateway.browser(), []
    tries = [(APPLICATION, "WRONGONE"), (new_token(), CODE), ("x" * 3000, ""), ("%00", "演示"), (APPLICATION, "")]

    answers = [await browser.post(f"{HERE}/{token}", data={"code": code}) for token, code in tries]
    page = await browser.post(f"{HERE}/{APPLICATION}", data={"code": "WRONGONE"}, headers=PAGE)

    assert len({str({**a.json(), "request_id": ""}) for a in answers}) == 1
    assert {(a.status_code, a.json()["code"]) for a in answers} == {(404, "no_such_link")}
    assert (page.status_code, "没有打开" in page.text, "WRONGONE" in page.text) == (404, True, False)
    assert len(register.state.tried) == len(tries) + 1
    assert register.state.tried[0] == (token_hash(APPLICATION).hex(), opened_by(APPLICATION, "WRONGONE").hex())


async def test_a_guesser_is_slowed_down_and_a_register_that_is_away_is_said_to_be(databases, register):
    services = {"registry": register.state.address}
    async for gateway in a_gateway(databases, services=services, anonymous_per_second=1, anonymous_burst=2):
        found = [(await gateway.browser().post(f"{HERE}/{n}", data={"code": "X"})).status_code for n in range(3)]
        page = await gateway.browser().get(f"{HERE}/{APPLICATION}")
        assert (found, page.status_code, "暂时无法查询" in page.text) == ([404, 404, 429], 429, True)
    async for gateway in a_gateway(databases, services={"registry": "http://127.0.0.1:9"}):
        page = await gateway.browser().post(f"{HERE}/{APPLICATION}", data={"code": CODE}, headers=PAGE)
        assert (page.status_code, "暂时无法查询" in page.text) == (503, True)
