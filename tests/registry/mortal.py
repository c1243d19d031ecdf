"""A worker of the import queue in a process of its own, which ends itself with `kill -9` at a given step."""

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path

from services.kernel import jobs as queue
from services.kernel.settings import FollowerSettings
from services.registry.app import create_app
from services.registry.imports import jobs
from services.registry.imports.work import work
from tests.keys import a_vault, keyring

BEAT = timedelta(seconds=0.5)


def mortal(state: str, n: int) -> None:
    moved, left = jobs.Claim.move, iter(range(n - 1, -1, -1))

    async def move(self, tx, **changes):
        if self.state == state and next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        await moved(self, tx, **changes)

    jobs.Claim.move = move


def main(url: str, state: str, n: int) -> None:
    """Until before the n-th time that a job in this state is moved on."""
    asyncio.run(working(url, state, n))


async def working(url: str, state: str, n: int) -> None:
    queue.HEARTBEAT = BEAT
    mortal(state, n)
    app = create_app(FollowerSettings(keys=Path(), database_url=url, read_url=url), keyring("registry"), a_vault())
    await app.state.database.open()
    await queue.worker(jobs.QUEUE, work, jobs.unfinished)(app)
