"""The scaffold of a list: what it is narrowed by, how it is sorted and paged, and the same as a file.

Every state is an address. Keyset pages have no numbers: Back and Forward of the browser go where one was.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, ClassVar, Literal, NamedTuple, TypeVar

from fastapi import Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, BeforeValidator

from services.contracts.identity import Me
from services.dashboard.gateway import Gateway
from services.dashboard.labels import places_of
from services.dashboard.links import Day, Place, Word, address, blank_is_none
from services.dashboard.panels import Panel, mendable
from services.dashboard.render import render
from services.kernel.paging import Page

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
About = Callable[[Sequence[M]], Awaitable[dict[str, object]]]
PAGE = 50
SIZES = {"20": "20", "50": "50", "100": "100"}
CursorText = Annotated[str | None, Query(max_length=500)]
Size = Annotated[Literal["20", "50", "100"] | None, BeforeValidator(blank_is_none)]
YesNo = Annotated[Literal["true", "false"] | None, BeforeValidator(blank_is_none)]
Format = Literal["xlsx", "csv"]
POSITION = frozenset({"cursor", "limit"})  # where one is in a list, not what it holds
COLUMNS = "columns"


def each(value: object) -> object:
    """One box a column in the form, all of them behind one name in an address."""
    given = value if isinstance(value, list) else [value]
    return [name for text in given if isinstance(text, str) for name in text.split(",") if name] or None


class Filter(BaseModel):
    """What a list is narrowed by; blanks of the form count as not given. Its fields are the API's parameters.

    `optional` are the columns that may be left out, in the order of the table, whose first column always stays; none
    chosen are all. `kept` is the name under which searches of this list are saved.
    """

    usual: ClassVar[str] = "division"  # how it is sorted unless something else is asked for
    optional: ClassVar[Mapping[str, str]] = {}
    kept: ClassVar[str] = ""
    q: Word = None
    division: Place = None
    on: Day = None
    sort: Annotated[str | None, Query(max_length=20), BeforeValidator(blank_is_none)] = None
    limit: Size = None
    cursor: CursorText = None
    columns: Annotated[list[str] | None, BeforeValidator(each)] = None

    @property
    def query(self) -> dict[str, object]:
        return self.model_dump(by_alias=True, exclude={COLUMNS})

    @property
    def chosen(self) -> list[str]:
        """The columns that are shown of those that may be left out, if any are left out."""
        named = [name for name in self.optional if name in (self.columns or ())]
        return [] if len(named) == len(self.optional) else named

    @property
    def hidden(self) -> str:
        """The classes of a table by which columns are left out, counted from its first."""
        left_out = (n for n, name in enumerate(self.optional, 2) if self.chosen and name not in self.chosen)
        return " ".join(f"without-{n}" for n in left_out)

    @property
    def wanted(self) -> dict[str, object]:
        """What the list holds and shows of it, wherever one is in it."""
        held = {name: value for name, value in self.query.items() if name not in POSITION}
        return {**held, COLUMNS: ",".join(self.chosen) or None}

    @property
    def narrowed(self) -> bool:
        return any(v is not None for k, v in self.wanted.items() if k not in ("sort", COLUMNS))

    @property
    def saved(self) -> str:
        """As it is remembered: the query of its address."""
        return address("", **self.wanted).removeprefix("?")

    def at(self, path: str, **over: object) -> str:
        """This list, looked at in another way: from its first page."""
        return address(path, **{**self.query, COLUMNS: self.wanted[COLUMNS], "cursor": None, **over})


class Here(NamedTuple):
    """A record's page with the lists on it: each has its own cursor, named as its section."""

    path: str
    asked: dict[str, object]

    def pages(self, name: str, shown: Panel[Page[T]]) -> dict[str, str | None]:
        """Where the list starts, unless it is shown from there, and where it goes on."""
        next = shown.found.next if shown.found else None
        return {
            "first": self._at(name, None) if self.asked[name] else None,
            "next": self._at(name, next) if next else None,
        }

    def _at(self, name: str, cursor: str | None) -> str:
        return f"{address(self.path, **{**self.asked, name: cursor})}#{name}"


async def nothing_more(items: Sequence[BaseModel]) -> dict[str, object]:
    return {}


async def listed(
    request: Request, gateway: Gateway, me: Me, name: str, answer: type[Page[M]], path: str, asked: Filter,
    about: About[M] = nothing_more, **context: object,
) -> Response:  # fmt: skip
    """The page `name` of the list that the API has at `path`. A search that cannot be made leaves its form.

    `about`: what the page has to ask besides, knowing what it will show.
    """
    found = await mendable(gateway.ask(answer, path, **{**asked.query, "limit": asked.limit or PAGE}))
    items = found.found.items if found.found else []
    places, more = await asyncio.gather(places_of(gateway, me.home, asked.division), about(items))
    here, next = request.url.path, found.found.next if found.found else None
    pages = {
        "first": asked.at(here) if asked.cursor else None,
        "next": asked.at(here, cursor=next) if next else None,
    }
    return render(
        request, name, status=found.refusal.status if found.refusal else 200, asked=asked, refusal=found.refusal,
        items=items, pages=pages, places=places, **context, **more,
    )  # fmt: skip


async def exported(gateway: Gateway, path: str, asked: Filter, format: Format) -> StreamingResponse:
    """The whole list as a file, as it is narrowed and sorted."""
    return await gateway.file(f"{path}/export", **asked.wanted, format=format)
