"""The text of a cell → a value, or a refusal that says what to write."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TypeVar

from services.contracts.days import EARLIEST, LATEST
from services.contracts.registry import (
    ID_TYPE_NAMES,
    LEVEL_NAMES,
    POINT_TIER_NAMES,
    STAFFING_BASIS_NAMES,
    IdType,
    Level,
    PointTier,
    StaffingBasis,
)
from services.kernel.errors import Unprocessable
from services.registry.people.rules import canonical, plain

T = TypeVar("T")
DIGITS = frozenset("0123456789")
PHONE = DIGITS | frozenset("+()- ")
NUMBER = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-")
EXCEL_DAY_0 = date(1899, 12, 30)
SEPARATORS = str.maketrans("年月/.", "----", "日 ")


class BadCell(Unprocessable):
    english = "The cell is wrong."


def day(text: str) -> date:
    """2026-01-31, 2026/1/31, 2026.1.31, 2026年1月31日 or 20260131; a date cell has become the first of these."""
    check_number(text)
    written = plain(text).translate(SEPARATORS).removesuffix("-000000")
    if len(written) == 8 and DIGITS.issuperset(written):
        written = f"{written[:4]}-{written[4:6]}-{written[6:]}"
    parts = written.split("-")
    try:
        if len(parts) != 3 or len(parts[0]) != 4 or not all(p and DIGITS.issuperset(p) for p in parts):
            raise ValueError(written)
        found = date(*map(int, parts))
    except ValueError as error:
        raise BadCell("不是日期，或没有这一天。请写成 2026-01-31 的样子。", code="bad_date") from error
    if not EARLIEST <= found < LATEST:
        raise BadCell("日期不在 1900 年至 2099 年之间。请填写正确的日期。", code="bad_date")
    return found


def check_number(text: str) -> None:
    """A day as Excel counts it: the cell lost its format, and what was meant can be said."""
    if len(text) == 5 and DIGITS.issuperset(text):
        meant = EXCEL_DAY_0 + timedelta(days=int(text))
        raise BadCell(
            f"单元格里是数字 {text}，不是日期（在 Excel 中它表示 {meant}）。请把该列设为日期格式，或写成 {meant}。",
            code="date_as_number",
        )


def past_day(today: date) -> Callable[[str], date]:
    def read(text: str) -> date:
        found = day(text)
        if found > today:
            raise BadCell("日期在今天之后。请填写今天或以前的日期。", code="in_future")
        return found

    return read


def digits_kept(text: str) -> str:
    """Excel keeps fifteen digits of a number: of a longer one the last are lost for good."""
    if "e+" in text.lower() and DIGITS.issuperset(text.lower().replace("e+", "").replace(".", "")):
        raise BadCell("单元格是数字格式，末几位已丢失。请把该列设为文本格式后重新填写。", code="digits_lost")
    return text


def line(limit: int = 200) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > limit:
            raise BadCell(f"超过 {limit} 个字。请缩短。", code="too_long")
        return text

    return read


def phone(text: str) -> str:
    number = plain(digits_kept(text))
    if not 5 <= len(number) <= 20 or not PHONE.issuperset(number):
        raise BadCell("电话号码应为 5 到 20 位数字。请改正，例如 0531-00000000。", code="bad_phone")
    return number


def point_number(text: str) -> str:
    number = digits_kept(text)
    if not 1 <= len(number) <= 40 or not NUMBER.issuperset(number):
        raise BadCell("站点编号应为 1 到 40 位字母、数字、“-”或“_”。请按登记的编号填写。", code="bad_number")
    return number


def choice(names: Mapping[str, T]) -> Callable[[str], T]:
    """One of a list, however it is written there; the refusal names them."""
    by_form = {canonical(name): value for name, value in names.items()}
    shown = "、".join({value: name for name, value in reversed(list(names.items()))}.values())

    def read(text: str) -> T:
        try:
            return by_form[canonical(text)]
        except KeyError as error:
            raise BadCell(f"不在可选值之内。请填写：{shown}。", code="not_in_list") from error

    return read


LEVELS: Mapping[str, Level] = {
    **{name: level for level, name in LEVEL_NAMES.items()},
    "初级": Level.ASSISTANT,
    "助理": Level.ASSISTANT,
    "社会工作师（中级）": Level.SOCIAL_WORKER,
    "中级": Level.SOCIAL_WORKER,
    "高级": Level.SENIOR,
}
ID_TYPES: Mapping[str, IdType] = {
    **{name: kind for kind, name in ID_TYPE_NAMES.items()},
    "身份证": IdType.RESIDENT_ID_CARD,
    "港澳台居住证": IdType.RESIDENCE_PERMIT,
    "其他": IdType.OTHER,
}
TIERS: Mapping[str, PointTier] = {
    **{name: tier for tier, name in POINT_TIER_NAMES.items()},
    "市级社工站指导服务中心": PointTier.CITY_GUIDANCE_CENTRE,
    "市级": PointTier.CITY_GUIDANCE_CENTRE,
    "社工总站": PointTier.DISTRICT_MAIN_STATION,
    "区县": PointTier.DISTRICT_MAIN_STATION,
    "街道（镇）社工站": PointTier.STREET_STATION,
    "社工站": PointTier.STREET_STATION,
    "街镇": PointTier.STREET_STATION,
    "社工室": PointTier.VILLAGE_SERVICE_ROOM,
    "村居": PointTier.VILLAGE_SERVICE_ROOM,
}
BASES: Mapping[str, StaffingBasis] = {
    **{name: basis for basis, name in STAFFING_BASIS_NAMES.items()},
    "政府购买服务": StaffingBasis.GOVERNMENT_PURCHASE,
}
YES_NO: Mapping[str, bool] = {"是": True, "否": False}

level, id_type, tier = choice(LEVELS), choice(ID_TYPES), choice(TIERS)
staffing_basis, yes_no = choice(BASES), choice(YES_NO)
