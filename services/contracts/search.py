"""Looking for somebody by the number of a document, and the searches that an official keeps for herself."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.registry import IdType, PersonOut
from services.contracts.registry_events import Event
from services.contracts.text import Line

MOST_SAVED = 50  # of one account


class SearchPeople(Request):
    """A number as somebody typed it. Without its type it is looked for under every type that it could be of."""

    id_number: Annotated[Line, Field(min_length=5, max_length=40)]
    id_type: IdType | None = None


class PersonFound(BaseModel):
    """None: nobody of this number, or nobody within the asker's area; which of them is not said."""

    person: PersonOut | None


class PersonSought(Event):
    """Somebody looked for a number; whose it was, if anybody's within reach. The number itself is told nowhere."""

    person_id: UUID | None
    division: DivisionCode | None


class SearchQuotaReached(Event):
    """Somebody has used up the searches of an hour: worth a look."""

    quota: int


# ── saved searches ───────────────────────────────────────────────────────────────────────────────────────────────────
PageName = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=40)]
SearchName = Annotated[Line, Field(min_length=1, max_length=30)]
Query = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.~%+=&@:,-]*$", max_length=1000)]


class SaveSearch(Request):
    """`page` is the list, `query` the query string of its address: what narrows it, how it is sorted, its columns."""

    name: SearchName
    page: PageName
    query: Query


class RenameSearch(Request):
    name: SearchName


class SavedSearchOut(BaseModel):
    id: UUID
    name: str
    page: str
    query: str
    created_at: datetime


class SearchKept(Event):
    """`kept` is what became of it: saved, renamed or deleted. By whom says the event, what it looks for nobody."""

    search_id: UUID
    page: str
    kept: str
