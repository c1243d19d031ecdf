"""The operator's orders about the key of authenticators, given as the gateway: `./shegong keys …` gives them too.

Of the rings of its key file the gateway uses `data` alone, for the secrets of authenticators. One whose key is gone is
left as it is: it opens nothing, its owner signs in with a recovery code or has it reset.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from functools import partial
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity.factors.rules import place
from services.kernel import rotation
from services.kernel.crypto import KEY_FILE, Ring, Suite, load_vault
from services.kernel.db import Database, run
from services.kernel.rotation import Refused
from services.kernel.settings import DatabaseSettings

RING = "data"
AT_ONCE, ROUNDS = 100, 50
PAUSE_SECONDS = 0.2  # before those are looked for again that somebody had locked
FIRST = UUID(int=0)
SEALED = ("secret", "offered")
# The header of a ciphertext, which is not secret, says under which key it lies.
UNDER = """
case when get_byte({0}, 0) >= 128 then convert_from(substr({0}, 3, get_byte({0}, 1)), 'UTF8')
     else convert_from(substr({0}, 2, get_byte({0}, 0)), 'UTF8') end"""
SECRET, OFFERED = UNDER.format("secret"), UNDER.format("offered")
USES = text(f"""
select {SECRET} as key, 'second_factor.secret' as what, count(*) as rows from second_factor
  where secret is not null group by 1
union all select {OFFERED}, 'second_factor.offered', count(*) from second_factor
  where offered is not null group by 1 order by 1, 2""")
OLD = f"({SECRET} = any(cast(:old as text[])) or {OFFERED} = any(cast(:old as text[])))"
LEFT = text(f"select exists (select from second_factor where {OLD})")
FOUND = text(f"""
select account_id, secret, offered from second_factor where {OLD} and account_id > :after
order by account_id limit :limit for update skip locked""")
WRITE = text("""
update second_factor f set secret = u.secret, offered = u.offered
from unnest(cast(:ids as uuid[]), cast(:secrets as bytea[]), cast(:offereds as bytea[])) u(id, secret, offered)
where f.account_id = u.id""")


async def uses(tx: AsyncSession) -> dict[str, dict[str, int]]:
    """By key id: where, and how many rows."""
    found: dict[str, dict[str, int]] = {}
    for row in (await run(tx, USES, {})).all():
        found.setdefault(row.key, {})[row.what] = row.rows
    return found


class Rotation(rotation.Rotation):
    """People sign in meanwhile: rows that somebody holds are left to the next round."""

    names = {RING: "验证器密钥"}  # noqa: RUF012 - declared in the base class

    async def unfinished(self, name: str) -> bool:
        async with self.database.writing.begin() as tx:
            return bool((await run(tx, LEFT, {"old": self.old()})).scalar_one())

    async def move(self, name: str) -> None:
        done = 0
        for _ in range(ROUNDS):
            done += await self.once()
            if not await self.unfinished(name):
                self.say(f"  second_factor：{done} 行")
                return
            await asyncio.sleep(PAUSE_SECONDS)
        raise Refused("有验证器一直被占用，请稍后再说一遍同样的命令。")

    async def once(self) -> int:
        """One way through, a short transaction for each batch."""
        after, done = FIRST, 0
        while True:
            async with self.database.writing.begin() as tx:
                rows = (await run(tx, FOUND, {"old": self.old(), "after": after, "limit": AT_ONCE})).all()
                if not rows:
                    return done
                columns = {f"{name}s": [self.anew(r.account_id, getattr(r, name)) for r in rows] for name in SEALED}
                await run(tx, WRITE, {"ids": [r.account_id for r in rows], **columns})
            after, done = rows[-1].account_id, done + len(rows)

    def anew(self, account: UUID, sealed: bytes | None) -> bytes | None:
        at = place(account)
        return None if sealed is None else self.vault.seal_bytes(self.vault.open_bytes(sealed, at), at)

    def old(self) -> list[str]:
        ring = self.vault.keys.data
        return [id for id in ring.keys if id != ring.current]

    async def kept_still(self, name: str) -> AsyncIterator[AsyncSession]:
        async with self.database.writing.begin() as tx:
            await run(tx, text("set local lock_timeout = '4s'"), {})
            await run(tx, text("lock table second_factor in share mode"), {})
            yield tx

    async def under(self, tx: AsyncSession, ring: Ring, id: str) -> Mapping[str, int]:
        return (await uses(tx)).get(id, {})

    async def status(self) -> None:
        async with self.database.writing.begin() as tx:
            self.tell_keys(self.read().ring(RING), await uses(tx))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="shegong keys")
    orders = parser.add_subparsers(dest="order", required=True)
    rotate = orders.add_parser("rotate")
    rotate.add_argument("ring", choices=[RING])
    rotate.add_argument("--suite", choices=[suite.value for suite in Suite])
    orders.add_parser("retire").add_argument("id")
    orders.add_parser("status")
    return parser.parse_args()


async def ordered(chosen: argparse.Namespace, opened: Database, settings: DatabaseSettings) -> None:
    keys = Rotation(settings.keys / KEY_FILE, opened, load_vault(settings.keys), lambda said: print(said, flush=True))
    if chosen.order == "rotate":
        await keys.rotate(chosen.ring, Suite(chosen.suite) if chosen.suite else None)
    elif chosen.order == "retire":
        await keys.retire(chosen.id)
    else:
        await keys.status()


def main() -> int:
    chosen = arguments()
    return rotation.carried_out("gateway keys", partial(ordered, chosen), changes=chosen.order != "status")


if __name__ == "__main__":
    sys.exit(main())
