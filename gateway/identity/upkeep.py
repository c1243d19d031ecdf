"""Beside the requests: writes when sessions were last used, and removes what has long ended."""

import asyncio
import logging

from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway.identity.house import House
from gateway.identity.rules import FAMILIAR
from services.kernel.db import run

WRITE_SECONDS = 5
CLEAN_SECONDS = 3600
log = logging.getLogger("upkeep")
SEEN = text("""
update session s set seen_at = greatest(s.seen_at, n.at)
from unnest(cast(:ids as uuid[]), cast(:ats as timestamptz[])) n(id, at) where s.id = n.id""")
ENDED = text("delete from session where expires_at < :at")
FINISHED = text("delete from finished_sign_in where until < :at")
USED = text("delete from client_assertion where until < :at")
OLD_TRIES = text("delete from sign_in_try where until < :at and coalesce(succeeded_at, until) < :familiar")

OLD_DEVICES = text("delete from known_device where seen_at < :familiar")


async def keep_house(app: FastAPI) -> None:
    """For ever. What could not be written now is written the next time."""
    house: House = app.state.house
    rounds = 0
    while True:
        try:
            await write_seen(house)
            if rounds % (CLEAN_SECONDS // WRITE_SECONDS) == 0:
                await clean(house)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("waiting", extra={"reason": repr(error)})
        rounds += 1
        await asyncio.sleep(WRITE_SECONDS)


async def write_seen(house: House) -> None:
    noted = dict(house.standings.seen)
    if noted:
        async with house.database.writing.begin() as tx:
            await run(tx, SEEN, {"ids": list(noted), "ats": list(noted.values())})
        for id, at in noted.items():
            if house.standings.seen.get(id) == at:
                del house.standings.seen[id]


async def clean(house: House) -> None:
    at = house.clock()
    async with house.database.writing.begin() as tx:
        await run(tx, ENDED, {"at": at})
        await run(tx, USED, {"at": at})
        await run(tx, FINISHED, {"at": at})
        await run(tx, OLD_TRIES, {"at": at, "familiar": at - FAMILIAR})
        await run(tx, OLD_DEVICES, {"familiar": at - FAMILIAR})
