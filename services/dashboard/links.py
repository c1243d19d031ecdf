"""The addresses of pages: every state is one, filters in the query, nothing Chinese in the path."""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote, urlencode, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from services.contracts.coverage import Map
from services.contracts.divisions import DivisionCode
from services.contracts.text import Search

MIN_DAY, MAX_DAY = date(1949, 10, 1), date(2199, 12, 31)


def blank_is_none(value: object) -> object:
    return None if value == "" else value


def _within_reason(value: date | None) -> date | None:
    if value is not None and not MIN_DAY <= value <= MAX_DAY:
        raise ValueError(f"日期应在 {MIN_DAY} 与 {MAX_DAY} 之间")
    return value


Day = Annotated[date | None, BeforeValidator(blank_is_none), AfterValidator(_within_reason)]
Word = Annotated[Search | None, BeforeValidator(blank_is_none)]
Place = Annotated[DivisionCode | None, BeforeValidator(blank_is_none)]


class By(StrEnum):
    STATUTORY = "statutory"
    ZONE = "zone"


Name = Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9_]+(@[a-z]+)?$")]
PackId = Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9-]+$")]
PACK = "jinan-2020-54"  # the targets that are shown unless others are asked for


class View(BaseModel):
    """How a map page is looked at; None: today. `compare` is the day that changes are counted from."""

    on: Day = None
    by: By = By.STATUTORY
    map: Map = Map.THEN
    indicator: Name = "established"
    compare: Day = None
    pack: PackId = PACK


USUAL = View()


def address(path: str, **query: object) -> str:
    """A path with what is given of the query, in order, behind what it has already."""
    given = {k: str(v) for k, v in query.items() if v not in (None, "")}
    return f"{path}{'&' if '?' in path else '?'}{urlencode(given, safe='@')}" if given else path


def map_link(code: str, view: View, **over: object) -> str:
    """The map page of a division in this view; what is usual stays out of the address."""
    shown = {name: over.get(name, getattr(view, name)) for name in View.model_fields}
    usual = USUAL.model_dump()
    extra = {name: value for name, value in over.items() if name not in shown}
    return address(f"/map/{code}", **{k: v for k, v in shown.items() if v != usual[k]}, **extra)


def explain_link(metric: str, code: str, on: date, view: View | None = None, since: date | None = None) -> str:
    """What a number is made of; a flow is counted from `since`."""
    lay = view.map if view and view.map != Map.THEN else None
    return address("/explain", **{"metric": metric, "division": code, "on": on, "from": since, "map": lay})


# Address of a record in the API, below its service → the page that shows it.
RECORD_PAGES = {
    "registry/divisions": "/map",
    "registry/people": "/people",
    "registry/certificates": "/certificates",
    "registry/registrations": "/registrations",
    "registry/registration-applications": "/registration-applications",
    "registry/organizations": "/organizations",
    "registry/service-points": "/service-points",
    "procurement/projects": "/projects",
    "procurement/contracts": "/contracts",
    "procurement/staff": "/project-staff",
    "procurement/payments": "/payments",
    "coordination/service-records": "/service-records",
    "training/sessions": "/sessions",
    "training/attendances": "/attendances",
    "training/supervisors": "/supervisors",
    "training/bases": "/bases",
    "training/sites": "/sites",
}
_RECORD = re.compile(r"(?:/api/v1)?/([a-z]+/[a-z-]+)/([0-9a-f-]{12,36})", re.ASCII)


def record_page(record: str | None) -> str | None:
    """The page that shows a record of the API; None where there is no such page yet."""
    found = _RECORD.fullmatch(record or "")
    page = RECORD_PAGES.get(found[1]) if found else None
    return f"{page}/{found[2]}" if found and page else None


def local(target: str | None) -> str | None:
    """Where to go after sign-in: a path of ours, or nothing. `//host` and `/\\host` lead elsewhere."""
    if not target or not target.startswith("/") or len(target) > 2000:
        return None
    if target[1:2] in ("/", "\\") or "\\" in target or any(ord(c) < 33 for c in target):
        return None
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or parts.path in ("/login", "/logout"):
        return None
    return target


def login_link(target: str | None) -> str:
    return f"/login?next={quote(target, safe='/')}" if target and target != "/" else "/login"
