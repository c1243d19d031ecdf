"""Which grounds hold on a day, by what was set nearest and last; and what the system comes with (REG-17). Pure.

The articles have not been seen: all that is shipped is UNSURE, without a legal basis, until the client confirms it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from services.contracts.grounds import DECISION_NAMES, GroundDecision
from services.contracts.registrations import GROUND_NAMES, Ground
from services.kernel.errors import Conflict, FieldError, Unprocessable

MEASURE = date(2009, 4, 8)  # 民发〔2009〕44号 was issued
D, G = GroundDecision, Ground


class Entry(NamedTuple):
    """One line of the list; `division` is None of what is shipped."""

    decision: GroundDecision
    code: str
    text: str
    legal_basis: str | None
    begins: date
    ends: date | None
    unsure: bool
    division: str | None = None

    def holds(self, day: date) -> bool:
        return self.begins <= day and (self.ends is None or day < self.ends)


ENDING: Mapping[GroundDecision, Sequence[Ground]] = {
    D.CANCELLATION: (G.VOLUNTARY, G.MOVED_OUT, G.DEATH, G.LOSS_OF_CAPACITY, G.LAPSED),
    D.REVOCATION: (G.OBTAINED_BY_FRAUD, G.CRIMINAL_PENALTY, G.SERIOUS_ETHICS_BREACH, G.CERTIFICATE_REVOKED),
    D.VOID: (G.CERTIFICATE_REVOKED,),
}
REFUSING = {
    "conditions_not_met": "不符合登记条件",
    "documents_wanting": "材料不齐或不符合要求，逾期未补正",
    "documents_untrue": "材料不真实",
    "out_of_time": "不在受理期内",
}
SHIPPED: Sequence[Entry] = (
    *(Entry(D.REFUSAL, code, text, None, MEASURE, None, True) for code, text in REFUSING.items()),
    *(
        Entry(decision, ground.value, GROUND_NAMES[ground], None, MEASURE, None, True)
        for decision, grounds in ENDING.items()
        for ground in grounds
    ),
)


class UnknownGround(Unprocessable):
    english = "This ground is not on the list of that day."


class NoGroundToEnd(Conflict):
    english = "There is no such ground to end."


class Backdated(Unprocessable):
    english = "The list changes from today at the earliest: what was decided keeps its ground."


def latest(entries: Iterable[Entry], day: date) -> list[Entry]:
    """Of each ground what was said last of it until the day, ended or not; they come from far to near, old to new."""
    chosen = {(e.decision, e.code): e for e in entries if e.begins <= day}
    return list(chosen.values())


def in_force(entries: Iterable[Entry], day: date) -> list[Entry]:
    return [e for e in latest(entries, day) if e.holds(day)]


def found(entries: Iterable[Entry], decision: GroundDecision, code: str, day: date) -> Entry | None:
    return next((e for e in in_force(entries, day) if (e.decision, e.code) == (decision, code)), None)


def check_named(entries: Iterable[Entry], decision: GroundDecision, code: str, day: date) -> Entry:
    """Whoever decides names a ground of the list as it is on the day of the decision."""
    entries = list(entries)
    named = found(entries, decision, code, day)
    if named is None:
        known = "、".join(e.text for e in in_force(entries, day) if e.decision is decision)
        wrong = FieldError(field="ground", code="unknown_ground", detail=f"可用的事由：{known or '无'}")
        raise UnknownGround(
            f"“{DECISION_NAMES[decision]}”没有这项事由，请从登记事由中选择。",
            code="unknown_ground", rule="REG-17", params={"decision": decision.value}, errors=[wrong],
        )  # fmt: skip
    return named


def check_ahead(field: str, day: date, today: date) -> None:
    if day < today:
        wrong = FieldError(field=field, code="backdated", detail="不能早于今天")
        raise Backdated("登记事由自今天或以后变更，已作出的决定仍依原来的事由。", code="backdated", rule="REG-17",
                        errors=[wrong])  # fmt: skip
