"""Each person's key: bound to the person, rotated while requests run, destroyed for good; found by any index key."""

import asyncio
import itertools
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from services.contracts.registry import IdType
from services.kernel.crypto import KEY_FILE, Suite, Undecipherable, Vault, load_keys, load_vault
from services.kernel.crypto import vault as reading
from services.kernel.crypto.keyfile import RINGS, new_keys, write_keys
from services.kernel.db import driver_of
from services.kernel.rotation import Refused
from services.registry.keys.checking import fits
from services.registry.keys.erasing import bring_in_step, destroyed, erase_person_key
from services.registry.keys.moving import MOVE_PEOPLE, everybody
from services.registry.keys.opening import Opened, index_rows, open_people, opened
from services.registry.keys.rotating import Rotation
from services.registry.personal import id_blinds, sealed_phone
from tests.registry.factories import STREET, a_point_line, a_worker, an_id_number
from tests.registry.test_imports import counts, points, rows, upload

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("worker")]
LOOK = 0.4
CARD = IdType.RESIDENT_ID_CARD
ROWS = """
select p.id, p.id_number, p.phone, k.wrapped from person p left join person_key k on k.person_id = p.id order by p.id"""


@pytest.fixture
def vault(app, tmp_path: Path, monkeypatch) -> Vault:
    """The app's, from a key file of its own."""
    monkeypatch.setattr(reading, "LOOK_SECONDS", LOOK)
    write_keys(tmp_path / KEY_FILE, new_keys())
    app.state.vault = load_vault(tmp_path)
    return app.state.vault


@pytest.fixture
def rotation(registry, tmp_path: Path, vault: Vault) -> Rotation:
    return Rotation(tmp_path / KEY_FILE, registry, load_vault(tmp_path), lambda said: None, LOOK + 0.1)


@pytest.fixture
async def admin(databases):
    """The superuser, as whoever reads or changes the database behind the application's back."""
    connection = await asyncpg.connect(databases.admin("registry"))
    yield connection
    await connection.close()


def said(n: int) -> Opened:
    return Opened(an_id_number(n), f"139{n:08}")


async def live(db, vault: Vault) -> set[Opened]:
    return set((await open_people(db, vault, [r["id"] for r in await db.fetch("select id from person")])).values())


def opens(vault: Vault, rows) -> int:
    """How many of these rows open."""
    done = 0
    for row in rows:
        try:
            opened(vault, *row)
        except Undecipherable:
            continue
        done += 1
    return done


async def test_all_three_keys_are_rotated_while_requests_run(city, admin, registry, tmp_path, vault, rotation):
    assert counts(await upload(city, *(a_worker(n) for n in range(30)))) == (30, 30, 0, 0)
    await points(city, a_point_line(0))
    before, backup = load_keys(rotation.path), await admin.fetch(ROWS)
    replica, expected, wrong, asked = load_vault(tmp_path), {said(n) for n in range(30)}, [], 0
    added = itertools.count(30)

    async def request(n: int) -> None:
        """By turns: a person opened in either of two replicas, somebody known imported again, somebody new."""
        if n % 20 == 7:
            expected.add(said(k := next(added)))  # somebody may see it before the answer has come
            answer = await upload(city, a_worker(n % 30), a_worker(k))
            if counts(answer) != (2, 1, 0, 1):
                wrong.append(answer)
        elif n % 20 == 13:
            order = {
                "number": f"YS-{n}",
                "name": "站",
                "tier": "street_station",
                "division": STREET,
                "phone": "13900000000",
            }
            order |= {"opened_on": "2026-01-01", "staffing_basis": "none"}
            answer = await city.post("/service-points", json=order, headers={"idempotency-key": str(uuid4())})
            if answer.status_code != 201:
                wrong.append(answer.text)
        else:
            async with everybody(registry) as tx:
                found = await live(await driver_of(tx), (vault, replica)[n % 2])
            if not found or not found <= expected:
                wrong.append(found)

    async def load() -> None:
        nonlocal asked
        running = set()
        while not rotated.done():
            running.add(asyncio.create_task(request(asked)))
            asked += 1
            await asyncio.sleep(0.05)
        for answer in await asyncio.gather(*running, return_exceptions=True):
            if isinstance(answer, BaseException):
                wrong.append(answer)

    async def all_three() -> None:
        await rotation.rotate("data", Suite.SM)
        await rotation.rotate("index", Suite.SM)
        await rotation.rotate("master", Suite.SM)

    rotated = asyncio.create_task(all_three())
    await load()
    await rotated
    for name in ("data", "index", "master"):  # whoever was written in between lies under an old key still
        await rotation.move(name)
    for old in ("d1", "i1", "m1"):
        await rotation.retire(old)

    assert wrong == []
    assert asked > 40
    now = await admin.fetch(ROWS)
    assert await live(admin, load_vault(tmp_path)) == expected
    assert (opens(Vault(before), backup), opens(load_vault(tmp_path), backup)) == (30, 0)
    assert (opens(Vault(before), now), opens(load_vault(tmp_path), now)) == (0, len(expected))
    assert {r[0] for r in await admin.fetch("select distinct key_id from person_index")} == {"i2"}
    assert await admin.fetchval("select count(*) from service_point where sealed_under(phone) <> 'd2'") == 0
    assert counts(await upload(city, *(a_worker(n) for n in range(30)))) == (30, 0, 0, 30)


async def test_a_rotation_that_was_cut_off_goes_on_and_the_old_key_stays_until_then(city, vault, rotation, monkeypatch):
    await upload(city, *(a_worker(n) for n in range(3)))
    rotation.settling = 0.0

    async def dies(*_) -> int:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(MOVE_PEOPLE, "run", dies)
        with pytest.raises(ConnectionError):
            await rotation.rotate("data")
    assert list(load_keys(rotation.path).data.keys) == ["d1", "d2"]
    with pytest.raises(Refused, match="person_key 3 行"):
        await rotation.retire("d1")
    for id in ("d2", "d9"):
        with pytest.raises(Refused):
            await rotation.retire(id)

    await rotation.rotate("data")

    await rotation.retire("d1")
    assert list(load_keys(rotation.path).data.keys) == ["d2"]


PERSON = """
insert into person (id, id_type, id_number, id_masked, name, canonical, related_major, division)
values ($1, 'resident_id_card', '\\x00', '***', '甲', '甲', false, $2)"""


INDEX = "insert into person_index (key_id, blind, person_id) values ($1, $2, $3)"


@pytest.mark.parametrize("step", ["added", "retired"])
async def test_twenty_creations_of_one_person_give_one_whichever_keys_a_replica_knows(registry, admin, step):
    """Two replicas may be one step apart: the new key has come to one of them, or the old one is gone from it."""
    one = new_keys()
    both = one.changed(one.index.with_new(Suite.SM))
    new = both.changed(both.index.writing_with("i2").without("i1"))
    vaults = [Vault(keys) for keys in ((one, both) if step == "added" else (both, new))]

    async def create(vault: Vault) -> bool:
        rows = index_rows(id := uuid4(), id_blinds(vault, CARD, an_id_number(1)))
        db = await registry.connect()
        try:
            async with db.transaction():
                await db.execute("select set_config('shegong.writes', '000000000000999999999999', true), "
                                 "set_config('shegong.reads', '000000000000999999999999', true)")  # fmt: skip
                await db.execute(PERSON, id, STREET)
                await db.executemany(INDEX, [tuple(r.values()) for r in rows])
        except asyncpg.UniqueViolationError:
            return False
        finally:
            await db.close()
        return True

    made = await asyncio.gather(*(create(vaults[n % 2]) for n in range(20)))

    assert sum(made) == 1
    assert await admin.fetchval("select count(*) from person") == 1


SWAPS = {
    "rows": "update person p set id_number = q.id_number from person q where q.id <> p.id",
    "people's keys": "update person_key p set wrapped = q.wrapped from person_key q where q.person_id <> p.person_id",
    "rows and keys": "update person p set id_number = q.id_number from person q where q.id <> p.id; "
    "update person_key p set wrapped = q.wrapped from person_key q where q.person_id <> p.person_id",
    "columns": "update person set id_number = phone, phone = id_number",
}


async def test_a_swapped_ciphertext_is_refused(city, admin, vault):
    await upload(city, a_worker(0), a_worker(1))

    for name, swap in SWAPS.items():
        swapping = admin.transaction()
        await swapping.start()
        await admin.execute(swap)
        assert (name, opens(vault, await admin.fetch(ROWS))) == (name, 0)
        await swapping.rollback()
    assert opens(vault, await admin.fetch(ROWS)) == 2


OLD_PERSON = """
insert into person (id, id_type, id_number, id_index, id_masked, name, canonical, phone, phone_index, phone_masked,
  related_major, division) values ($1, 'resident_id_card', $2, $3, '***', $4, $4, $5, $6, '***', false, $7)"""


async def test_whoever_was_registered_before_is_found_opened_and_given_a_key(city, registry, admin, vault):
    """As the version before writes them: under the data key, and into the column that it knows."""
    for n in range(3):
        id, number = uuid4(), vault.blinds(f"id_number|{CARD}|{an_id_number(n)}")[0].mac
        phone, blind, _ = sealed_phone(vault, "person", id, f"139{n:08}")
        cipher = vault.seal(an_id_number(n), f"person|id_number|{id}")
        await admin.execute(OLD_PERSON, id, cipher, number, f"演示{n}", phone, blind[-32:], STREET)
    assert await live(admin, vault) == {said(n) for n in range(3)}
    before = await upload(city, a_worker(0))
    assert (before.job["new"], before.job["changed"], before.job["conflict"]) == (0, 1, 0), "known, by the trigger"
    assert "手机" not in str(await rows(city, before))

    assert await MOVE_PEOPLE.run(registry, vault) == 3

    assert await live(admin, vault) == {said(n) for n in range(3)}
    assert await admin.fetchval("select count(*) from person_key") == 3
    assert await admin.fetchval("select count(*) from person where sealed_under(id_number) <> 'own-d1'") == 0


async def test_an_erased_person_is_unreadable_live_in_history_and_in_a_restored_backup(city, registry, admin, vault):
    await upload(city, a_worker(0, 姓名="欧阳甲"), a_worker(1, 姓名="欧阳乙"))
    [row] = await admin.fetch("select * from person where name = '欧阳甲'")
    kept = await admin.fetchrow("select * from person_key where person_id = $1", row["id"])
    async with everybody(registry) as tx:
        assert await erase_person_key(tx, row["id"])
        assert not await erase_person_key(tx, uuid4())
        listed = await destroyed(tx)

    async def said_of() -> str:
        tables = ("person", "person_history", "person_key", "person_index", "import_row", "event", "subject")
        return str([await admin.fetch(f"select to_jsonb(t) from {t} t") for t in tables])

    left = await said_of()
    assert (await open_people(admin, vault, [row["id"]]))[row["id"]] == Opened(None, None)
    assert "欧阳甲" not in left
    assert "欧阳乙" in left
    assert an_id_number(0)[-4:] not in left
    assert row["id_number"].hex() not in left
    assert kept["wrapped"].hex() not in left
    assert [d.person_id for d in listed] == [row["id"]]

    await admin.execute("update person set id_number = $2, phone = $3 , phone_index = $4, phone_masked = '***' "
                        "where id = $1", row["id"], row["id_number"], row["phone"], row["phone_index"])  # fmt: skip
    await admin.execute("insert into person_key values ($1, $2, $3, $4)", *kept)
    await admin.execute("delete from destroyed_key")
    assert (await open_people(admin, vault, [row["id"]]))[row["id"]] == said(0), "the control: the backup can be read"

    async with everybody(registry) as tx:
        assert await bring_in_step(tx, listed) == 1
    assert (await open_people(admin, vault, [row["id"]]))[row["id"]] == Opened(None, None)
    assert row["id_number"].hex() not in await said_of()
    assert counts(await upload(city, a_worker(0, 姓名="欧阳甲", 管理号="2023999")))[1] == 1, "somebody new"


async def test_s07_with_the_wrong_keys_it_is_not_ready(city, app, registry, tmp_path, vault):
    await upload(city, a_worker(0))
    await points(city, a_point_line(0))
    right = load_keys(tmp_path / KEY_FILE)
    assert await fits(registry, vault)
    assert (await city.get("/ready")).status_code == 200

    for ring in RINGS:
        app.state.vault, app.state.keys_fit = Vault(right.changed(new_keys().ring(ring))), False
        answer = await city.get("/ready")
        assert (ring, answer.status_code, answer.json()["code"]) == (ring, 503, "wrong_keys")


async def test_nothing_of_keys_is_kept_in_history(city, admin, vault):
    await upload(city, a_worker(0))
    tables = [r[0] for r in await admin.fetch("select tablename from pg_tables where schemaname = 'public'")]

    assert {"person_key", "person_index", "destroyed_key"} <= set(tables)
    assert not {"person_key_history", "person_index_history", "destroyed_key_history"} & set(tables)
    wrapped = (await admin.fetchval("select wrapped from person_key")).hex()
    others = [await admin.fetch(f"select to_jsonb(t) from {t} t") for t in tables if t != "person_key"]
    assert wrapped not in str(others)
