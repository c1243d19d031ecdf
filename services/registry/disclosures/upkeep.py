"""Beside the requests: files that nobody fetched go in time."""

import asyncio

from fastapi import FastAPI

from services.kernel.clock import now
from services.kernel.db import everywhere
from services.registry.disclosures.commands import expire

MINUTE = 60.0


async def expire_disclosures(app: FastAPI) -> None:
    while True:
        async with app.state.database.writing.begin() as tx, everywhere(tx, "anybody's file goes in time"):
            await expire(tx, now())
        await asyncio.sleep(MINUTE)
