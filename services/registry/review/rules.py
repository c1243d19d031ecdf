"""Where an application waits, whose turn it is, and how long somebody keeps it (REG-13, field note 15). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from services.contracts.registrations import (
    ITEM_NAMES,
    PLACE_NAMES,
    ApplicationKind,
    ApplicationOut,
    ApplicationState,
    Item,
)
from services.contracts.registry import LEVEL_NAMES, Level, PersonOut
from services.contracts.review import Compared, Queue
from services.kernel.errors import Conflict, FieldError, Unprocessable
from services.registry.registrations.parameters import MEASURE, Dated, on

S, K, Q = ApplicationState, ApplicationKind, Queue
WAITS: Mapping[ApplicationState, Queue | None] = {
    S.DRAFT: Q.DRAFTING,
    S.SUBMITTED: Q.FIRST_REVIEW,
    S.NEEDS_CORRECTION: Q.CORRECTION,
    S.FIRST_REVIEW_PASSED: Q.FINAL_REVIEW,
    S.FIRST_REVIEW_REJECTED: None,
    S.FINAL_REVIEW_PASSED: Q.REGISTERING,
    S.FINAL_REVIEW_REJECTED: None,
    S.REGISTERED: Q.ISSUING,
    S.CERT_ISSUED: None,
    S.WITHDRAWN: None,
}
REVIEWED: Mapping[Queue, ApplicationState] = {Q.FIRST_REVIEW: S.SUBMITTED, Q.FINAL_REVIEW: S.FIRST_REVIEW_PASSED}
LEASE_MINUTES: Sequence[Dated[int]] = (Dated(MEASURE, 30),)  # our own standard


class HeldByAnother(Conflict):
    english = "Another reviewer has this application before them."


class NotUnderReview(Conflict):
    english = "This application waits for no reviewer."


class NotHeld(Conflict):
    english = "You do not have this application before you."


class Backdated(Unprocessable):
    english = "Templates change from today at the earliest."


class NotInForce(Conflict):
    english = "The template is over, or has been replaced."


class Claim(NamedTuple):
    held_by: str
    held_name: str
    until: datetime

    def stands(self, now: datetime) -> bool:
        return now < self.until


def queue_of(state: ApplicationState, kind: ApplicationKind) -> Queue | None:
    """The one queue in which it waits; None: it is final. No certificate is issued for a cancellation."""
    if (state, kind) == (S.REGISTERED, K.CANCELLATION):
        return None
    return WAITS[state]


def states_of(queue: Queue) -> list[ApplicationState]:
    return [state for state, waits in WAITS.items() if waits is queue]


def kinds_of(queue: Queue) -> list[ApplicationKind]:
    return [kind for kind in K if all(queue_of(state, kind) is queue for state in states_of(queue))]


def lease_end(now: datetime, today: date) -> datetime:
    minutes: int | None = on(LEASE_MINUTES, today)
    return now + timedelta(minutes=minutes or 0)


def check_free(claim: Claim | None, asker: str, now: datetime) -> None:
    """One reviewer at a time; whose time is up holds nothing."""
    if claim is not None and claim.held_by != asker and claim.stands(now):
        raise HeldByAnother(
            f"这份申请正由{claim.held_name}审核，请办理下一份，或与其联系。",
            code="held_by_another", rule="REG-13",
            params={"held_by": claim.held_by, "held_name": claim.held_name, "until": claim.until.isoformat()},
        )  # fmt: skip


def check_ahead(field: str, day: date, today: date) -> None:
    if day < today:
        wrong = FieldError(field=field, code="backdated", detail="不能早于今天")
        raise Backdated("常用意见自今天或以后变更，已作出的决定不受影响。", code="backdated", errors=[wrong])


# ── differences ──────────────────────────────────────────────────────────────────────────────────────────────────────
def listed(items: Iterable[Item]) -> str:
    return "、".join(ITEM_NAMES[item] for item in Item if item in set(items))


def compared(application: ApplicationOut, person: PersonOut | None, previous: ApplicationOut | None) -> list[Compared]:
    """What is asked for beside what the register says of the person and what the application before this one said."""
    change = application.change
    lines: list[tuple[str, str, str | None, str | None]] = []
    if person is not None:
        employer, division = (change.employer_id, change.division) if change else (None, None)
        to = application.new_employer_name if employer else person.employer_name
        moves = division is not None and division != person.division
        to_place = division if moves else None if employer else person.division_name
        lines = [
            ("name", "姓名", person.name, (change and change.name) or person.name),
            ("phone", "联系电话", person.phone, (change and change.phone) or person.phone),
            ("employer", "工作单位", person.employer_name, to),
            ("division", "所在区划", person.division_name, to_place),
            ("level", "证书级别", level_name(person.level), level_name(application.level)),
        ]
    if previous is not None:
        lines.append(("place", "在哪里申请", PLACE_NAMES[previous.place], PLACE_NAMES[application.place]))
        lines.append(("items", "已收齐", listed(previous.items), listed(application.items)))
        lines.append(("reviewed_in", "受理区划", previous.division, application.division))
    return [
        Compared(field=field, name=name, before=before, now=now, differs=differing(before, now))
        for field, name, before, now in lines
    ]


def level_name(level: Level | None) -> str | None:
    return level and LEVEL_NAMES[level]


def differing(before: str | None, now: str | None) -> bool | None:
    return None if before is None or now is None else before != now
