"""Rotation, step by step, while requests run: a new key is known to every process before anything is written with it.

Each step looks at what is there already, so an order that was cut off is said again and goes on where it was.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel.crypto import Keys, Ring, Suite, Vault, load_keys
from services.kernel.crypto.keyfile import RINGS, write_keys
from services.kernel.db import Database, run
from services.kernel.errors import Conflict, Unavailable
from services.kernel.problems import of_database
from services.registry.keys.counting import lock_writers, unindexed, uses
from services.registry.keys.moving import PASSES, Busy, everybody

SETTLING_SECONDS = 3.0  # every process looks at the file once a second, and what it has begun with a key it writes
FORGET = text("""
delete from person_index where (key_id, blind) in (
  select key_id, blind from person_index where key_id <> all(cast(:known as text[])) limit 2000)""")
NAMES = {"data": "数据密钥", "index": "索引密钥", "master": "主密钥"}


class Refused(Exception):
    """The order cannot be carried out; says why and what to do."""


@dataclass
class Rotation:
    """The key file and the database of one installation, and how to say what is being done."""

    path: Path
    database: Database
    vault: Vault
    say: Callable[[str], None]
    settling: float = SETTLING_SECONDS

    async def rotate(self, name: str, suite: Suite | None = None) -> None:
        ring = self.read().ring(name)
        if ring.newest is ring.writing and not await self.unfinished(name):
            ring = ring.with_new(suite or ring.writing.suite)
            await self.write(ring)
            self.say(f"{NAMES[name]}：已加入 {ring.newest.id}（{ring.newest.suite}），等待各进程读取。")
        else:
            self.say(f"{NAMES[name]}：接着完成到 {ring.newest.id} 的轮换。")
        if ring.newest is not ring.writing:
            await asyncio.sleep(self.settling)
            ring = ring.writing_with(ring.newest.id)
            await self.write(ring)
            self.say(f"{NAMES[name]}：{ring.current} 已启用。")
            await asyncio.sleep(self.settling)
        await self.move(name)
        old = [id for id in ring.keys if id != ring.current]
        self.say(
            f"{NAMES[name]}：全部数据已在 {ring.current} 之下。" + (f"可以停用：{'、'.join(old)}。" if old else "")
        )

    async def unfinished(self, name: str) -> bool:
        return any([await p.remains(self.database, self.vault) for p in PASSES[name]])

    async def move(self, name: str) -> None:
        for p in PASSES[name]:
            try:
                done = await p.run(self.database, self.vault)
            except Busy as busy:
                raise Refused(f"{busy} 中有数据正被占用（可能有导入在进行），请稍后再说一遍同样的命令。") from busy
            self.say(f"  {p.name}：{done} 行")

    async def retire(self, id: str) -> None:
        """Refused while anything lies under it, committed or not. After this, nothing opens with it."""
        found = self.ring_of(id)
        if found is None:
            await self.retired_before(id)
            return
        name, ring = found
        if id == ring.current or list(ring.keys).index(id) > list(ring.keys).index(ring.current):
            raise Refused(f"{id} 是现用或将启用的{NAMES[name]}，不能停用。请先轮换：shegong keys rotate {name}。")
        try:
            async with everybody(self.database) as tx:
                await lock_writers(tx, name)
                if left := await self.under(tx, ring, id):
                    told = "、".join(f"{what} {rows} 行" for what, rows in left.items())
                    raise Refused(f"还有数据在 {id} 之下（{told}），不能停用。请先完成：shegong keys rotate {name}。")
                await self.write(ring.without(id))
        except Exception as error:
            if isinstance(of_database(error), Conflict | Unavailable):
                raise Refused("有写入一直没有结束（可能有导入在进行），请稍后再说一遍同样的命令。") from error
            raise
        self.say(f"{NAMES[name]} {id} 已停用。请把旧密钥的所有副本一并销毁：之后，此前的备份不能再打开。")
        if name == "index":
            await self.forget()

    async def under(self, tx: AsyncSession, ring: Ring, id: str) -> Mapping[str, int]:
        """What would be lost without this key. Index rows are not, if the current key has one for everybody."""
        left = (await uses(tx, ring.name)).get(id, {})
        if ring.name != "index":
            return left
        missing = await unindexed(tx, ring.current)
        kept = {what: rows for what, rows in left.items() if what != "person_index"}
        return {**kept, "person": missing} if missing else kept

    async def retired_before(self, id: str) -> None:
        """Cut off between the file and the rows?"""
        if not await self.forget():
            raise Refused(f"密钥文件中没有 {id}。现有的请看：shegong keys status。")
        self.say(f"{NAMES['index']} {id} 已停用，它的索引已删除。")

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

    def ring_of(self, id: str) -> tuple[str, Ring] | None:
        keys = self.read()
        return next(((name, keys.ring(name)) for name in RINGS if id in keys.ring(name).keys), None)

    def read(self) -> Keys:
        return load_keys(self.path)

    async def write(self, ring: Ring) -> None:
        await asyncio.to_thread(write_keys, self.path, self.read().changed(ring))
        self.vault.look()
