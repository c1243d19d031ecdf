"""Beside the requests: what has been kept long enough goes."""

import asyncio

from fastapi import FastAPI

from services.kernel.clock import now
from services.kernel.db import everywhere
from services.registry.retention.commands import purge

HOUR = 3600.0


async def purge_old(app: FastAPI) -> None:
    while True:
        await asyncio.sleep(HOUR)
        gone = 1
        while gone:
            async with app.state.database.writing.begin() as tx, everywhere(tx, "everybody's records grow old"):
                gone = await purge(tx, now())
