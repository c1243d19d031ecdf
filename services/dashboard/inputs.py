"""The fields of a form: how each is asked for, how what was typed becomes the API's value, and back again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

from services.dashboard import lookups, naming, organizations
from services.dashboard.forms import MENDABLE, MISSING
from services.dashboard.gateway import Gateway
from services.dashboard.panels import gathered
from services.kernel.errors import DomainError, Forbidden

MOST_LINES, MOST_NAMED = 50, 500
UNREADABLE = "您的角色不能查看登记信息，不能在名录中查找；请由有查看权限的经办人员办理"
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
    POINTS = "points"  # service points by number or name, one a line: `<name>`, ids
    PEOPLE = "people"  # by name, one a line: `<name>`, ids
    DIVISIONS = "divisions"  # by code or name, one a line: `<name>`, codes


NAMES: Mapping[Kind, naming.Named] = {
    Kind.POINTS: naming.points, Kind.PEOPLE: naming.people, Kind.DIVISIONS: naming.divisions
}  # fmt: skip


@dataclass(frozen=True)
class Input:
    """`name` is the API's, without `_id`, a dot before what lies deeper; `most` is the longest text.

    `reads` makes the API's value of what was typed, or says what is wrong (ValueError); `writes` shows it again.
    `secret`: what was typed by mistake may be one: no page shows it again, and no browser keeps it as a draft.
    """

    name: str
    label: str
    kind: Kind = Kind.TEXT
    required: bool = True
    hint: str = ""
    options: Mapping[Any, str] | None = None
    most: int = 100
    reads: Callable[[str], object] | None = None
    writes: Callable[[Any], str] | None = None
    secret: bool = False

    @property
    def words(self) -> Mapping[Any, str]:
        return self.options or {}

    @property
    def boxes(self) -> Mapping[Any, str]:
        return self.words if self.kind is Kind.CHECKS else {}


REASON = Input("reason", "原因", most=200)
ORGANIZER_HINT = "已在机构名录中的填全称或统一社会信用代码；其他的直接填名称"
# Who is named already may have no name to be shown by just now: these are asked for where they are looked up.
NAMED = frozenset(
    {Kind.ORGANIZATION, Kind.ORGANIZER, Kind.PERSON, Kind.POINT, Kind.POINTS, Kind.PEOPLE, Kind.DIVISIONS}
)
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
        if field.required and field.kind not in NAMED and not is_typed(field, typed):
            wrong[field.name] = MISSING
            continue
        try:
            found |= await _value(gateway, field, text, typed, known)
        except ValueError as error:
            wrong[field.name] = str(error)
        except MENDABLE as error:
            wrong[field.name] = why(error)
    return found, wrong


def is_typed(field: Input, typed: Mapping[str, str]) -> bool:
    """An unticked box says no; of several one must be ticked."""
    names = [f"{field.name}.{value}" for value in field.boxes] or [field.name]
    return field.kind is Kind.CHECK or any(typed.get(name) for name in names)


def why(error: DomainError) -> str:
    """Nobody can be looked up: by this official, by this text, or just now."""
    if isinstance(error, Forbidden):
        return UNREADABLE
    return next((e.detail for e in error.errors), error.detail.rstrip("。"))


async def _value(gateway: Gateway, field: Input, text: str, typed: Mapping[str, str], known: Given) -> Given:
    name = field.name
    if field.reads:
        return {name: field.reads(text)}
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
        case Kind.POINTS | Kind.PEOPLE | Kind.DIVISIONS:
            return {name: await several(gateway, field, lines(text, MOST_NAMED), known)}
        case Kind.ORGANIZATION | Kind.ORGANIZER | Kind.PERSON | Kind.POINT:
            return await _somebody(gateway, field, text, known)
    return {name: text or None}


async def _somebody(gateway: Gateway, field: Input, text: str, known: Given) -> Given:
    """Whom the record names already may lie outside one's area, where no search finds it."""
    by_id, by_name = f"{field.name}_id", f"{field.name}_name"
    free = {by_name: None} if field.kind is Kind.ORGANIZER else {}
    if known.get(by_id) and text == (known.get(by_name) or ""):  # it may have no name to be shown by just now
        return {by_id: known[by_id], **free}
    if not text and field.required:
        raise ValueError(MISSING)
    if not text:
        return {by_id: None, **free}
    if field.kind is Kind.ORGANIZER:
        return await _organizer(gateway, text, by_id, by_name)
    look = {Kind.PERSON: lookups.person, Kind.POINT: lookups.point}.get(field.kind, organizations.named)
    found = await look(gateway, text)
    if isinstance(found, str):
        raise ValueError(found)
    return {by_id: str(found)}


async def _organizer(gateway: Gateway, text: str, by_id: str, by_name: str) -> Given:
    """Who is not in the registry, or may not be looked up there, is told by name; a code is nobody's name."""
    coded = organizations.USCC.fullmatch(text)
    try:
        found = await organizations.named(gateway, text)
    except Forbidden:
        if coded:
            raise
        found = UNREADABLE
    if isinstance(found, UUID):
        return {by_id: str(found), by_name: None}
    if coded:
        raise ValueError(found)
    return {by_id: None, by_name: text}


async def several(gateway: Gateway, field: Input, typed: list[str], known: Given) -> list[str]:
    """The ids of what is typed line by line; a line that names what the record has already needs no search."""
    ids = ids_of(known.get(field.name))
    names = await NAMES[field.kind](gateway, ids)
    told = {**dict(zip(ids, ids, strict=True)), **dict(zip(naming.told(ids, names), ids, strict=True))}
    match field.kind:
        case Kind.POINTS:
            return await naming.meant(typed, told, partial(lookups.point, gateway))
        case Kind.PEOPLE:
            return await naming.meant(typed, told, partial(lookups.person, gateway))
    codes = await naming.divisions(gateway, [line[:12] for line in typed if lookups.CODE.match(line)])
    told |= {line: line[:12] for line in typed if line[:12] in (codes.found or ())}
    return await naming.meant(typed, told, partial(lookups.division, gateway, within=str(known.get("division") or "")))


def ids_of(value: object) -> list[str]:
    """Of records, or of workers, who are known by `person_id`."""
    found = value if isinstance(value, list) else []
    return [str(one["person_id"] if isinstance(one, dict) else one) for one in found]


def lines(text: str, most: int = MOST_LINES) -> list[str]:
    found = [line.strip() for line in text.splitlines() if line.strip()]
    if len(found) > most:
        raise ValueError(f"一次最多填写 {most} 行")
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


def values_of(inputs: tuple[Input, ...], record: Given) -> Given:
    """A record as its form shows it."""
    shown: Given = {}
    for field in inputs:
        value = held(record, field.name)
        if field.writes:
            shown[field.name] = field.writes(value)
            continue
        match field.kind:
            case Kind.CHECKS:
                shown |= {f"{field.name}.{one}": "true" for one in value or ()}  # type: ignore[attr-defined]
            case Kind.CHECK:
                shown[field.name] = "true" if value else ""
            case Kind.LINES:
                shown[field.name] = "\n".join(value or ())  # type: ignore[arg-type]
            case Kind.LAST_DAY:
                shown[field.name] = str(date.fromisoformat(str(value)) - timedelta(days=1)) if value else None
            case Kind.ORGANIZATION | Kind.ORGANIZER | Kind.PERSON | Kind.POINT:
                shown[field.name] = record.get(f"{field.name}_name")
            case _:
                shown[field.name] = value
    return shown


def held(record: Given, name: str) -> object:
    """What a record says under a name, `checklist.own_materials` among them."""
    first, _, rest = name.partition(".")
    value = record.get(first)
    return held(value, rest) if rest and isinstance(value, dict) else value


async def shown_of(gateway: Gateway, inputs: tuple[Input, ...], record: Given) -> Given:
    """A record as its form shows it, with the names of what it tells by ids."""
    several = [field for field in inputs if field.kind in NAMES]
    names = await gathered(NAMES[field.kind](gateway, ids_of(record.get(field.name))) for field in several)
    told = {f.name: naming.told(ids_of(record.get(f.name)), n) for f, n in zip(several, names, strict=True)}
    return {**values_of(inputs, record), **{name: "\n".join(lines) for name, lines in told.items()}}


def input_of(inputs: tuple[Input, ...], field: str) -> str:
    """The input that a field of the API is about (`days.0.minutes`, `buyer_id`); "" if none is."""
    names = {field.name for field in inputs}
    if field in names:
        return field
    last = [part for part in field.split(".") if not part.isdecimal()]
    tried = [*last, *(part.removesuffix("_id").removesuffix("_name") for part in last)]
    return next((name for name in reversed(tried) if name in names), "")
