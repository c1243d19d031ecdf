"""The shared date type: a business date as it must be written, and within reason."""

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

EARLIEST, LATEST = date(1900, 1, 1), date(2100, 1, 1)


def written_out(value: object) -> object:
    """2026-11-24 and nothing else: pydantic would take a number of seconds, too."""
    if isinstance(value, str) and not (len(value) == 10 and value[4] == value[7] == "-" and value.isascii()):
        raise PydanticCustomError("date_parsing", "日期应写成 2026-11-24 的样子")
    if not isinstance(value, str | date):
        raise PydanticCustomError("date_type", "日期应写成 2026-11-24 的样子")
    return value


Day = Annotated[date, BeforeValidator(written_out), Field(ge=EARLIEST, lt=LATEST)]
