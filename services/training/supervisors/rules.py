"""The regulations on supervisors, as functions of plain values and a table of states."""

import re
from datetime import date
from unicodedata import normalize
from uuid import UUID

from services.contracts.registry import Level, PersonRecord
from services.contracts.training import Finding, Verdict
from services.contracts.training_practice import SupervisorState, SupervisorType
from services.kernel.errors import Conflict, FieldError, Unprocessable
from services.training.parameters import MAX_SUPERVISEES, TERM_YEARS, YEARS_OF_PRACTICE, always
from services.training.steps import Move, acts

S = SupervisorState
MOVES: dict[str, Move[S]] = {
    "review": Move(frozenset({S.NOMINATED}), S.REVIEWED),
    "publicise": Move(frozenset({S.REVIEWED}), S.PUBLICISED),
    "appoint": Move(frozenset({S.PUBLICISED}), S.APPOINTED, decides=True),
    "suspend": Move(frozenset({S.APPOINTED}), S.SUSPENDED, needs_reason=True),
    "resume": Move(frozenset({S.SUSPENDED}), S.APPOINTED),
    "dismiss": Move(
        frozenset({S.NOMINATED, S.REVIEWED, S.PUBLICISED, S.APPOINTED, S.SUSPENDED}), S.DISMISSED, needs_reason=True
    ),
}  # SUP-07; an appointment expires by itself
BEFORE_APPOINTMENT = frozenset({S.NOMINATED, S.REVIEWED, S.PUBLICISED})
SPACES = re.compile(r"\s+")
SETTLED = frozenset({"level", "term_start", "term_end"})


UNKNOWN = "登记信息中没有此人，或此人不在您的管辖范围内。"


class TermRunsBackwards(Unprocessable):
    english = "The term ends before it starts."


class Settled(Conflict):
    english = "Level and term are settled by the appointment."


def shown(state: S, term_end: date, on: date) -> S:
    """An appointment whose term is over has expired, whether or not anybody says so."""
    return S.EXPIRED if state in (S.APPOINTED, S.SUSPENDED) and term_end <= on else state


def may(state: S, *, own: bool) -> list[str]:
    found = acts(MOVES, state, own=own)
    return ["update", *found] if found else []


def check_identity(type: SupervisorType, person_id: UUID | None, expert_name: str | None) -> None:
    """SUP-06: who is in the registry by id, an external expert by name."""
    if (type is SupervisorType.INTERNAL) != (person_id is not None) or (person_id is None) == (expert_name is None):
        field = "person_id" if type is SupervisorType.INTERNAL else "expert_name"
        wrong = FieldError(field=field, code="one_identity", detail="本系统社工从名册选定，外聘专家填姓名，只填一项")
        raise Unprocessable(
            "本系统社工请从名册选定，外聘专家请填姓名，只填一项。", code="one_identity", rule="SUP-06", errors=[wrong]
        )


def holder(person_id: UUID | None, expert_name: str | None, affiliation: str | None) -> str:
    """Whose appointments count once together (SUP-02): an expert is one, whatever the spaces and widths of the name."""
    if person_id is not None:
        return f"person:{person_id}"
    name, where = (SPACES.sub("", normalize("NFKC", said or "")) for said in (expert_name, affiliation))
    return f"expert:{name}|{where}"


def term_end(start: date, end: date | None) -> date:
    """Three years unless the document says otherwise (SUP-07, UNSURE)."""
    if end is None:
        years = always(TERM_YEARS, start)
        leap = (start.month, start.day) == (2, 29)
        return start.replace(year=start.year + years, day=28 if leap else start.day)
    if end <= start:
        wrong = FieldError(field="term_end", code="term_runs_backwards", detail="聘期止应晚于聘期起")
        raise TermRunsBackwards("聘期截止日期应晚于起始日期，请核对。", rule="SUP-07", errors=[wrong])
    return end


def check_settled(state: S, changed: set[str]) -> None:
    if state not in BEFORE_APPOINTMENT and changed & SETTLED:
        raise Settled("聘任之后级别和聘期不能再改；续聘、晋级请另行提名。", rule="SUP-07")


def findings(type: SupervisorType, person: PersonRecord | None, max_load: int | None, on: date) -> list[Finding]:
    """Shown as warnings; nothing here blocks an appointment (SUP-04 and SUP-10 are UNSURE)."""
    found = [load(max_load, on)]
    if type is SupervisorType.INTERNAL:
        found += [level(person, on), registered(person, on), practice(person, on)]
    return found


def load(max_load: int | None, on: date) -> Finding:
    most = always(MAX_SUPERVISEES, on)
    if max_load is None:
        return Finding(rule="SUP-04", code="load", verdict=Verdict.CANNOT_DECIDE, detail="未填写最多督导人数。")
    if max_load > most:
        return Finding(
            rule="SUP-04",
            code="load",
            verdict=Verdict.NOT_MET,
            detail=f"最多督导 {max_load} 人，多于建议的 {most} 人。",
        )
    return Finding(rule="SUP-04", code="load", verdict=Verdict.MET, detail=f"最多督导人数不超过 {most} 人。")


def level(person: PersonRecord | None, on: date) -> Finding:
    if person is None:
        return Finding(rule="SUP-10", code="level", verdict=Verdict.CANNOT_DECIDE, detail=UNKNOWN)
    held = {c.level for c in person.certificates if c.start <= on and (c.end is None or on < c.end)}
    met = bool(held & {Level.SOCIAL_WORKER, Level.SENIOR})
    return Finding(
        rule="SUP-10",
        code="level",
        verdict=Verdict.MET if met else Verdict.NOT_MET,
        detail="建议具有社会工作师以上证书。",
    )


def registered(person: PersonRecord | None, on: date) -> Finding:
    if person is None:
        return Finding(rule="SUP-10", code="registered", verdict=Verdict.CANNOT_DECIDE, detail=UNKNOWN)
    met = any(p.start <= on and (p.end is None or on < p.end) for p in person.registered)
    return Finding(
        rule="SUP-10", code="registered", verdict=Verdict.MET if met else Verdict.NOT_MET, detail="建议登记在有效期内。"
    )


def practice(person: PersonRecord | None, on: date) -> Finding:
    """Years of practice are recorded nowhere; a certificate of that age is the only thing that says so."""
    years = always(YEARS_OF_PRACTICE, on)
    first = min((c.start for c in person.certificates), default=None) if person else None
    met = first is not None and (on - first).days >= years * 365
    return Finding(
        rule="SUP-10", code="practice", verdict=Verdict.MET if met else Verdict.CANNOT_DECIDE,
        detail=f"建议从业满 {years} 年；系统只知道取得证书的日期。",
    )  # fmt: skip
