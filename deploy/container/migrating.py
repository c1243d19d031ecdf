"""Owns the one-shot job before everything else: roles, databases, migrations, divisions, and for a demo the accounts.

Said again, or by two at once, without harm; the version now live may be at work meanwhile.
"""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import asyncpg

from deploy.container.place import Place
from deploy.container.waiting import reached, wait_until
from deploy.local import migrations, say, seeds
from deploy.local.databases import owner, prepare_databases, reader, versions
from deploy.local.errors import CannotRun
from deploy.local.psql import SUPERUSER
from deploy.local.settings import ROOT

PATIENCE = 300.0  # seconds; a database that recovers from a crash may take minutes
ONE_AT_A_TIME = "SELECT pg_advisory_lock(hashtext('shegong migrations'))"
LETTERS = "SELECT cardinality(show_trgm('社会工作者'))"


def migrate(place: Place) -> None:
    place.check(place.keys)
    asyncio.run(_migrate(place, _passwords(place)))
    if place.demo:
        say.accounts(_demo_file(place))


def owner_url(place: Place, database: str) -> str:
    """As the owner of a database, whose password lies nowhere else."""
    return place.url(owner(database), _passwords(place)[owner(database)], database)


def _passwords(place: Place) -> dict[str, str]:
    known: dict[str, str] = json.loads((place.keys / "passwords.json").read_text(encoding="utf-8"))
    return known


async def _migrate(place: Place, passwords: dict[str, str]) -> None:
    dsn = place.url(SUPERUSER, passwords[SUPERUSER], "postgres")
    await wait_until(lambda: _answers(dsn), " PostgreSQL ", patience=PATIENCE)
    lock = await asyncpg.connect(dsn)
    try:
        await lock.execute(ONE_AT_A_TIME)
        await prepare_databases(dsn, passwords)
        await _check_letters(place.url(SUPERUSER, passwords[SUPERUSER], "registry"))
        for name, version in (await versions(dsn)).items():
            if not reached(version, name):
                say.step(f"更新数据库 {name}")
                await asyncio.to_thread(migrations.upgrade, name, owner_url(place, name))
        for seed in (seeds.DIVISIONS, seeds.ACCOUNTS) if place.demo else (seeds.DIVISIONS,):
            say.step(f"写入{seed.what}")
            await asyncio.to_thread(_sow, place, seed, passwords)
    finally:
        await lock.close()


async def _answers(dsn: str) -> bool:
    try:
        await (await asyncpg.connect(dsn, timeout=5)).close()
    except asyncpg.InvalidPasswordError:
        raise CannotRun("数据库不认这个密码：密钥与数据不是一套。请恢复与数据一起备份的密钥。") from None
    return True


async def _check_letters(dsn: str) -> None:
    """With LC_CTYPE=C no Chinese character is a letter, and search silently finds nothing."""
    connection = await asyncpg.connect(dsn)
    try:
        if await connection.fetchval(LETTERS) == 0:
            raise CannotRun("这个 PostgreSQL 不认识汉字，搜索会失效。请用 compose.yaml 里的 initdb 参数重建它。")
    finally:
        await connection.close()


def _sow(place: Place, seed: seeds.Seed, passwords: dict[str, str]) -> None:
    name, reading = seed.process, reader(seed.process)
    env = {
        **os.environ,
        "SHEGONG_KEYS": str(place.keys),
        "SHEGONG_DATABASE_URL": place.url(name, passwords[name], name),
        "SHEGONG_READ_URL": place.url(reading, passwords[reading], name),
        "SHEGONG_DEMO_FILE": str(_demo_file(place)),
    }
    if subprocess.run([sys.executable, *seed.command], env=env, cwd=ROOT, check=False).returncode != 0:
        raise CannotRun(f"初始数据未能写入（{' '.join(seed.command)}），原因见上。")


def _demo_file(place: Place) -> Path:
    return place.keys / "demo.json"
