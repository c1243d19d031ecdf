"""What opens a personal link, and what it shows. Pure."""

import secrets
from datetime import date, datetime, time, timedelta

from services.contracts.personal_links import ALPHABET, CODE_LENGTH, MOST_FAILURES, ApplicationSeen, OpenStep
from services.contracts.registrations import ApplicationOut, ChecklistOut, StepState
from services.kernel.clock import SHANGHAI
from services.kernel.errors import Conflict, NotFound

UNMET = (StepState.UNMET, StepState.UNDECIDED, StepState.WARNING)


class WithdrawnAlready(Conflict):
    english = "This link was withdrawn before."


def new_code() -> str:
    """Drawn, not made of anything that somebody knows of the person: 31⁸, of which five may be tried."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def last_moment(today: date, days: int) -> datetime:
    """The end of its last day in Shanghai."""
    return datetime.combine(today + timedelta(days=days), time.min, SHANGHAI)


def opens(*, right: bool, withdrawn: bool, expires_at: datetime, failures: int, now: datetime) -> bool:
    return right and not withdrawn and now < expires_at and failures < MOST_FAILURES


def cannot_open() -> NotFound:
    """The same for whatever the reason: a guesser learns nothing of which links there are."""
    return NotFound("链接或查询码不对，或已失效。请核对后重试；", code="no_such_link")


def seen(application: ApplicationOut, checklist: ChecklistOut, now: datetime) -> ApplicationSeen:
    """Of the name its first character. What officials wrote in their own words may name somebody: it stays inside."""
    steps = [OpenStep(name=s.name, detail=s.detail) for s in checklist.steps if s.state in UNMET]
    return ApplicationSeen(
        kind=application.kind, state=application.state, name=f"{(application.person_name or '')[:1]}*",
        level=application.level, submitted_on=application.submitted_on, deadline=application.deadline,
        registered_on=application.registered_on, steps=steps, as_of=now,
    )  # fmt: skip
