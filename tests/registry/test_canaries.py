"""A few canaries through the import: in no dump, data file, WAL, list or export. `make canaries` takes a thousand."""

import os
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from deploy.local.account import server_account
from deploy.local.binaries import find_binaries
from tests.canaries import CONTROL, Canaries, checkpointed, dump, files, unpacked
from tests.registry.factories import STREET
from tests.registry.test_imports import counts, upload

COUNT = 50
LISTS = ("/people", "/certificates", "/registrations", "/organizations", "/imports")
WAL = "select pg_walfile_name(pg_current_wal_lsn())"


async def told(city, job: str) -> list[bytes]:
    """Every list, in every form, and what the import shows of its rows."""
    paths = [f"{path}{how}" for path in LISTS for how in ("?limit=200", "/export?format=xlsx", "/export?format=csv")]
    paths += [f"/imports/{job}/rows?limit=200", f"/imports/{job}"]
    return [unpacked((await city.get(path)).content) for path in paths]


@pytest.mark.anyio
@pytest.mark.usefixtures("worker")
async def test_canaries_are_found_nowhere_and_the_control_everywhere(databases, city, tmp_path):
    canaries, dsn = Canaries(COUNT), databases.admin("registry")
    admin = await asyncpg.connect(dsn)
    first = await admin.fetchval(WAL)
    organization = {"name": f"演示机构 {CONTROL}", "kind": "other", "division": STREET}
    assert (await city.post("/organizations", json=organization)).status_code == 201

    done = await upload(city, *(canaries.line(n) for n in range(COUNT)))

    assert counts(done)[1] == COUNT
    folder, oid = await checkpointed(dsn)
    last = await admin.fetchval(WAL)
    await admin.close()

    def written() -> Iterator[Path]:
        yield from (folder / "pg_wal" / name for name in os.listdir(folder / "pg_wal") if first <= name <= last)

    binaries = find_binaries(server_account(), tmp_path)
    media = {"dump": dump(binaries, dsn), "lists and exports": await told(city, done.id)}
    if folder.exists():
        media |= {"data files": files((folder / "base" / oid).iterdir()), "WAL": files(written())}
    for medium, pieces in media.items():
        assert (medium, *canaries.found(pieces)) == (medium, set(), True)


def test_the_search_finds_what_is_there():
    """Plain, as bytes are dumped, and in the next piece of a file."""
    canaries = Canaries(3)
    plain, dumped = canaries.number(1).encode(), canaries.phone(2).encode().hex().encode()

    assert canaries.found([b"x" * 100 + plain, b"\\x" + dumped]) == ({canaries.number(1), canaries.phone(2)}, False)
    assert canaries.found([canaries.number(3).encode(), CONTROL.encode()]) == (set(), True)
