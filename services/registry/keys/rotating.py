"""The rings of the registry, rotated while requests run: what moves to a new key, and what may not lose its old one."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel import rotation
from services.kernel.crypto import Ring
from services.kernel.db import run
from services.kernel.rotation import Refused
from services.registry.keys.counting import lock_writers, unindexed, uses
from services.registry.keys.moving import PASSES, Busy, everybody

FORGET = text("""
delete from person_index where (key_id, blind) in (
  select key_id, blind from person_index where key_id <> all(cast(:known as text[])) limit 2000)""")


class Rotation(rotation.Rotation):
    """Of index keys the rows go too, when no process writes them any more."""

    names = {"data": "数据密钥", "index": "索引密钥", "master": "主密钥"}  # noqa: RUF012 - declared in the base class

    async def unfinished(self, name: str) -> bool:
        return any([await p.remains(self.database, self.vault) for p in PASSES[name]])

    async def move(self, name: str) -> None:
        for p in PASSES[name]:
            try:
                done = await p.run(self.database, self.vault)
            except Busy as busy:
                raise Refused(f"{busy} 中有数据正被占用（可能有导入在进行），请稍后再说一遍同样的命令。") from busy
            self.say(f"  {p.name}：{done} 行")

    async def kept_still(self, name: str) -> AsyncIterator[AsyncSession]:
        async with everybody(self.database) as tx:
            await lock_writers(tx, name)
            yield tx

    async def under(self, tx: AsyncSession, ring: Ring, id: str) -> Mapping[str, int]:
        """Index rows would not be lost, if the current key has one for everybody."""
        left = (await uses(tx, ring.name)).get(id, {})
        if ring.name != "index":
            return left
        missing = await unindexed(tx, ring.current)
        kept = {what: rows for what, rows in left.items() if what != "person_index"}
        return {**kept, "person": missing} if missing else kept

    async def retire(self, id: str) -> None:
        of_index = id in self.read().index.keys
        await super().retire(id)
        if of_index:
            await self.forget()

    async def unknown(self, id: str) -> None:
        """Cut off between the file and the rows?"""
        if not await self.forget():
            await super().unknown(id)
        self.say(f"{self.names['index']} {id} 已停用，它的索引已删除。")

    async def forget(self) -> int:
        """The index rows of keys that are gone, once no process writes them any more."""
        await asyncio.sleep(self.settling)
        done = 0
        while True:
            async with everybody(self.database) as tx:
                found = await run(tx, FORGET, {"known": list(self.vault.keys.index.keys)})
            if not found.rowcount:
                return done
            done += found.rowcount
