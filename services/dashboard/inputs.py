"""The fields of a form: how each is asked for, how what was typed becomes the API's value, and back again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from services.contracts.registry import PersonOut, ServicePointOut
from services.dashboard import organizations
from services.dashboard.gateway import Gateway
from services.dashboard.panels import gathered
from services.kernel.paging import Page

MOST_LINES = 50
NUMBER = "应为阿拉伯数字的整数"
LAST_DAY = "日期应写成 2026-11-24 的样子"


class Kind(StrEnum):
    """How a field is asked for. What has no line of its own here reaches the API as it was typed."""

    TEXT = "text"
    AREA = "area"
    DATE = "date"
    LAST_DAY = "last_day"  # people name the last day, the API the first that no longer counts
    NUMBER = "number"
    SELECT = "select"
    CHECK = "check"
    CHECKS = "checks"  # one name a value: `fields.elderly_service`
    LINES = "lines"  # one a line
    ORGANIZATION = "organization"  # of the registry, by whole name or code: `<name>_id`
    ORGANIZER = "organizer"  # of the registry if it is there, else by its name: `<name>_id` or `<name>_name`
    PERSON = "person"  # of the registry, by name or number: `<name>_id`
    POINT = "point"  # a service point by name or number: `<name>_id`
    POINTS = "points"  # service points by number, one a line: `<name>`, ids


@dataclass(frozen=True)
class Input:
    """`name` is the API's, without `_id`; `most` is the longest text."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    required: bool = True
    hint: str = ""
    options: Mapping[str, str] | None = None
    most: int = 100

    @property
    def words(self) -> Mapping[str, str]:
        return self.options or {}


Given = dict[str, object]
Wrong = dict[str, str]


async def given(
    gateway: Gateway, inputs: tuple[Input, ...], typed: Mapping[str, str], *, known: Given
) -> tuple[Given, Wrong]:
    """What was typed as the API takes it; `known` is the record, whose names need not be looked up again."""
    found: Given = {}
    wrong: Wrong = {}
    for field in inputs:
        text = typed.get(field.name, "")
        try:
            found |= await _value(gateway, field, text, typed, known)
        except ValueError as error:
            wrong[field.name] = str(error)
    return found, wrong


async def _value(gateway: Gateway, field: Input, text: str, typed: Mapping[str, str], known: Given) -> Given:
    name = field.name
    match field.kind:
        case Kind.CHECK:
            return {name: bool(text)}
        case Kind.CHECKS:
            return {name: [value for value in field.words if typed.get(f"{name}.{value}")]}
        case Kind.LINES:
            return {name: lines(text)}
        case Kind.NUMBER:
            return {name: whole(text)}
        case Kind.LAST_DAY:
            return {name: after(text)}
        case Kind.POINTS:
            return {name: await points(gateway, lines(text))}
        case Kind.ORGANIZATION | Kind.ORGANIZER | Kind.PERSON | Kind.POINT:
            return await _somebody(gateway, field, text, known)
    return {name: text or None}


async def _somebody(gateway: Gateway, field: Input, text: str, known: Given) -> Given:
    """Whom the record names already may lie outside one's area, where no search finds it."""
    by_id, by_name = f"{field.name}_id", f"{field.name}_name"
    free = {by_name: None} if field.kind is Kind.ORGANIZER else {}
    if not text:
        return {by_id: None, **free}
    if known.get(by_id) and text == known.get(by_name):
        return {by_id: known[by_id], **free}
    look = {Kind.PERSON: person, Kind.POINT: point}.get(field.kind, organizations.named)
    found = await look(gateway, text)
    if isinstance(found, UUID):
        return {by_id: str(found), **free}
    if field.kind is Kind.ORGANIZER:
        return {by_id: None, by_name: text}
    raise ValueError(found)


def lines(text: str) -> list[str]:
    found = [line.strip() for line in text.splitlines() if line.strip()]
    if len(found) > MOST_LINES:
        raise ValueError(f"一次最多填写 {MOST_LINES} 行")
    return found


def whole(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise ValueError(NUMBER)
    return int(text)


def after(text: str) -> str | None:
    """The day after the last one."""
    if not text:
        return None
    try:
        return (date.fromisoformat(text) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        raise ValueError(LAST_DAY) from None


async def person(gateway: Gateway, text: str) -> UUID | str:
    """One of the registry, by name, identity or certificate number, as far as one may see."""
    found = (await gateway.ask(Page[PersonOut], "/registry/people", q=text, limit=2)).items
    if len(found) == 1:
        return found[0].id
    if found:
        return "有几位人员符合，请改填证件号码或证书管理号"
    return "没有找到这位人员，请填写姓名、证件号码或证书管理号；不在您管辖范围内的人员查不到"


async def point(gateway: Gateway, text: str) -> UUID | str:
    found = (await gateway.ask(Page[ServicePointOut], "/registry/service-points", q=text, limit=100)).items
    same = [s for s in found if text in (s.number, s.name)]
    if len(same) == 1:
        return same[0].id
    return "有几个站点同名，请改填站点编号" if same else "没有找到这个站点，请填写站点编号或全称"


async def points(gateway: Gateway, numbers: list[str]) -> list[str]:
    found = await gathered(point(gateway, number) for number in numbers)
    unknown = [number for number, id in zip(numbers, found, strict=True) if not isinstance(id, UUID)]
    if unknown:
        raise ValueError(f"没有找到站点：{'、'.join(unknown)}。请核对站点编号，每行一个")
    return [str(id) for id in found]


def values_of(inputs: tuple[Input, ...], record: Given) -> Given:
    """A record as its form shows it."""
    shown: Given = {}
    for field in inputs:
        value = record.get(field.name)
        match field.kind:
            case Kind.CHECKS:
                shown |= {f"{field.name}.{one}": "true" for one in value or ()}  # type: ignore[attr-defined]
            case Kind.LINES:
                shown[field.name] = "\n".join(value or ())  # type: ignore[arg-type]
            case Kind.LAST_DAY:
                shown[field.name] = str(date.fromisoformat(str(value)) - timedelta(days=1)) if value else None
            case Kind.ORGANIZATION | Kind.ORGANIZER | Kind.PERSON | Kind.POINT:
                shown[field.name] = record.get(f"{field.name}_name")
            case _:
                shown[field.name] = value
    return shown


def input_of(inputs: tuple[Input, ...], field: str) -> str:
    """The input that a field of the API is about (`days.0.minutes`, `buyer_id`); "" if none is."""
    names = {field.name for field in inputs}
    last = [part for part in field.split(".") if not part.isdecimal()]
    tried = [*last, *(part.removesuffix("_id").removesuffix("_name") for part in last)]
    return next((name for name in reversed(tried) if name in names), "")
