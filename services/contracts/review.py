"""The review desk: queues of applications, who has taken which, what is compared, and reasons kept as templates."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.contracts.days import Day
from services.contracts.disclosure import Answer, impersonal
from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.registrations import ApplicationOut, Verb
from services.contracts.registry_events import Event
from services.contracts.text import Line
from services.contracts.working_days import Deadline


class Queue(StrEnum):
    """Where a live application waits, and for whom: in exactly one of them."""

    DRAFTING = "drafting"
    FIRST_REVIEW = "first-review"
    CORRECTION = "correction"
    FINAL_REVIEW = "final-review"
    REGISTERING = "registering"
    ISSUING = "issuing"


QUEUE_NAMES: Mapping[Queue, str] = {
    Queue.DRAFTING: "待提交",
    Queue.FIRST_REVIEW: "待初审",
    Queue.CORRECTION: "退回待补正",
    Queue.FINAL_REVIEW: "待终审",
    Queue.REGISTERING: "待登记",
    Queue.ISSUING: "待出证",
}


class Held(StrEnum):
    """By whom an application is held at the moment."""

    MINE = "mine"
    OTHERS = "others"
    NOBODY = "nobody"


class QueueCount(BaseModel):
    """`overdue` is None where a table of holidays is missing; `overdue_estimated` counts by weekdays there.

    `oldest_on` is when the one that waits longest was handed in; `deadline` is the next that is still to come.
    """

    queue: Queue
    count: int
    overdue: int | None
    overdue_estimated: int
    held: int
    oldest_on: date | None
    deadline: Deadline | None
    may_take: bool


class QueuesOut(BaseModel):
    """What is in the queues and what is final are all there is."""

    items: list[QueueCount]
    final: int
    all: int


class ClaimOut(BaseModel):
    """Who has it before them, by the name of the account, and until when unless work goes on."""

    held_by: str
    held_name: str
    until: datetime
    mine: bool


class CaseOut(BaseModel):
    """`queue` is None of what is final."""

    application: ApplicationOut
    queue: Queue | None
    claim: ClaimOut | None
    may: list[str]


class TakeNext(Request):
    """`application_id`: the one that is put back, behind which the next is looked for; left out, from the oldest."""

    application_id: UUID | None = None


class Taken(BaseModel):
    """None: the queue has nothing left for the asker."""

    case: CaseOut | None


class Compared(BaseModel):
    """What an application says beside what was known before; `differs` is None where nothing was known."""

    field: str
    name: str
    before: str | None
    now: str | None
    differs: bool | None


class ComparisonOut(BaseModel):
    """`previous_id` is the application of the same kind that was decided before this one."""

    items: list[Compared]
    previous_id: UUID | None
    previous_number: int | None
    previous_reason: str | None


# ── reasons as templates ─────────────────────────────────────────────────────────────────────────────────────────────
Basis = Annotated[Line, Field(min_length=2), AfterValidator(impersonal)]
DECISIONS: Mapping[Verb, str] = {Verb.APPROVE: "通过", Verb.RETURN: "退回", Verb.REJECT: "不予通过"}


class DecisionKind(StrEnum):
    APPROVE = Verb.APPROVE.value
    RETURN = Verb.RETURN.value
    REJECT = Verb.REJECT.value


class AddTemplate(Request):
    """Offered to whoever decides in the division or below it, from `begins` on."""

    division: DivisionCode
    decision: DecisionKind
    text: Answer
    legal_basis: Basis | None = None
    begins: Day


class ChangeTemplate(Request):
    """New words from `begins` on; what was decided by the old ones keeps them."""

    text: Answer
    legal_basis: Basis | None = None
    begins: Day


class EndTemplate(Request):
    ends: Day


class TemplateOut(BaseModel):
    id: UUID
    division: DivisionCode
    decision: DecisionKind
    text: str
    legal_basis: str | None
    begins: date
    ends: date | None
    set_by: str
    in_force: bool
    may: list[str]


class CaseTaken(Event):
    """`from_another`: whose time was up."""

    application_id: UUID
    from_another: bool


class CaseReleased(Event):
    application_id: UUID


class TemplateSet(Event):
    template_id: UUID
    division: DivisionCode
    decision: DecisionKind
    begins: date


class TemplateEnded(Event):
    template_id: UUID
    division: DivisionCode
    ends: date
