"""The shared text type: what a field of text may hold, whoever writes the next endpoint."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError


def clean(text: str) -> str:
    """NFC, trimmed, without control characters (a NUL reaches PostgreSQL as a 500 otherwise)."""
    text = text.strip()
    if not text.isprintable() and any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in text):
        raise PydanticCustomError("control_character", "含有不可见的控制字符，请删除后重新输入")
    return unicodedata.normalize("NFC", text)


def clean_note(text: str) -> str:
    """The same for text of several lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip().split("\n")
    return "\n".join(clean(line) for line in lines)


Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(clean), Field(min_length=1)]
Line = Annotated[str, Field(max_length=200), AfterValidator(clean)]
Note = Annotated[str, Field(max_length=2000), AfterValidator(clean_note)]
Search = Annotated[str, Field(min_length=1, max_length=50), AfterValidator(clean)]


def with_digits(phone: str) -> str:
    if sum(c.isdigit() for c in phone) < 5:
        raise PydanticCustomError("phone", "电话号码至少要有 5 位数字")
    return phone


Phone = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[0-9+() -]{5,20}$"),
    AfterValidator(with_digits),
]
