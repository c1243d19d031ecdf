"""The demo accounts and the demo client: `python -m gateway.identity.seed`. Said again without harm.

Passwords are random, made once, and kept in the demo file; a password that somebody has changed since is left alone.
"""

import asyncio
import json
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity import commands, queries
from gateway.identity.factors.codes import readable
from gateway.identity.models import Account
from gateway.identity.passwords import Hashing
from gateway.identity.profiles import PROFILES, ProfileName, WeakPassword, check_password
from services.contracts.divisions import NATION, subtree
from services.kernel import clock
from services.kernel.actor import Actor
from services.kernel.db import database
from services.kernel.settings import DatabaseSettings

JINAN, LICHENG = "370100000000", "370112000000"
STREET, VILLAGE = "370112001000", "370112001001"  # 山大路街道，甸柳社区
REASON = "演示账号"
SEED = Actor(
    id="seed", name="演示数据", kind="service",
    may={permission: (subtree(NATION),) for permission in ("accounts:write", "grants:write")},
)  # fmt: skip


class Demo(NamedTuple):
    username: str
    name: str
    roles: tuple[str, ...]
    division: str = LICHENG


ACCOUNTS = (
    Demo("city", "济南市民政局（演示）", ("viewer", "planner", "reviewer"), JINAN),
    Demo("district", "历城区民政局（演示）", ("viewer", "editor", "reviewer")),
    Demo("street", "山大路街道（演示）", ("viewer", "editor"), STREET),
    Demo("village", "甸柳社区（演示）", ("viewer", "editor"), VILLAGE),
    Demo("buyer", "历城区采购经办（演示）", ("buyer",)),
    Demo("payer", "历城区付款审批（演示）", ("payer",)),
    Demo("organizer", "历城区培训组织（演示）", ("organizer",)),
    Demo("system_admin", "系统管理员（演示）", ("system_admin",), JINAN),
    Demo("audit_admin", "审计管理员（演示）", ("audit_admin",), JINAN),
    Demo("security_admin", "安全管理员甲（演示）", ("security_admin",), JINAN),
    Demo("security_admin_2", "安全管理员乙（演示）", ("security_admin",), JINAN),
)
CLIENT = "demo"
SCOPES = ("registry:read", "registry:write", "coverage:read", "feeds:read", "verify")


class SeedSettings(DatabaseSettings):
    demo_file: Path


def a_password() -> str:
    """Easy to read out, 79 bits; drawn again where chance makes what the strictest profile refuses."""
    while True:
        made = readable()
        with suppress(WeakPassword):
            check_password(PROFILES[ProfileName.GOV_L3], made, "")
            return made


async def seed(settings: SeedSettings) -> None:
    store, hashing = database(settings), Hashing()
    kept = read(settings.demo_file)
    try:
        async with store.writing.begin() as tx:
            accounts = [await one_account(tx, hashing, demo, kept) for demo in ACCOUNTS]
            client = await the_client(tx, kept)
        write(settings.demo_file, {**kept, "accounts": accounts, "client": client})
    finally:
        await store.close()


async def one_account(tx: AsyncSession, hashing: Hashing, demo: Demo, kept: dict[str, JsonValue]) -> JsonValue:
    known = known_passwords(kept).get(demo.username)
    password, found = known or a_password(), await queries.account_named(tx, demo.username)
    if found is None:
        await make(tx, demo, await hashing.hash(password))
    elif known is None:  # the file was lost, or never written
        hash = await hashing.hash(password)
        await commands.set_password(tx, SEED, found[0].id, hash, clock.now(), session=None)
    return {
        "name": demo.name,
        "roles": list(demo.roles),
        "scopes": [demo.division],
        "username": demo.username,
        "password": password,
    }


async def make(tx: AsyncSession, demo: Demo, hash: str) -> Account:
    account = await commands.create_account(
        tx, SEED, username=demo.username, name=demo.name, hash=hash, at=clock.now(), must_change=False
    )
    for role in demo.roles:
        await commands.grant_role(
            tx, SEED, account.id, role=role, divisions=[demo.division], start=clock.today(), reason=REASON
        )
    return account


async def the_client(tx: AsyncSession, kept: dict[str, JsonValue]) -> JsonValue:
    before = kept.get("client")
    known = before.get("secret") if isinstance(before, dict) else None
    secret = known if isinstance(known, str) else secrets.token_urlsafe(32)
    found = await queries.client_named(tx, CLIENT)
    if found is None:
        await commands.create_client(
            tx, SEED, id=CLIENT, name="演示对接系统", secret=secret, scopes=SCOPES, divisions=[JINAN]
        )
    elif known is None:
        await commands.renew_secret(tx, SEED, CLIENT, secret)
    return {"id": CLIENT, "secret": secret}


def known_passwords(kept: dict[str, JsonValue]) -> dict[str, str]:
    listed = kept.get("accounts")
    rows = [a for a in listed if isinstance(a, dict)] if isinstance(listed, list) else []
    return {str(a["username"]): str(a["password"]) for a in rows if "username" in a and "password" in a}


def read(file: Path) -> dict[str, JsonValue]:
    if not file.exists():
        return {}
    kept: dict[str, JsonValue] = json.loads(file.read_text())
    return kept


def write(file: Path, content: dict[str, JsonValue]) -> None:
    """Whole or not at all, readable by its owner only."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with os.fdopen(handle, "w") as new:
        json.dump(content, new, ensure_ascii=False, indent=1)
        new.flush()
        os.fsync(new.fileno())
    Path(name).replace(file)


if __name__ == "__main__":
    asyncio.run(seed(SeedSettings.load()))
