"""Beside the requests: makes the tables of coverage if they are missing, then follows the feed of every service.

Coverage's schema belongs to the app's own role, because a rebuild makes a new one and swaps the names (ADR 0002).
"""

import asyncio
import logging
from functools import partial
from pathlib import Path

import asyncpg
from fastapi import FastAPI

from gateway.coverage import fold, rebuild, targets
from gateway.parts import NAMES
from services.contracts.facts import SubjectPage, SubjectState
from services.kernel.app import Task
from services.kernel.client import ServiceClient, http_client
from services.kernel.consumer import PASSING, Connected, Follower
from services.kernel.db import Database
from services.kernel.errors import Unavailable

TARGETS = Path(targets.__file__).with_name("targets.sql")
PATIENCE_SECONDS = 1
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('coverage tables'))"
HAS = "select to_regclass($1) is not null"
FILLED = "select true from feed_cursor where source = 'registry' and followed_at is not null"
log = logging.getLogger("following")


async def prepare(db: asyncpg.Connection) -> None:
    """Whichever replica comes first makes the tables; all load the packs, and say covers anew if defined otherwise."""
    async with db.transaction():
        await db.execute(ONE_AT_A_TIME)
        if not await db.fetchval(HAS, f"{rebuild.LIVE}.fact"):
            await db.execute(
                f"create schema if not exists {rebuild.LIVE}; set local search_path = {rebuild.LIVE}, public"
            )
            await db.execute(rebuild.TABLES)
        if not await db.fetchval(HAS, "policy.target"):
            await db.execute(TARGETS.read_text())
    await targets.load_packs(db)
    async with db.transaction():
        await fold.redefine(db)


async def prepared(database: Database) -> None:
    """For as long as the database is away, try again."""
    while True:
        try:
            async with Connected(database) as db:
                return await prepare(db)
        except PASSING as error:
            log.warning("waiting", extra={"reason": repr(error)})
            await asyncio.sleep(PATIENCE_SECONDS)


async def filled(app: FastAPI) -> None:
    """Once, at the very first start: without the divisions every address of coverage would be unknown."""
    async with app.state.database.hot() as db:
        if not await db.fetchval(HAS, "feed_cursor") or not await db.fetchval(FILLED):
            raise Unavailable("区划数据还在装载，请稍候几秒。", code="filling", retry_after=1)


def following(name: str, address: str) -> Task:
    """For ever. Each feed has a task and a connection of its own, so that no service holds up another."""

    async def follow(app: FastAPI) -> None:
        await prepared(app.state.database)
        async with http_client(address, connections=2) as http:
            await follower(app, name, ServiceClient(NAMES[name], http)).run(app)

    return follow


def follower(app: FastAPI, name: str, feed: ServiceClient) -> Follower[SubjectState]:
    return Follower(
        name, SubjectPage, "/internal/subjects", feed, app.state.keyring, app.state.database,
        fold.folding(name), restarted=partial(fold.forget, service=name),
    )  # fmt: skip
