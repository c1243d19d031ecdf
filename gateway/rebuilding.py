"""All of coverage anew from the services' feeds, beside the live one: `python -m gateway.rebuilding`."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

import asyncpg

from gateway.coverage import fold, rebuild
from gateway.parts import NAMES
from gateway.settings import GatewaySettings
from services.contracts.facts import SubjectPage
from services.kernel.client import ServiceClient, http_client
from services.kernel.consumer import Connected, Follower
from services.kernel.db import Database, database
from services.kernel.key_folder import load_keyring
from services.kernel.keyring import Keyring

AT_ONCE = 5000  # subjects a page


async def rebuild_from_feeds(store: Database, keyring: Keyring, services: Mapping[str, str]) -> None:
    """Readers see the old numbers until all the new ones are there. A service that is away: nothing changes."""
    read = partial(read_to_the_end, store=store, keyring=keyring, services=services)
    async with Connected(store) as db:
        await rebuild.rebuild(db, partial(read, how=rebuild.staging), partial(read, how=fold.folding))


async def read_to_the_end(
    db: asyncpg.Connection,
    *,
    store: Database,
    keyring: Keyring,
    services: Mapping[str, str],
    how: Callable[[str], fold.Apply],
) -> None:
    """Each feed from the cursor that this schema has, as far as it goes now."""
    for name, address in services.items():
        async with http_client(address, connections=1) as http:
            feed = ServiceClient(NAMES[name], http)
            follower = Follower(
                name, SubjectPage, "/internal/subjects", feed, keyring, store, how(name), limit=AT_ONCE
            )  # fmt: skip
            while await follower.step(db, wait=0):
                continue


async def main() -> None:
    settings = GatewaySettings.load()
    store = database(settings, search_path=f"{rebuild.LIVE}, public", scoped=False)
    services = {str(name): address for name, address in settings.services.items()}
    try:
        await rebuild_from_feeds(store, load_keyring(settings.keys, "gateway"), services)
    finally:
        await store.close()
    print("覆盖数据已从各服务重新算出，并已切换。")


if __name__ == "__main__":
    asyncio.run(main())
