"""What the rules need to know of a certificate, its holder and its terms to judge an application. Plain values."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.contracts.education import EducationStanding
from services.contracts.facts import Period
from services.contracts.registrations import ApplicationKind, ApplicationState, Cancellation, EndedAs, Item
from services.contracts.registry import Level
from services.registry.education.rules import UNHEARD, Education
from services.registry.education.rules import standing as by_hours
from services.registry.people.rules import RANK
from services.registry.registrations.windows import Amnesty, Timing, Window, initial_window, renewal_window, timing


class Term(NamedTuple):
    """One row of registration; a term that ended on its first day never counted."""

    id: UUID
    certificate_id: UUID
    level: Level
    start: date
    end: date
    ended_as: EndedAs | None = None

    def holds(self, day: date) -> bool:
        return self.start <= day < self.end


class Standing(NamedTuple):
    """`terms` are all the holder's, of whichever certificate, by their start."""

    person_id: UUID
    certificate_id: UUID
    level: Level
    approved_on: date
    ended_on: date | None
    terms: Sequence[Term]
    education: Education = UNHEARD

    def own(self) -> list[Term]:
        """Of this certificate, those that counted for a day at least."""
        return [t for t in self.terms if t.certificate_id == self.certificate_id and t.start < t.end]

    def revoked(self) -> bool:
        """Whoever was revoked is not registered again by this certificate."""
        return any(t.certificate_id == self.certificate_id and t.ended_as is EndedAs.REVOKED for t in self.terms)

    def latest(self) -> Term | None:
        return max(self.own(), key=lambda t: t.end, default=None)

    def valid(self, day: date) -> bool:
        return self.approved_on <= day and (self.ended_on is None or day < self.ended_on)

    def hours(self, today: date) -> EducationStanding:
        """Of the term that is to be renewed (CE-02)."""
        latest = self.latest()
        return by_hours(self.level, latest and Period(latest.start, latest.end), self.education, today)

    def higher(self, day: date) -> bool:
        """Registered at a higher level already (REG-21)."""
        return any(t.holds(day) and RANK[t.level] > RANK[self.level] for t in self.terms)


class Case(NamedTuple):
    """An application as it is judged. `day`: handed in on, or today; `passed`: the hours on which it was registered."""

    kind: ApplicationKind
    state: ApplicationState
    items: frozenset[Item]
    late_reason: str | None
    cancellation: Cancellation | None
    day: date
    today: date
    passed: EducationStanding | None = None

    def hours(self, standing: Standing) -> EducationStanding:
        return self.passed or standing.hours(self.today)

    def window(self, standing: Standing) -> Window | None:
        if self.kind is ApplicationKind.INITIAL:
            return initial_window(standing.approved_on, self.day)
        latest = standing.latest()
        if self.kind is not ApplicationKind.RENEWAL or latest is None:
            return None
        return renewal_window(latest.end, self.day)

    def timing(self, standing: Standing, amnesties: Sequence[Amnesty]) -> Timing:
        """Changes and cancellations have no window."""
        if self.kind not in (ApplicationKind.INITIAL, ApplicationKind.RENEWAL):
            return Timing.IN_TIME
        window, approved_on = self.window(standing), standing.approved_on
        return timing(window, self.day, kind=self.kind, approved_on=approved_on, amnesties=amnesties)
