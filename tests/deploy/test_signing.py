"""Signing keys are replaced while requests run; what the old one signed counts until its end and no longer."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from deploy.local import signing
from deploy.local.settings import APPS
from gateway.identity.machines import Machines
from services.kernel import keyring as kernel
from services.kernel.actor import ACTOR, sign_actor
from services.kernel.clock import now
from services.kernel.key_folder import derived, load_keyring
from services.kernel.keyring import BadToken, Keyring
from tests.conftest import client_of
from tests.gateway.inner import an_inner_service
from tests.keys import an_actor

pytestmark = pytest.mark.anyio
READER = an_actor("registry:read")


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    """Processes look a hundred times a second instead of once."""
    monkeypatch.setattr(kernel, "REREAD_SECONDS", 0.01)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    signing.make_signing_keys(tmp_path)
    return tmp_path


def ring(keys: Path, process: str) -> Keyring:
    return load_keyring(keys / process, process)


async def ask(client: httpx.AsyncClient, gateway: Keyring) -> int:
    tokens = {
        "authorization": f"Bearer {gateway.as_service('registry')}",
        ACTOR: sign_actor(gateway, READER, "registry"),
    }
    return (await client.get("/echo/x", headers=tokens)).status_code


async def test_all_keys_are_replaced_while_requests_run_and_none_is_refused(keys):
    app, gateway = an_inner_service(), ring(keys, "gateway")
    app.state.keyring = ring(keys, "registry")
    before, statuses = set(gateway.own_public()), []
    async with client_of(app) as client:
        for _ in range(3):
            rotating = asyncio.create_task(asyncio.to_thread(signing.rotate, keys, APPS, pause=0.1))
            while not rotating.done():
                statuses.append(await ask(client, gateway))
                await asyncio.sleep(0)  # the app called directly never waits
            await rotating
        await asyncio.sleep(0.02)
        statuses.append(await ask(client, gateway))

    assert set(statuses) == {200}
    assert len(statuses) > 20
    assert gateway.keys.kid not in before
    assert app.state.keyring.keys.public.keys() == gateway.keys.public.keys()


async def test_a_machines_token_outlives_the_key_until_its_end(keys, monkeypatch):
    gateway = ring(keys, "gateway")
    machines = Machines(gateway, now)
    token, forms = machines.issue("a", ["verify"]), derived(ring(keys, "dashboard"), "form")

    signing.rotate(keys, ["gateway", "dashboard"], pause=0)
    await asyncio.sleep(0.02)

    assert machines.read(token).client == "a"
    assert len(machines.public_keys()) == 2
    assert all("d" not in key for key in machines.public_keys())
    assert forms[0] in derived(ring(keys, "dashboard"), "form")
    monkeypatch.setattr(kernel, "now", lambda: now() + timedelta(seconds=signing.LIFE))
    assert len(machines.public_keys()) == 1
    with pytest.raises(BadToken) as refusal:
        machines.read(token)
    assert refusal.value.code == "wrong_signer"


async def test_a_key_that_leaked_counts_no_more_at_once(keys):
    gateway, registry = ring(keys, "gateway"), ring(keys, "registry")
    stolen = gateway.as_service("registry")
    assert registry.verify(stolen, kind="service")

    signing.rotate(keys, ["gateway"], at_once=True, pause=0)
    await asyncio.sleep(0.02)

    with pytest.raises(BadToken):
        registry.verify(stolen, kind="service")  # although it was remembered as good
    assert registry.verify(gateway.as_service("registry"), kind="service")
    assert not (keys / "gateway" / signing.PREVIOUS).exists()


async def test_a_rotation_that_was_cut_off_is_finished_by_the_next(keys, monkeypatch):
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for step in ("publish", "_replace"):
        gateway, registry = ring(keys, "gateway"), ring(keys, "registry")
        with monkeypatch.context() as cut:
            cut.setattr(signing, step, die)
            with pytest.raises(KeyboardInterrupt):
                signing.rotate(keys, ["gateway"], pause=0)
        signing.make_signing_keys(keys)  # the next start
        await asyncio.sleep(0.02)
        assert registry.verify(gateway.sign("registry", "x", kind="service"), kind="service")
    signing.rotate(keys, ["gateway"], pause=0)
    assert not (keys / "gateway" / signing.NEXT).exists()


async def test_files_that_do_not_fit_together_leave_the_old_keys_in_force(keys):
    gateway, registry = ring(keys, "gateway"), ring(keys, "registry")
    for text in ("{", json.dumps({"keys": []}), json.dumps({"keys": [{"kid": "a", "x": "!"}]})):
        (keys / "registry" / signing.LISTED).write_text(text)
        await asyncio.sleep(0.02)
        assert registry.verify(gateway.sign("registry", "x", kind="service"), kind="service")


async def test_keys_of_before_key_ids_keep_theirs_until_they_are_replaced(keys):
    """An installation that is brought up to date: tokens that are out name the process as their key."""
    old = [{**e, "kid": e["process"]} for e in signing.listed(keys)]
    for entry in old:
        del entry["process"]
    (keys / "gateway" / signing.LISTED).write_text(json.dumps({"keys": old}))

    signing.make_signing_keys(keys)

    assert ring(keys, "gateway").keys.kid == "gateway"
    signing.rotate(keys, APPS, pause=0)
    assert ring(keys, "registry").keys.public["gateway"].until is not None
    assert len(ring(keys, "gateway").keys.kid) == 43
