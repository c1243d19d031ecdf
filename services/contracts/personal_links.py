"""The link by which an applicant, who has no account, sees how it stands with her application; and its code."""

import hashlib
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.registrations import ApplicationKind, ApplicationState
from services.contracts.registry import Level
from services.contracts.registry_events import Event
from services.contracts.working_days import Deadline

MOST_DAYS = 180
MOST_FAILURES = 5  # wrong codes, after which the link is shut for good
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is read as something else
CODE_LENGTH = 8
HASH = r"^[0-9a-f]{64}$"


def opened_by(token: str, code: str) -> bytes:
    """What opens a link: without the link a code is worth nothing, to whoever reads the table either."""
    typed = "".join(code.upper().split()).replace("-", "")
    return hashlib.sha256(f"{token}\n{typed}".encode("utf-8", "surrogatepass")).digest()


class MakePersonalLink(Request):
    """Good for so many days, the day of making included; `replace`: those made before open nothing any more."""

    days: Annotated[int, Field(strict=True, ge=1, le=MOST_DAYS)] = 60
    replace: bool = True


class PersonalLinkOut(BaseModel):
    """`locked` by wrong codes; `opened_at` when the applicant last looked."""

    id: UUID
    application_id: UUID
    division: DivisionCode
    made_at: datetime
    made_by: str
    expires_at: datetime
    withdrawn_at: datetime | None
    opened_at: datetime | None
    failures: int
    locked: bool
    may: list[str] = Field(default_factory=list)


class PersonalLinkMade(PersonalLinkOut):
    """Said this once: the code is handed over apart from the link."""

    url: str
    code: str


class OpenPersonalLink(Request):
    """From the gateway: the hash of link and code together, never the code itself."""

    code_hash: Annotated[str, Field(pattern=HASH)]


class OpenStep(BaseModel):
    name: str
    detail: str


class ApplicationSeen(BaseModel):
    """What its link shows: of the name its first character, and nothing that anybody wrote about the person."""

    kind: ApplicationKind
    state: ApplicationState
    name: str
    level: Level | None
    submitted_on: date | None
    deadline: Deadline | None
    registered_on: date | None
    steps: list[OpenStep]
    as_of: datetime


class PersonalLinkIssued(Event):
    link_id: UUID
    application_id: UUID


class PersonalLinkWithdrawn(PersonalLinkIssued):
    pass


class PersonalLinkOpened(PersonalLinkIssued):
    pass


class PersonalLinkRefused(PersonalLinkIssued):
    """A wrong code; `locked` with the last one that is allowed."""

    locked: bool
