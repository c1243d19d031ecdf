"""The key of authenticators is rotated while people sign in: every secret opens, before, meanwhile and after."""

import asyncio
from base64 import b32decode
from uuid import uuid4

import asyncpg
import pytest

from gateway.identity import keys
from gateway.identity.factors import codes
from gateway.identity.factors.rules import place
from gateway.identity.keys import Rotation
from services.kernel.crypto import KEY_FILE, Suite, Undecipherable, Vault, load_keys, load_vault
from services.kernel.crypto import vault as reading
from services.kernel.crypto.keyfile import new_key, new_keys, write_keys
from services.kernel.rotation import Refused

pytestmark = pytest.mark.anyio
ENROLMENT, STEP_UP = "/api/v1/auth/totp/enrolment", "/api/v1/auth/step-up"
LOOK = 0.05


@pytest.fixture
def vault(gateway, tmp_path, monkeypatch) -> Vault:
    """The gateway's, from a key file of its own."""
    monkeypatch.setattr(reading, "LOOK_SECONDS", LOOK)
    write_keys(tmp_path / KEY_FILE, new_keys())
    gateway.app.state.house.vault = load_vault(tmp_path)
    return gateway.app.state.house.vault


@pytest.fixture
def rotation(gateway, vault, tmp_path) -> Rotation:
    database = gateway.app.state.database
    return Rotation(tmp_path / KEY_FILE, database, load_vault(tmp_path), lambda said: None, 6 * LOOK)


async def enrolled(gateway, name: str):
    """Signed in, with an authenticator; and its secret."""
    await gateway.person(name)
    browser = await gateway.signed_in(name)
    secret = (await browser.post(ENROLMENT)).json()["secret"]
    answer = await browser.put(ENROLMENT, json={"code": code_now(gateway, secret)})
    browser.headers["authorization"] = f"Bearer {answer.json()['session']['token']}"
    return browser, secret


def code_now(gateway, secret: str) -> str:
    return codes.code_of(b32decode(secret), int(gateway.clock().timestamp()) // codes.STEP)


async def proves_herself(gateway, browser, secret: str) -> int:
    gateway.clock.forward(seconds=codes.STEP)
    return (await browser.post(STEP_UP, json={"code": code_now(gateway, secret)})).status_code


async def under(gateway) -> dict[str, int]:
    async with gateway.writing() as tx:
        return {key: sum(rows.values()) for key, rows in (await keys.uses(tx)).items()}


async def test_the_key_is_rotated_while_people_sign_in_enrol_and_replace(
    gateway, vault, rotation, tmp_path, monkeypatch
):
    monkeypatch.setattr(keys, "AT_ONCE", 2)
    people = [await enrolled(gateway, f"person-{n}") for n in range(4)]
    house, replicas = gateway.app.state.house, [vault, load_vault(tmp_path)]
    old, backup, asked = load_keys(rotation.path), await sealed(gateway), 0

    rotated = asyncio.create_task(rotation.rotate("data", Suite.SM))
    while not rotated.done():
        house.vault = replicas[asked % 2]
        browser, secret = people[asked % len(people)]
        assert await proves_herself(gateway, browser, secret) == 204
        if asked % 7 == 3:
            assert (await browser.post(ENROLMENT)).status_code == 200, "another one is offered meanwhile"
        if asked == 2:
            people.append(await enrolled(gateway, "newcomer"))
        asked += 1
    await rotated
    await rotation.move("data")  # what was written in between
    await rotation.retire("d1")

    assert asked > 5
    assert list((await under(gateway)).keys()) == ["d2"]
    assert [await proves_herself(gateway, *person) for person in people] == [204] * 5
    assert opens(load_vault(tmp_path), backup) == 0
    assert opens(Vault(old), backup) == 4
    assert opens(Vault(old), await sealed(gateway)) == 0


async def sealed(gateway) -> list[asyncpg.Record]:
    return await gateway.fetch("select account_id, secret from second_factor")


def opens(vault: Vault, rows: list[asyncpg.Record]) -> int:
    done = 0
    for row in rows:
        try:
            vault.open_bytes(row["secret"], place(row["account_id"]))
        except Undecipherable:
            continue
        done += 1
    return done


async def test_a_rotation_that_was_cut_off_goes_on_and_its_key_stays_until_then(gateway, vault, rotation, monkeypatch):
    for n in range(3):
        await enrolled(gateway, f"person-{n}")
    monkeypatch.setattr(keys, "AT_ONCE", 2)
    anew, moved = Rotation.anew, []

    def dies(self, account, sealed):
        moved.append(account)
        if len(moved) > 4:  # two of three, with both of their columns
            raise ConnectionError
        return anew(self, account, sealed)

    with monkeypatch.context() as broken:
        broken.setattr(Rotation, "anew", dies)
        with pytest.raises(ConnectionError):
            await rotation.rotate("data")
    assert await under(gateway) == {"d1": 1, "d2": 2}
    for id, why in (("d1", "second_factor.secret 1 行"), ("d2", "现用"), ("d9", "没有 d9")):
        with pytest.raises(Refused, match=why):
            await rotation.retire(id)

    await rotation.rotate("data")
    await rotation.retire("d1")

    assert list(load_keys(rotation.path).data.keys) == ["d2"], "no third key was made"


async def test_somebody_who_is_just_signing_in_is_left_to_the_next_round(gateway, rotation, monkeypatch):
    """And holds up nobody else's."""
    people = [await enrolled(gateway, name) for name in ("first", "second")]
    monkeypatch.setattr(keys, "PAUSE_SECONDS", 0.01)
    async with gateway.writing() as tx:
        held = "select 1 from second_factor order by account_id limit 1 for update"
        await (await tx.connection()).exec_driver_sql(held)
        moving = asyncio.create_task(rotation.rotate("data"))
        while await under(gateway) != {"d1": 1, "d2": 1}:
            assert not moving.done()
            await asyncio.sleep(0.01)
    await moving

    assert await under(gateway) == {"d2": 2}
    assert [await proves_herself(gateway, *person) for person in people] == [204, 204]


async def test_what_nothing_opens_any_more_stays_and_is_told(gateway, vault, rotation, tmp_path):
    """The key file was lost and made anew: its owner has recovery codes, or has it reset."""
    await enrolled(gateway, "official")
    gone = new_key("data", "d9", Suite.AES).seal(b"x", place(uuid4()))
    db = await gateway.app.state.database.connect()
    await db.execute("update second_factor set secret = $1", gone)
    await db.close()
    said: list[str] = []
    rotation.say = said.append

    await rotation.rotate("data")
    await rotation.status()

    assert said[-1] == "验证器密钥 d9（不在密钥文件中）：second_factor.secret 1"
