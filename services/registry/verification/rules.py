"""What is said of a certificate on a day, and of whom an official may have a proof made. Pure."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from services.contracts.registry import Level
from services.contracts.verification import WORDS, Answered, PublicVerdict, Standing, Verdict
from services.kernel.errors import Conflict
from services.registry.people.rules import RANK

SHOWN = 4  # characters of a management number at either end


class NotInForce(Conflict):
    english = "The registration is not in force, so nothing can be issued to prove it."


class AlreadyWithdrawn(Conflict):
    english = "This proof was withdrawn before."


class Held(NamedTuple):
    """One certificate as the register has it: its own end, its latest term that has begun, and whether a higher
    registration of the same person is in force. Column for column what the database's functions answer.
    """

    level: str
    management_number: str
    surname: str
    ended_on: date | None
    start_on: date | None
    end_on: date | None
    ended_as: str | None
    superseded: bool


def verdict(held: Held, on: date) -> Verdict:
    """A certificate declared void takes its registration along (REG-18); a higher level supersedes it (REG-21)."""
    if held.ended_on is not None and held.ended_on <= on:
        return Verdict.REVOKED
    if held.start_on is None or held.end_on is None:
        return Verdict.NOT_REGISTERED
    if held.ended_as is not None and held.end_on <= on:
        return Verdict(held.ended_as)
    if held.superseded:
        return Verdict.SUPERSEDED
    if on < held.start_on:
        return Verdict.NOT_YET
    return Verdict.VALID if on < held.end_on else Verdict.EXPIRED


# Of several certificates under one number the first of these is told (CERT-06: a number is unique within its year and
# level only), and of those alike the highest level (CERT-08).
ORDER = (
    Verdict.VALID, Verdict.NOT_YET, Verdict.SUPERSEDED, Verdict.EXPIRED, Verdict.CANCELLED, Verdict.REVOKED,
    Verdict.NOT_REGISTERED,
)  # fmt: skip


def standing(several: Iterable[Held], on: date) -> Standing:
    found = [(verdict(held, on), held) for held in several]
    if not found:
        return Standing(verdict=Verdict.UNKNOWN, word=WORDS[Verdict.UNKNOWN])
    said, held = min(found, key=lambda pair: (ORDER.index(pair[0]), -RANK[Level(pair[1].level)]))
    last = None if held.end_on is None else held.end_on - timedelta(days=1)
    level = Level(held.level)
    return Standing(verdict=said, word=WORDS[said], level=level, valid_from=held.start_on, valid_to=last)


def answered(position: int, several: Iterable[Held], on: date) -> Answered:
    return Answered(position=position, **standing(several, on).model_dump())


def public(held: Held | None, *, withdrawn: bool, on: date, shown: PublicVerdict) -> PublicVerdict:
    """`shown` is the empty answer, of the moment. A withdrawn paper says so, and nothing of whom it was."""
    if held is None:
        return shown
    if withdrawn:
        return shown.model_copy(update={"verdict": Verdict.WITHDRAWN, "word": WORDS[Verdict.WITHDRAWN]})
    more = {"name": f"{held.surname}*", "management_number": masked(held.management_number)}
    return shown.model_copy(update={**standing([held], on).model_dump(), **more})


def masked(number: str) -> str:
    """The ends of it, to be compared with the paper; of a short one less."""
    kept = min(SHOWN, len(number) // 4)
    return number[:kept] + "*" * max(3, len(number) - 2 * kept) + (number[-kept:] if kept else "")


def check_provable(said: Verdict) -> None:
    """What is printed or carried about says that the registration is in force."""
    if said is not Verdict.VALID:
        raise NotInForce(
            f"此登记的状态是“{WORDS[said]}”，不能出具登记证明。请在登记有效期内办理。",
            code="registration_not_in_force", params={"verdict": said.value}, rule="REG-04",
        )  # fmt: skip


# What a status list says of a credential (draft-ietf-oauth-status-list §7).
IN_FORCE, INVALID, SUSPENDED = 0, 1, 2
STATUS = {
    Verdict.SUPERSEDED: SUSPENDED, Verdict.NOT_YET: SUSPENDED, Verdict.REVOKED: INVALID, Verdict.CANCELLED: INVALID,
    Verdict.NOT_REGISTERED: INVALID,
}  # fmt: skip


def status(held: Held, *, withdrawn: bool, on: date) -> int:
    """Over with the term is what the credential says itself: it needs no bit."""
    return INVALID if withdrawn else STATUS.get(verdict(held, on), IN_FORCE)
