"""Beside the requests: whoever asked to be deleted, and whom the law has kept until now, is erased."""

import asyncio

from fastapi import FastAPI

from services.kernel.clock import today
from services.kernel.db import everywhere
from services.registry.rights.commands import erase_due

HOUR = 3600.0


async def erase_restricted(app: FastAPI) -> None:
    while True:
        await asyncio.sleep(HOUR)
        erased = 1
        while erased:
            async with (
                app.state.database.writing.begin() as tx,
                everywhere(tx, "whoever asked for it, wherever they count"),
            ):
                erased = await erase_due(tx, today())
