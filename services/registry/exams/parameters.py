"""Dated parameters of the rule book on exams: each value holds from its day until the next one."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from services.contracts.divisions import DivisionCode
from services.contracts.exams import Paper
from services.contracts.registry import Level
from services.registry.registrations.parameters import Dated

MEASURE = date(2006, 7, 20)  # 国人部发〔2006〕71号 was issued
SENIOR_MEASURE = date(2018, 3, 6)  # 人社部规〔2018〕2号
PASS_MARK: Sequence[Dated[Decimal]] = (Dated(MEASURE, Decimal(60)),)  # CERT-03, of a hundred
# CERT-02: which papers there are, and in how many consecutive years they must all be passed.
PAPERS: Mapping[Level, Sequence[Dated[tuple[Paper, ...]]]] = {
    Level.ASSISTANT: (Dated(MEASURE, (Paper.COMPREHENSIVE, Paper.PRACTICE)),),
    Level.SOCIAL_WORKER: (Dated(MEASURE, (Paper.COMPREHENSIVE, Paper.POLICY, Paper.PRACTICE)),),
    Level.SENIOR: (Dated(SENIOR_MEASURE, (Paper.PRACTICE,)),),
}
YEARS: Mapping[Level, Sequence[Dated[int]]] = {
    Level.ASSISTANT: (Dated(MEASURE, 1),),
    Level.SOCIAL_WORKER: (Dated(MEASURE, 2),),
    Level.SENIOR: (Dated(SENIOR_MEASURE, 1),),
}
PASS_YEARS: Sequence[Dated[int]] = (Dated(SENIOR_MEASURE, 3),)  # CERT-04
PASS_NOTICE_MONTHS: Sequence[Dated[int]] = (Dated(SENIOR_MEASURE, 6),)  # UNSURE: how long before its end one is told


class OtherMark(NamedTuple):
    """What the notice of a year says otherwise, in a division and below (CERT-03: 三区三州)."""

    exam_year: int
    division: DivisionCode
    level: Level
    mark: Decimal
    source: str


OTHER_MARKS: Sequence[OtherMark] = ()  # no notice with a line of its own has been given to us
