"""What a request to change a record really changes."""

from uuid import UUID

from sqlalchemy import text
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registry import Request
from services.kernel.db import run
from services.kernel.errors import FieldError, Unprocessable

NEW_IDS = text("select uuidv7() from generate_series(1, :count)")


class MayNotBeEmpty(Unprocessable):
    english = "This field may not be empty."


def differences(row: SQLModel, order: Request, *, required: frozenset[str]) -> dict[str, object]:
    """The fields that were said and differ; a required one may be left out, but not emptied."""
    said = {name: getattr(order, name) for name in order.model_fields_set}
    empty = [name for name in sorted(required) if name in said and said[name] is None]
    if empty:
        wrong = [FieldError(field=name, code="may_not_be_empty", detail="不能为空") for name in empty]
        raise MayNotBeEmpty(f"必填项不能改为空（{'、'.join(empty)}），请填写。", errors=wrong)
    return {name: value for name, value in said.items() if getattr(row, name, None) != value}


async def new_ids(tx: AsyncSession, count: int) -> list[UUID]:
    """Known before their rows are written: a ciphertext is bound to its row."""
    return [row[0] for row in (await run(tx, NEW_IDS, {"count": count})).all()]
