"""What the registry's copies are asked before something is written: is there such a division, such an organization."""

from uuid import UUID

import asyncpg
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel.errors import FieldError, Unprocessable
from services.kernel.listing import plain

KNOWN = "select true from known_subject where subject = $1 and not gone"


async def is_known(db: asyncpg.Connection, subject: str) -> bool:
    return bool(await db.fetchval(KNOWN, subject))


async def check_division(tx: AsyncSession, code: str) -> None:
    if not await is_known(await plain(tx), f"division:{code}"):
        wrong = FieldError(field="division", code="no_such_division", detail="没有这个区划")
        raise Unprocessable("没有这个区划，请核对区划代码。", code="no_such_division", errors=[wrong])


async def check_organization(tx: AsyncSession, field: str, id: UUID | None) -> None:
    """Any organization may be named, wherever it is registered."""
    if id is not None and not await is_known(await plain(tx), f"organization:{id}"):
        wrong = FieldError(field=field, code="no_such_organization", detail="没有这个机构")
        raise Unprocessable("没有这个机构，请核对机构编号。", code="no_such_organization", errors=[wrong])
