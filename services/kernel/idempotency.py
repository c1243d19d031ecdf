"""The same POST twice has one effect: the key and the answer are kept in the transaction of the effect."""

import asyncio
import hashlib
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Depends, FastAPI, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel.actor import Actor
from services.kernel.db import run
from services.kernel.errors import PreconditionMissing, Unprocessable

M = TypeVar("M", bound=BaseModel)
KEY = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=128, pattern=r"^[!-~]+$")]


def idempotency_table(metadata: MetaData) -> None:
    Table(
        "idempotency",
        metadata,
        Column("principal", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("status", Integer),
        Column("answer", Text),
        Column("at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    )


TAKE = text("""
insert into idempotency (principal, key, fingerprint) values (:principal, :key, :fingerprint) on conflict do nothing""")
FIND = text("select fingerprint, status, answer from idempotency where principal = :principal and key = :key")
KEEP = text("update idempotency set status = :status, answer = :answer where principal = :principal and key = :key")


KEPT = timedelta(days=7)  # longer than anybody tries again (72 hours promised)
FORGET = text("delete from idempotency where at < now() - make_interval(secs => :seconds)")
HOUR = 3600.0


async def forget_old(app: FastAPI) -> None:
    """Beside the requests, once an hour: a key is of no use for ever, and each keeps a whole answer."""
    while True:
        await asyncio.sleep(HOUR)
        async with app.state.database.writing.begin() as tx:
            await run(tx, FORGET, {"seconds": KEPT.total_seconds()})


class Replay(Exception):
    def __init__(self, status: int, answer: str) -> None:
        super().__init__("replay")
        self.status, self.answer = status, answer


class Once:
    """One attempt under a key; without a key nothing is kept, and where it is required the attempt is refused."""

    def __init__(self, request: Request, key: str | None) -> None:
        self.request, self.key = request, key
        self.principal = ""

    async def begin(
        self, tx: AsyncSession, actor: Actor, *, required: bool = False, content: bytes | None = None
    ) -> None:
        """Take the key, or answer as before. A second caller waits here until the first has committed."""
        if self.key is None:
            if required:
                raise PreconditionMissing(
                    "请带上 Idempotency-Key 请求头（每次新提交用一个新值），以免重复提交。",
                    code="idempotency_key_missing",
                )
            return
        self.principal = actor.id
        body = await self.request.body() if content is None else content
        scope = f"{self.request.method} {self.request.url.path}\n".encode()
        taken = {"principal": actor.id, "key": self.key, "fingerprint": hashlib.sha256(scope + body).digest()}
        if (await run(tx, TAKE, taken)).rowcount == 1:
            return
        before = (await run(tx, FIND, {"principal": actor.id, "key": self.key})).one()
        if before.fingerprint != taken["fingerprint"]:
            raise Unprocessable("这个 Idempotency-Key 已用于另一项提交，请换一个新值。", code="idempotency_key_reused")
        raise Replay(before.status, before.answer)

    async def keep(self, tx: AsyncSession, answer: M, status: int = 201) -> M:
        """Keep the answer beside its effect."""
        if self.key is not None:
            kept = {"principal": self.principal, "key": self.key, "status": status, "answer": answer.model_dump_json()}
            await run(tx, KEEP, kept)
        return answer


async def _once(request: Request, key: KEY = None) -> Once:
    return Once(request, key)


OnceOnly = Annotated[Once, Depends(_once)]


async def replayed(request: Request, replay: Any) -> Response:
    return Response(replay.answer, replay.status, {"idempotency-replayed": "true"}, "application/json")


def install(app: FastAPI) -> None:
    app.add_exception_handler(Replay, replayed)
