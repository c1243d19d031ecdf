"""What an import was given, in sealed pieces: the file, the rows read from it, and what they mention."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel.crypto import Vault
from services.kernel.db import Reading, copy_rows, run
from services.registry.imports.roster import Column, Mentions, Row

PIECE = 1024 * 1024
FILE, ROWS, MENTIONS = "file", "rows", "mentions"
NUMBERS = "select number from import_content where job_id = $1 and part = $2 order by number"
SEALED = "select sealed from import_content where job_id = $1 and part = $2 and number = $3"
FORGET = text("delete from import_content where job_id = :job and part = any(cast(:parts as text[]))")
ERASE = text("delete from import_content where job_id = :job")


def place(job: UUID, part: str, number: int) -> str:
    return f"import_content|sealed|{job}|{part}|{number}"


async def keep(tx: AsyncSession, vault: Vault, job: UUID, part: str, first: int, pieces: Sequence[bytes]) -> None:
    def sealed() -> list[tuple[UUID, str, int, bytes]]:
        numbered = enumerate(pieces, start=first)
        return [(job, part, n, vault.seal_bytes(piece, place(job, part, n))) for n, piece in numbered]

    await copy_rows(tx, "import_content", ("job_id", "part", "number", "sealed"), await asyncio.to_thread(sealed))


async def keep_file(tx: AsyncSession, vault: Vault, job: UUID, content: bytes) -> None:
    await keep(tx, vault, job, FILE, 0, [content[at : at + PIECE] for at in range(0, len(content), PIECE)])


async def keep_rows(tx: AsyncSession, vault: Vault, job: UUID, number: int, rows: Sequence[Row]) -> None:
    def packed() -> bytes:
        return zlib.compress(orjson.dumps([[r.number, r.cells] for r in rows]), 1)

    await keep(tx, vault, job, ROWS, number, [await asyncio.to_thread(packed)])


async def keep_mentions(tx: AsyncSession, vault: Vault, job: UUID, mentions: Mentions) -> None:
    known = {name: list(values) for name, values in mentions.of.items()}
    await keep(tx, vault, job, MENTIONS, 0, [zlib.compress(orjson.dumps(known), 1)])


async def pieces(reading: Reading, vault: Vault, job: UUID, part: str) -> AsyncIterator[bytes]:
    """One at a time; no connection is held while one is worked on."""
    async with reading() as db:
        numbers = [r["number"] for r in await db.fetch(NUMBERS, job, part)]
    for number in numbers:
        async with reading() as db:
            sealed = await db.fetchval(SEALED, job, part, number)
        if sealed is None:  # erased meanwhile
            return
        yield await asyncio.to_thread(vault.open_bytes, sealed, place(job, part, number))


async def file_of(reading: Reading, vault: Vault, job: UUID) -> bytes:
    return b"".join([piece async for piece in pieces(reading, vault, job, FILE)])


async def rows_of(reading: Reading, vault: Vault, job: UUID) -> AsyncIterator[list[Row]]:
    async for piece in pieces(reading, vault, job, ROWS):
        yield await asyncio.to_thread(unpacked, piece)


def unpacked(piece: bytes) -> list[Row]:
    return [Row(number, cells) for number, cells in orjson.loads(zlib.decompress(piece))]


async def mentions_of(reading: Reading, vault: Vault, job: UUID, columns: Sequence[Column]) -> Mentions:
    found = [piece async for piece in pieces(reading, vault, job, MENTIONS)]
    return Mentions(columns, orjson.loads(zlib.decompress(found[0])) if found else {})


async def forget_read(tx: AsyncSession, job: UUID) -> None:
    """What was read of the file so far: it is read from its start."""
    await run(tx, FORGET, {"job": job, "parts": [ROWS, MENTIONS]})


async def forget_file(tx: AsyncSession, job: UUID) -> None:
    """Its rows say all that is needed."""
    await run(tx, FORGET, {"job": job, "parts": [FILE]})


async def erase(tx: AsyncSession, job: UUID) -> None:
    await run(tx, ERASE, {"job": job})
