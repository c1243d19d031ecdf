"""The whole product, every role in every area at every route, twice: with the application's own filters and with the
database's policies alone. `python -m tests.matrix`, or `make matrix`; it ends with 1 if anything differs.
"""

import asyncio
import sys
import time

from services.kernel import narrowing
from services.kernel.actor import actor_of
from tests.conftest import Databases, prepare
from tests.hostile.houses import HOUSES, SERVICES
from tests.matrix.walk import Result, Walk
from tests.postgres import server


async def walked(databases: Databases, service: str) -> list[tuple[str, Result]]:
    async with HOUSES[service](databases) as house:
        house.app.state.actor_of = actor_of
        walk, found = Walk(house, service), []
        for on in (True, False) if service != "gateway" else (True,):  # the gateway keeps no records of divisions
            await walk.prepared()
            narrowing.on = on
            try:
                found.append(("filters" if on else "policies alone", await walk.checked(walk.cells(whole=True))))
            finally:
                narrowing.on = True
        return found


async def main() -> int:
    databases = Databases(server())
    await prepare(databases)
    wrong = cells = 0
    for service in SERVICES:
        for what, result in await walked(databases, service):
            print(f"{service:13} {what:15} {result.cells:6} cells {len(result.mismatches):4} mismatches")
            print(*(f"  {m}" for m in result.mismatches), sep="\n", end="\n" if result.mismatches else "")
            wrong, cells = wrong + len(result.mismatches), cells + result.cells
    print(f"{cells} cells, {wrong} mismatches, {time.process_time():.0f} s of this process's time")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
