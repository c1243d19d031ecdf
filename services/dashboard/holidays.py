"""The table of holidays of a year: what it says, whose it is, and the form by which a year is entered whole (ID-09)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BeforeValidator

from services.contracts.working_days import MOST_DAYS, DayKind, HolidayOut, SetHolidays
from services.dashboard import actors, forms, naming, steps
from services.dashboard.cookies import Genuine
from services.dashboard.forms import Form, Typed
from services.dashboard.gateway import Gateway, SignedIn
from services.dashboard.inputs import Input, Kind
from services.dashboard.links import address, blank_is_none
from services.dashboard.render import render
from services.dashboard.steps import Step
from services.dashboard.visitor import CurrentUser, WithUser
from services.kernel.clock import Today
from services.kernel.paging import Page

router = APIRouter(default_response_class=HTMLResponse, dependencies=[WithUser])
API, PATH, NEEDS = "/registry/holidays", "/holidays", "registry:review"
KIND_WORDS = {DayKind.HOLIDAY: "放假", DayKind.WORKDAY: "补班"}
KINDS = {word: kind for kind, word in KIND_WORDS.items()}
LINE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:\s*至\s*([0-9]{4}-[0-9]{2}-[0-9]{2}))?\s+(放假|补班)\s+(\S.*)")
HOW = "每行“日期 放假或补班 名称”，例如“2027-01-01 放假 元旦”；连续几天写“2027-02-05 至 2027-02-11 放假 春节”"
CITY_DIGITS = 4
Year = Annotated[int | None, Query(ge=2000, lt=2100), BeforeValidator(blank_is_none)]
Day = dict[str, str]


class Line(NamedTuple):
    """Days in a row that are alike."""

    first: date
    last: date
    kind: DayKind
    name: str

    def __str__(self) -> str:
        until = f" 至 {self.last}" if self.last > self.first else ""
        return f"{self.first}{until} {KIND_WORDS[self.kind]} {self.name}"


def lines_of(days: Iterable[HolidayOut]) -> list[Line]:
    """A year's table, by date, as it is typed."""
    found: list[Line] = []
    for day in days:
        last = found[-1] if found else None
        if last and (last.last + timedelta(days=1), last.kind, last.name) == (day.on, day.kind, day.name):
            found[-1] = last._replace(last=day.on)
        else:
            found.append(Line(day.on, day.on, day.kind, day.name))
    return found


def days_of(text: str) -> list[Day]:
    """What is typed as the days that it means."""
    typed = [line.strip() for line in text.splitlines() if line.strip()]
    found = [day for number, line in enumerate(typed, 1) for day in _line(number, line)]
    if len(found) > MOST_DAYS:
        raise ValueError(f"一年最多 {MOST_DAYS} 天，现在有 {len(found)} 天")
    return found


def _line(number: int, line: str) -> Iterator[Day]:
    matched = LINE.fullmatch(line)
    try:
        if matched is None:
            raise ValueError
        first = date.fromisoformat(matched[1])
        last = date.fromisoformat(matched[2]) if matched[2] else first
        if not 0 <= (last - first).days < MOST_DAYS:
            raise ValueError
    except ValueError:
        raise ValueError(f"第 {number} 行“{line[:30]}”不能识别：{HOW}") from None
    for n in range((last - first).days + 1):
        yield {"on": str(first + timedelta(days=n)), "kind": KINDS[matched[3]].value, "name": matched[4]}


NEW = Step(
    "录入放假安排",
    (
        Input("year", "年份", Kind.NUMBER),
        Input("division", "适用的城市", most=12, hint="市级区划代码；适用于该市及其下级"),
        Input("source", "出处", hint="公布的通知及文号，例如“国务院办公厅关于2027年部分节假日安排的通知”"),
        Input("days", "放假和补班的日子", Kind.AREA, reads=days_of, hint=f"{HOW}；可以从表格中整列粘贴"),
    ),
    SetHolidays, word="保存整年", done="放假安排已保存，各项期限已按新的安排计算。",
    said="整年替换：没有写进来的日子按星期计算。只写不按星期的日子——工作日放假的、周末补班的、周末放假的节日。",
)  # fmt: skip


@router.get(PATH)
async def holidays(
    request: Request, gateway: SignedIn, me: CurrentUser, today: Today, year: Year = None, done: str = ""
) -> Response:
    shown = year or today.year
    found = await table_of(gateway, city_of(me.home), shown)
    units = await naming.divisions(gateway, (d.division for d in found))
    return render(
        request, "holidays.html", days=found, year=shown, kinds=KIND_WORDS, units=units, done=done,
        by=lambda id: actors.told(me, id),
        done_words={"new": NEW.done},
    )  # fmt: skip


async def table_of(gateway: Gateway, division: str, year: int) -> Sequence[HolidayOut]:
    return (await gateway.ask(Page[HolidayOut], API, division=division, year=year)).items


def city_of(division: str) -> str:
    return division[:CITY_DIGITS].ljust(12, "0")


@router.get(f"{PATH}/new")
async def new(request: Request, gateway: SignedIn, me: CurrentUser, today: Today, year: Year = None) -> Response:
    """A year that is there already is put right: the form begins with it."""
    forms.must(me, NEEDS)
    city, year = city_of(me.home), year or today.year
    known = [day for day in await table_of(gateway, city, year) if day.division == city]
    said = {"days": "\n".join(map(str, lines_of(known))), "source": known[0].source if known else ""}
    return page(request, Form({"year": str(year), "division": city, **said}))


@router.post(f"{PATH}/new", dependencies=[Genuine])
async def entered(request: Request, gateway: SignedIn, typed: Typed) -> Response:
    answer = await steps.sent(gateway, NEW, Form(typed, key=typed.get("key", "")), API, None)
    if isinstance(answer, Form):
        return page(request, answer)
    return forms.saved(address(PATH, year=typed.get("year")), "new")


def page(request: Request, form: Form) -> Response:
    return forms.shown(
        request, "step.html", form, step=NEW, crumbs=[("节假日表", PATH), (NEW.title, None)], back=PATH,
        path=f"{PATH}/new", place=None, about="", facts={},
    )  # fmt: skip
