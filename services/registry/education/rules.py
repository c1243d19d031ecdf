"""How the holder of a term stands by the hours it asks for (CE-02, CE-12). Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from services.contracts.education import HOUR_MINUTES, PERIOD_HOURS, EducationStanding, FormHours
from services.contracts.facts import Period
from services.contracts.registry import Level
from services.contracts.training import Credit, Verdict

SOURCE = "training"
CENT = Decimal("0.01")
HEARD_WITHIN = timedelta(days=1)  # UNSURE: what training has said longer ago may have been reversed since


class Education(NamedTuple):
    """What is known of one person, and on which day training was last heard; None: never."""

    heard_on: date | None
    credits: Sequence[Credit]


UNHEARD = Education(None, ())


def on(parameter: Iterable[tuple[date, int]], day: date) -> int | None:
    return next((value for since, value in sorted(parameter, reverse=True) if since <= day), None)


def standing(level: Level, term: Period | None, known: Education, today: date) -> EducationStanding:
    """What was done within the term counts (CE-12). What is not known, or not asked for by any rule, is not decided."""
    required = None if term is None else on(PERIOD_HOURS[level], term.start)
    unit = None if term is None else on(HOUR_MINUTES, term.start)
    asked = {
        "start": term and term.start, "end": term and term.end, "heard_on": known.heard_on,
        "required": None if required is None else Decimal(required),
    }  # fmt: skip
    if term is None or required is None or unit is None or not is_fresh(known, today):
        return EducationStanding.model_validate(
            {"verdict": Verdict.CANNOT_DECIDE, **asked, "reached": None, "missing": None, "forms": []}
        )
    counted = [c for c in known.credits if term.start <= c.day and (term.end is None or c.day < term.end)]
    reached = hours(sum(c.minutes for c in counted), unit)
    missing = max(Decimal(required) - reached, Decimal(0))
    verdict = Verdict.NOT_MET if missing else Verdict.MET
    said = {"verdict": verdict, "reached": reached, "missing": missing, "forms": by_form(counted, unit)}
    return EducationStanding.model_validate({**asked, **said})


def is_fresh(known: Education, today: date) -> bool:
    return known.heard_on is not None and today - known.heard_on <= HEARD_WITHIN


def hours(minutes: int, unit: int) -> Decimal:
    return (Decimal(minutes) / unit).quantize(CENT)


def by_form(credits: Iterable[Credit], unit: int) -> list[FormHours]:
    minutes: dict[str, int] = defaultdict(int)
    for credit in credits:
        minutes[credit.form] += credit.minutes
    return [FormHours.model_validate({"form": form, "hours": hours(m, unit)}) for form, m in sorted(minutes.items())]
