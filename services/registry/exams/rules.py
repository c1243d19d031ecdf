"""The regulations on exams as pure functions: what a candidate's papers come to, how long a senior's pass holds."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from services.contracts.divisions import subtree
from services.contracts.exams import ExamVerdict, Paper, PassState, Review
from services.contracts.facts import Period
from services.contracts.registry import Level
from services.kernel.errors import Conflict, Unprocessable
from services.registry.exams import parameters as p
from services.registry.registrations.parameters import on
from services.registry.registrations.windows import months_before, years_after

V = ExamVerdict


class WrongDay(Unprocessable):
    english = "The day does not fit."


class NotInTime(Conflict):
    english = "The review was not passed and made public while the pass was valid."


class Sitting(NamedTuple):
    """A candidate's papers of one year at one level; None: absent. What was not signed up for is left out."""

    exam_year: int
    level: Level
    division: str
    scores: Mapping[Paper, Decimal | None]


def end_of(exam_year: int) -> date:
    """The day by which the parameters of an exam are chosen."""
    return date(exam_year, 12, 31)


def papers(level: Level, exam_year: int) -> frozenset[Paper] | None:
    return None if (found := on(p.PAPERS[level], end_of(exam_year))) is None else frozenset(found)


def pass_mark(
    exam_year: int, level: Level, division: str, others: Sequence[p.OtherMark] = p.OTHER_MARKS
) -> Decimal | None:
    """Sixty, unless the notice of the year says otherwise for the smallest area around (CERT-03)."""
    said = [o for o in others if (o.exam_year, o.level) == (exam_year, level) and division in subtree(o.division)]
    closest = min(said, key=lambda o: extent(o.division), default=None)
    return on(p.PASS_MARK, end_of(exam_year)) if closest is None else closest.mark


def extent(division: str) -> int:
    area = subtree(division)
    return int(area.high) - int(area.low)


def passed(sitting: Sitting) -> frozenset[Paper] | None:
    """The papers passed in this year; None where there is no mark to hold them against."""
    mark = pass_mark(sitting.exam_year, sitting.level, sitting.division)
    if mark is None:
        return None
    return frozenset(paper for paper, score in sitting.scores.items() if score is not None and score >= mark)


def carried(sitting: Sitting, before: Iterable[Sitting]) -> frozenset[Paper] | None:
    """What was passed in the years that still count; None where nobody can say."""
    years = on(p.YEARS[sitting.level], end_of(sitting.exam_year)) or 1
    counting = [b for b in before if 0 < sitting.exam_year - b.exam_year < years]
    known = [passed(b) for b in counting]
    sure = [k for k in known if k is not None]
    if years > 1 and (not counting or len(sure) < len(known)):
        return None
    return frozenset[Paper]().union(*sure)


def computed(sitting: Sitting, before: Iterable[Sitting] = ()) -> ExamVerdict:
    """Assistant: both papers in one year; intermediate: all three within two in a row; senior: one (CERT-02).

    A paper that was not sat passes nothing: failed, or, where an earlier year might hold it, not to be decided.
    """
    needed, own = papers(sitting.level, sitting.exam_year), passed(sitting)
    if needed is None or own is None or not sitting.scores:
        return V.CANNOT_DECIDE
    earlier = carried(sitting, before)
    lacking = needed - own - (earlier or frozenset())
    if not lacking:
        return V.PASSED
    several = (on(p.YEARS[sitting.level], end_of(sitting.exam_year)) or 1) > 1
    if lacking & sitting.scores.keys() or (several and earlier is not None):
        return V.PARTIAL if several and own else V.FAILED
    return V.CANNOT_DECIDE


def verdict(sitting: Sitting, before: Iterable[Sitting] = (), stated: bool | None = None) -> ExamVerdict:
    """The official list's own word is the last: the notice of a year may know what we do not (CERT-03)."""
    ours = computed(sitting, before)
    if stated is None:
        return ours
    return V.PASSED if stated else V.FAILED if ours is V.PASSED else ours


def differs(ours: ExamVerdict, stated: bool | None) -> bool:
    """What is computed and what is stated contradict each other."""
    return stated is not None and ours is not V.CANNOT_DECIDE and (ours is V.PASSED) != stated


# ── the pass of the senior exam ──────────────────────────────────────────────────────────────────────────────────────
def pass_end(exam_year: int, passed_on: date, today: date) -> date:
    """Three years from the day on which the result was published: the first day that no longer counts (CERT-04)."""
    if passed_on > today:
        raise WrongDay("成绩公布日期在今天之后，请核对。", code="in_future", rule="CERT-04")
    if passed_on.year < exam_year:
        raise WrongDay("成绩公布日期早于考试年度，请核对。", code="before_exam", rule="CERT-04")
    years = on(p.PASS_YEARS, passed_on)
    if years is None:
        raise WrongDay(
            f"{p.SENIOR_MEASURE} 之前还没有高级考试，请核对成绩公布日期。",
            code="no_such_exam",
            rule="CERT-04",
        )
    return years_after(passed_on, years)


def check_review(period: Period, result: Review, reviewed_on: date, publicized_on: date | None, today: date) -> None:
    """Passed and made public within the validity of the pass, or not at all (CERT-04)."""
    last = max(reviewed_on, publicized_on or reviewed_on)
    if last > today:
        raise WrongDay("评审或公示日期在今天之后，请核对。", code="in_future", rule="CERT-04")
    if result is Review.FAILED and publicized_on is not None:
        raise WrongDay("评审未通过的没有公示日期，请留空。", code="not_publicized", rule="CERT-04")
    if result is Review.PASSED and publicized_on is None:
        raise WrongDay("请填写公示日期：评审通过并公示之后才发证书。", code="publicized_missing", rule="CERT-04")
    if publicized_on is not None and publicized_on < reviewed_on:
        raise WrongDay("公示日期早于评审日期，请核对。", code="publicized_early", rule="CERT-04")
    if reviewed_on < period.start or (period.end is not None and last >= period.end):
        raise NotInTime(
            "评审和公示都应在成绩合格证明的有效期内，请核对日期；已过有效期的须重新参加考试。",
            code="outside_validity",
            rule="CERT-04",
        )


def pass_state(valid_until: date, review: Review | None, day: date) -> PassState:
    if review is Review.PASSED:
        return PassState.USED
    if valid_until <= day:
        return PassState.ENDED
    return PassState.ENDING if valid_until <= notice_until(day) else PassState.VALID


def notice_until(day: date) -> date:
    """Passes that end before this day are told of."""
    return months_before(day, -(on(p.PASS_NOTICE_MONTHS, day) or 0))
