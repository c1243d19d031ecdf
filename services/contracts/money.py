"""The shared money type: yuan written out as a text with at most two decimals, never a JSON number."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

CENT = Decimal("0.01")
WHOLE_DIGITS = 10  # below ten thousand million


def written_out(value: object) -> Decimal:
    """`12000.00`: digits and a point, and more than nothing."""
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("money_type", '金额应写成文字形式，例如 "12000.00"')
    whole, point, cents = value.partition(".")
    if not (digits(whole, WHOLE_DIGITS) and (not point or digits(cents, 2))):
        raise PydanticCustomError(
            "money_form", "金额应写成 12000.00 的样子：半角数字，不带逗号，整数最多 10 位，小数最多 2 位"
        )
    amount = Decimal(value).quantize(CENT)
    if amount <= 0:
        raise PydanticCustomError("money_positive", "金额应大于 0")
    return amount


def digits(text: str, most: int) -> bool:
    return 0 < len(text) <= most and text.isascii() and text.isdecimal()


SCHEMA: dict[str, Any] = {"type": "string", "pattern": r"^[0-9]{1,10}(\.[0-9]{1,2})?$", "examples": ["12000.00"]}
Money = Annotated[Decimal, BeforeValidator(written_out), WithJsonSchema(SCHEMA)]
