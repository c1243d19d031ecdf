"""Ids that are known before their rows are written."""

from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel.db import run

NEW_IDS = text("select uuidv7() from generate_series(1, :count)")


async def new_ids(tx: AsyncSession, count: int) -> list[UUID]:
    """Known before their rows are written: a ciphertext is bound to its row."""
    return [row[0] for row in (await run(tx, NEW_IDS, {"count": count})).all()]
