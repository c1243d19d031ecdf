"""Where nobody can sign in yet, the operator makes the first account."""

import pytest

from gateway.identity.first import FirstSettings, open_account
from services.kernel.errors import Conflict, Unprocessable

pytestmark = pytest.mark.anyio
ZHANG = {"username": "zhang", "name": "张安全", "role": "security_admin", "division": "370100000000"}


@pytest.fixture
def settings(databases) -> FirstSettings:
    return FirstSettings(database_url=databases.url("gateway"), read_url=databases.reader("gateway"))


async def test_an_account_is_made_once_and_its_password_must_be_changed(gateway, settings):
    password = await open_account(settings, **ZHANG)
    with pytest.raises(Conflict):
        await open_account(settings, **ZHANG)

    order = {"username": "zhang", "password": password}
    assert (await gateway.browser().post("/api/v1/auth/login", json=order)).status_code == 200
    async with gateway.app.state.database.hot() as db:
        assert await db.fetchval("select must_change_password from account where username = 'zhang'") is True


async def test_a_wrong_division_is_a_sentence_and_nothing_is_made(gateway, settings):
    with pytest.raises(Unprocessable):
        await open_account(settings, **ZHANG | {"division": "37010"})
    async with gateway.app.state.database.hot() as db:
        assert await db.fetchval("select count(*) from account where username = 'zhang'") == 0
