"""The regulations on training bases and internship sites, as functions of plain values and a table of states."""

from collections.abc import Mapping
from datetime import date

from services.contracts.training import Finding, Verdict
from services.contracts.training_practice import CHECKLIST_NAMES, Answer, Checklist, PlaceKind, PlaceState
from services.kernel.errors import FieldError, Unprocessable
from services.training.steps import Move, acts

S = PlaceState
MOVES: dict[str, Move[S]] = {
    "check-site": Move(frozenset({S.APPLIED}), S.SITE_CHECKED),
    "approve": Move(frozenset({S.SITE_CHECKED}), S.APPROVED, decides=True),
    "suspend": Move(frozenset({S.APPROVED}), S.SUSPENDED, needs_reason=True),
    "resume": Move(frozenset({S.SUSPENDED}), S.APPROVED),
    "withdraw": Move(frozenset({S.APPLIED, S.SITE_CHECKED, S.APPROVED, S.SUSPENDED}), S.WITHDRAWN, needs_reason=True),
}  # INT-06
VERDICTS = {Answer.YES: Verdict.MET, Answer.NO: Verdict.NOT_MET, Answer.UNKNOWN: Verdict.CANNOT_DECIDE}


class WrongAgreement(Unprocessable):
    english = "The agreement has a start and an end, and ends after it starts."


def may(state: S, *, own: bool) -> list[str]:
    found = acts(MOVES, state, own=own)
    return ["update", *found] if found else []


def check_agreement(start: date | None, end: date | None) -> None:
    """INT-06."""
    if (start is None) != (end is None) or (start is not None and end is not None and end <= start):
        wrong = FieldError(field="agreement_end", code="wrong_agreement", detail="协议起止日期都要填写，止晚于起")
        raise WrongAgreement("协议起止日期须同时填写，且截止日期晚于起始日期。", rule="INT-06", errors=[wrong])


def check_partner(id: object, name: object) -> None:
    """INT-03."""
    if id is not None and name is not None:
        wrong = FieldError(field="partner_name", code="one_partner", detail="合作单位编号和名称只填一项")
        raise Unprocessable("合作单位的编号和名称只填一项。", code="one_partner", rule="INT-03", errors=[wrong])


def findings(kind: PlaceKind, checklist: Mapping[str, Answer], agreement_end: date | None, on: date) -> list[Finding]:
    """CE-16 for bases, the agreement for both. Shown as warnings; nothing here blocks."""
    found = [conditions(name, checklist[name]) for name in Checklist.model_fields] if kind is PlaceKind.BASE else []
    if agreement_end is None:
        detail = "没有登记协议起止日期，不能计入数量。"
        found.append(Finding(rule="INT-06", code="agreement", verdict=Verdict.CANNOT_DECIDE, detail=detail))
    elif agreement_end <= on:
        detail = "协议已到期，不再计入数量，请续签后更新。"
        found.append(Finding(rule="INT-06", code="agreement", verdict=Verdict.NOT_MET, detail=detail))
    return found


def conditions(name: str, answer: Answer) -> Finding:
    return Finding(rule="CE-16", code=name, verdict=VERDICTS[answer], detail=f"{CHECKLIST_NAMES[name]}。")
