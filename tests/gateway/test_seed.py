"""The demo accounts, made once and said again without harm."""

import json
import stat

import pytest

from gateway.identity import seed as seeding
from gateway.identity.seed import ACCOUNTS, SeedSettings, seed
from tests.keys import JINAN, LICHENG
from tests.villages import FILE

pytestmark = pytest.mark.anyio


async def test_demo_accounts_sign_in_and_keep_their_passwords(gateway, databases, tmp_path):
    file = tmp_path / "demo.json"
    file.write_text(json.dumps({"gateway": "http://127.0.0.1:8000"}))
    settings = SeedSettings(**databases.settings("gateway").model_dump(), demo_file=file)

    await seed(settings)
    first = file.read_text()
    await seed(settings)
    demo = json.loads(first)

    assert file.read_text() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert demo["gateway"] == "http://127.0.0.1:8000"
    assert [a["username"] for a in demo["accounts"]] == [a.username for a in ACCOUNTS]
    city = demo["accounts"][0]
    assert (city["roles"], city["scopes"]) == (["viewer", "planner", "reviewer"], [JINAN])
    for account in demo["accounts"]:
        order = {"username": account["username"], "password": account["password"]}
        assert (await gateway.browser().post("/api/v1/auth/login", json=order)).status_code == 200
    form = {
        "grant_type": "client_credentials",
        "client_id": demo["client"]["id"],
        "client_secret": demo["client"]["secret"],
    }
    gateway.app.state.house.machines.secrets = True
    token = (await gateway.browser().post("/api/v1/auth/token", data=form)).json()
    assert token["scope"] == "coverage:read feeds:read registry:read registry:write verify"
    assert len(await gateway.events("AccountCreated")) == len(ACCOUNTS)


async def test_a_lost_file_is_written_anew_with_new_passwords(gateway, databases, tmp_path, monkeypatch):
    monkeypatch.setattr(seeding, "ACCOUNTS", ACCOUNTS[:1])
    file = tmp_path / "demo.json"
    settings = SeedSettings(**databases.settings("gateway").model_dump(), demo_file=file)
    await seed(settings)
    before = json.loads(file.read_text())
    file.unlink()

    await seed(settings)

    after = json.loads(file.read_text())
    [old], [new] = before["accounts"], after["accounts"]
    assert old["password"] != new["password"]
    for account, status in ((old, 401), (new, 200)):
        order = {"username": "city", "password": account["password"]}
        assert (await gateway.browser().post("/api/v1/auth/login", json=order)).status_code == status
    form = {"grant_type": "client_credentials", "client_id": "demo", "client_secret": after["client"]["secret"]}
    for demo, status in ((False, 401), (True, 200)):  # a secret counts in a demo only
        gateway.app.state.house.machines.secrets = demo
        assert (await gateway.browser().post("/api/v1/auth/token", data=form)).status_code == status


def test_the_demo_street_and_village_are_real_and_lie_in_the_district():
    rows = FILE.read_text()
    for code in (seeding.STREET, seeding.VILLAGE):
        assert f"\n{code}," in rows
        assert code.startswith(LICHENG[:6])
    assert seeding.VILLAGE.startswith(seeding.STREET[:9])
