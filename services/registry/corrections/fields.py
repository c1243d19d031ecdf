"""The fields that may be put right: how what was typed is read, and how a value is shown. Pure; values are texts."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from services.contracts.corrections import CORRECTABLE_NAMES, Correctable, FieldNow, Of
from services.contracts.registry import ID_TYPE_NAMES, LEVEL_NAMES
from services.kernel.errors import FieldError, Unprocessable
from services.registry.people import rules
from services.registry.personal import masked_id, masked_phone

F = Correctable
Values = Mapping[Correctable, str | None]


class BadValue(Unprocessable):
    english = "This cannot be the value of that field."


class Field(NamedTuple):
    """`masked`: its value is never answered in clear. `open`: it names nobody, so that events may tell it."""

    read: Callable[[str], str]
    shown: Callable[[str], str]
    required: bool = True
    masked: bool = False
    open: bool = False


def same(text: str) -> str:
    return text


def one_among(names: Mapping[str, str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in names:
            raise BadValue("请从列出的选项中选择。", code="no_such_choice")
        return text

    return read


def a_day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadValue("日期应写成 2026-11-24 的样子。", code="bad_day") from None
    if not date(1949, 10, 1) <= day <= date(2199, 12, 31) or text != str(day):
        raise BadValue("日期应在 1949-10-01 与 2199-12-31 之间，写成 2026-11-24 的样子。", code="bad_day")
    return text


def a_phone(text: str) -> str:
    number = "".join(text.split())
    if not 5 <= len(number) <= 20 or not set("0123456789+()-").issuperset(number):
        raise BadValue("电话号码应为 5 到 20 位数字。请核对后改正。", code="bad_phone")
    return number


def before(text: str) -> str:
    """Periods are half-open; people name the last day."""
    return str(date.fromisoformat(text) - timedelta(days=1))


YES_NO = {"true": "是", "false": "否"}
LEVELS = {level.value: name for level, name in LEVEL_NAMES.items()}
ID_TYPES = {kind.value: name for kind, name in ID_TYPE_NAMES.items()}
FIELDS: Mapping[Correctable, Field] = {
    F.NAME: Field(rules.person_name, same),
    F.ID_TYPE: Field(one_among(ID_TYPES), ID_TYPES.__getitem__, open=True),
    F.ID_NUMBER: Field(rules.plain, masked_id, masked=True),
    F.PHONE: Field(a_phone, masked_phone, required=False, masked=True),
    F.EDUCATION: Field(same, same, required=False),
    F.MAJOR: Field(same, same, required=False),
    F.DIRECT_SERVICE: Field(one_among(YES_NO), YES_NO.__getitem__, required=False, open=True),
    F.LEVEL: Field(one_among(LEVELS), LEVELS.__getitem__, open=True),
    F.MANAGEMENT_NUMBER: Field(rules.management_number, same),
    F.APPROVED_ON: Field(a_day, same, open=True),
    F.START_ON: Field(a_day, same, open=True),
    F.END_ON: Field(a_day, before, open=True),
}
FIELDS_OF: Mapping[Of, tuple[Correctable, ...]] = {
    Of.PERSON: (F.NAME, F.ID_TYPE, F.ID_NUMBER, F.PHONE, F.EDUCATION, F.MAJOR, F.DIRECT_SERVICE),
    Of.CERTIFICATE: (F.LEVEL, F.MANAGEMENT_NUMBER, F.APPROVED_ON),
    Of.REGISTRATION: (F.START_ON, F.END_ON),
}


def shown(field: Correctable, value: str | None) -> str | None:
    return None if value is None else FIELDS[field].shown(value)


def now(of: Of, values: Values) -> list[FieldNow]:
    """The record as its form shows it."""
    return [
        FieldNow(
            field=f, name=CORRECTABLE_NAMES[f], shown=shown(f, values[f]),
            value=None if FIELDS[f].masked else values[f],
        )
        for f in FIELDS_OF[of]
    ]  # fmt: skip


def told(values: Values) -> dict[Correctable, str | None]:
    """What an event may tell of them."""
    return {f: value for f, value in values.items() if FIELDS[f].open}


def refused(field: Correctable, code: str, detail: str, rule: str | None = None) -> BadValue:
    wrong = [FieldError(field=field.value, code=code, detail=detail)]
    return BadValue(f"{CORRECTABLE_NAMES[field]}：{detail}", code=code, errors=wrong, rule=rule)
