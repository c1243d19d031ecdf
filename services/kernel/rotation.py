"""A ring of data keys is rotated step by step while requests run; what lies under it is each database's own matter.

A new key is known to every process before anything is written with it. Each step looks at what is there already, so an
order that was cut off is said again and goes on where it was.
"""

import asyncio
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel.crypto import Keys, Ring, Suite, Vault, load_keys
from services.kernel.crypto.keyfile import write_keys
from services.kernel.db import Database, database
from services.kernel.errors import Conflict, Unavailable
from services.kernel.problems import of_database
from services.kernel.settings import DatabaseSettings

SETTLING_SECONDS = 3.0  # every process looks at the file once a second, and what it has begun with a key it writes


class Refused(Exception):
    """The order cannot be carried out; says why and what to do."""


@dataclass
class Rotation(ABC):
    """The key file and the database of one installation, and how to say what is being done."""

    path: Path
    database: Database
    vault: Vault
    say: Callable[[str], None]
    settling: float = SETTLING_SECONDS
    names: ClassVar[Mapping[str, str]]  # of the rings that serve here

    @abstractmethod
    async def unfinished(self, name: str) -> bool:
        """Whether anything still lies under an old key."""

    @abstractmethod
    async def move(self, name: str) -> None:
        """Brings all of it under the current one."""

    @abstractmethod
    def kept_still(self, name: str) -> AsyncIterator[AsyncSession]:
        """A transaction beside which nobody writes what lies under this ring."""

    @abstractmethod
    async def under(self, tx: AsyncSession, ring: Ring, id: str) -> Mapping[str, int]:
        """What would be lost without this key: where, and how many rows."""

    async def unknown(self, id: str) -> None:
        """Told to retire a key that the file does not have."""
        raise Refused(f"密钥文件中没有 {id}。现有的请看：shegong keys status。")

    async def rotate(self, name: str, suite: Suite | None = None) -> None:
        ring = self.read().ring(name)
        if ring.newest is ring.writing and not await self.unfinished(name):
            ring = ring.with_new(suite or ring.writing.suite)
            await self.write(ring)
            self.say(f"{self.names[name]}：已加入 {ring.newest.id}（{ring.newest.suite}），等待各进程读取。")
        else:
            self.say(f"{self.names[name]}：接着完成到 {ring.newest.id} 的轮换。")
        if ring.newest is not ring.writing:
            await asyncio.sleep(self.settling)
            ring = ring.writing_with(ring.newest.id)
            await self.write(ring)
            self.say(f"{self.names[name]}：{ring.current} 已启用。")
            await asyncio.sleep(self.settling)
        await self.move(name)
        old = [id for id in ring.keys if id != ring.current]
        self.say(
            f"{self.names[name]}：全部数据已在 {ring.current} 之下。" + (f"可以停用：{'、'.join(old)}。" if old else "")
        )

    async def retire(self, id: str) -> None:
        """Refused while anything lies under it, committed or not. After this, nothing opens with it."""
        found = self.ring_of(id)
        if found is None:
            await self.unknown(id)
            return
        name, ring = found
        if id == ring.current or list(ring.keys).index(id) > list(ring.keys).index(ring.current):
            raise Refused(f"{id} 是现用或将启用的{self.names[name]}，不能停用。请先轮换：shegong keys rotate {name}。")
        try:
            async with asynccontextmanager(self.kept_still)(name) as tx:
                if left := await self.under(tx, ring, id):
                    told = "、".join(f"{what} {rows} 行" for what, rows in left.items())
                    raise Refused(f"还有数据在 {id} 之下（{told}），不能停用。请先完成：shegong keys rotate {name}。")
                await self.write(ring.without(id))
        except Exception as error:
            if isinstance(of_database(error), Conflict | Unavailable):
                raise Refused("有写入一直没有结束（可能有导入在进行），请稍后再说一遍同样的命令。") from error
            raise
        self.say(f"{self.names[name]} {id} 已停用。请把旧密钥的所有副本一并销毁：之后，此前的备份不能再打开。")

    def ring_of(self, id: str) -> tuple[str, Ring] | None:
        keys = self.read()
        return next(((name, keys.ring(name)) for name in self.names if id in keys.ring(name).keys), None)

    def tell_keys(self, ring: Ring, under: Mapping[str, Mapping[str, int]]) -> None:
        """Every key of a ring, and those that only rows know, with what lies under each."""
        rest, name = dict(under), self.names[ring.name]
        for key in ring.keys.values():
            current = "，现用" if key.id == ring.current else ""
            self.say(f"{name} {key.id}（{key.suite}{current}）：{told(rest.pop(key.id, {})) or '没有数据'}")
        for id, rows in rest.items():
            self.say(f"{name} {id}（不在密钥文件中）：{told(rows)}")

    def read(self) -> Keys:
        return load_keys(self.path)

    async def write(self, ring: Ring) -> None:
        await asyncio.to_thread(write_keys, self.path, self.read().changed(ring))
        self.vault.look()


def told(rows: Mapping[str, int]) -> str:
    return "、".join(f"{what} {n}" for what, n in rows.items())


Order = Callable[[Database, DatabaseSettings], Awaitable[None]]


async def alone(lock: str, order: Order, *, changes: bool) -> None:
    """One order that changes keys at a time: the lock goes with its connection."""
    settings = DatabaseSettings.load()
    opened = database(settings)
    connection = await opened.connect()
    try:
        if changes and not await connection.fetchval("select pg_try_advisory_lock(hashtext($1))", lock):
            raise Refused("另一条密钥命令正在执行，请等它结束。")
        await order(opened, settings)
    finally:
        await connection.close()
        await opened.close()


def carried_out(lock: str, order: Order, *, changes: bool) -> int:
    """As a command ends: 1 and a sentence if it is refused."""
    try:
        asyncio.run(alone(lock, order, changes=changes))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0
