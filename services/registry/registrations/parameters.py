"""Dated parameters of the rule book on registration: each value holds from its day until the next one."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from services.contracts.registrations import ApplicationKind, Item
from services.registry.people.rules import REGISTRATION_YEARS, RENEWAL_MONTHS

V = TypeVar("V")
MEASURE = date(2009, 4, 8)  # 民发〔2009〕44号 was issued
CONTINUING = date(2009, 9, 7)  # the measure on continuing education


class Dated(NamedTuple, Generic[V]):
    since: date
    value: V


class Anchor(StrEnum):
    """Which day begins the year of an initial registration (REG-03, UNSURE)."""

    APPROVAL = "approval"
    PUBLICATION = "publication"


class LatePolicy(StrEnum):
    """What becomes of what comes after its window (REG-20, UNSURE)."""

    REJECT = "reject"
    REASON = "reason"


class Weight(StrEnum):
    """What hours that are short, or cannot be told, do to a renewal."""

    REQUIRED = "required"
    WARNS = "warns"
    WAIVED = "waived"


INITIAL_YEARS: Sequence[Dated[int]] = (Dated(MEASURE, 1),)  # REG-03
INITIAL_ANCHOR: Sequence[Dated[Anchor]] = (Dated(MEASURE, Anchor.APPROVAL),)  # REG-03, UNSURE
VALID_YEARS: Sequence[Dated[int]] = (Dated(MEASURE, REGISTRATION_YEARS),)  # REG-04
WINDOW_MONTHS: Sequence[Dated[int]] = (Dated(MEASURE, RENEWAL_MONTHS),)  # REG-05
DECISION_DAYS: Sequence[Dated[int]] = (Dated(MEASURE, 30),)  # REG-10, working days
NOTICE_DAYS: Sequence[Dated[int]] = (Dated(MEASURE, 5),)  # REG-22, working days, our own standard
LATE: Sequence[Dated[LatePolicy]] = (Dated(MEASURE, LatePolicy.REASON),)  # REG-20, UNSURE
CE_REQUIRED: Sequence[Dated[bool]] = (Dated(CONTINUING, True),)  # REG-11; a year may waive it (REG-12)
# Hours done elsewhere are no part of our register: whether it alone may refuse is UNSURE, so that it warns.
CE_HOURS: Sequence[Dated[Weight]] = (Dated(CONTINUING, Weight.WARNS),)  # REG-11, REG-12
# REG-08, REG-11, REG-12; what a change or a cancellation comes with nobody has written down (UNSURE: it warns).
REQUIRED: Mapping[ApplicationKind, Sequence[Item]] = {
    ApplicationKind.INITIAL: (Item.CAPACITY, Item.ETHICS, Item.IDENTITY, Item.CERTIFICATE, Item.FORM),
    ApplicationKind.RENEWAL: (Item.IDENTITY, Item.CERTIFICATE, Item.FORM, Item.CE_PROOF),
    ApplicationKind.CHANGE: (),
    ApplicationKind.CANCELLATION: (),
}
USUAL: Mapping[ApplicationKind, Sequence[Item]] = {
    ApplicationKind.INITIAL: (Item.PHOTO,),
    ApplicationKind.RENEWAL: (Item.REGISTRATION_CERTIFICATE,),
    ApplicationKind.CHANGE: (Item.FORM,),
    ApplicationKind.CANCELLATION: (Item.FORM,),
}


def on(parameter: Sequence[Dated[V]], day: date) -> V | None:
    """What holds on a day; None before anything did."""
    return next((dated.value for dated in reversed(parameter) if dated.since <= day), None)
