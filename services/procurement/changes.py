"""What a request to change a record of procurement really changes, by the names of its columns."""

from pydantic import BaseModel
from sqlmodel import SQLModel

from services.kernel.changes import differences

COLUMNS = {"start": "start_on", "end": "end_on"}


def changed(row: SQLModel, order: BaseModel, *, required: frozenset[str]) -> dict[str, object]:
    """A period is `start` and `end` to the world."""
    said = {COLUMNS.get(name, name): value for name, value in differences(row, order, required=required).items()}
    return {column: value for column, value in said.items() if getattr(row, column) != value}
