"""Which verb leads from which state to which, and who may: the whole of it a table (REG-13, REG-14). Pure."""

from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from services.contracts.registrations import (
    STATE_NAMES,
    ApplicationKind,
    ApplicationState,
    EndedAs,
    TermState,
    Verb,
)
from services.kernel.errors import Conflict, Forbidden
from services.registry.registrations.windows import renewal_window

S, V = ApplicationState, Verb


class Role(StrEnum):
    """What somebody is where an application lies; a reviewer of a whole city is of the city."""

    VIEWER = "viewer"
    EDITOR = "editor"
    DISTRICT_REVIEWER = "district_reviewer"
    CITY_REVIEWER = "city_reviewer"


class Move(NamedTuple):
    to: ApplicationState
    by: frozenset[Role]


APPLICANT = frozenset({Role.EDITOR})
DISTRICT = frozenset({Role.DISTRICT_REVIEWER, Role.CITY_REVIEWER})  # a city may stand in where a district has nobody
CITY = frozenset({Role.CITY_REVIEWER})
MOVES: Mapping[tuple[ApplicationState, Verb], Move] = {
    (S.DRAFT, V.EDIT): Move(S.DRAFT, APPLICANT),
    (S.DRAFT, V.SUBMIT): Move(S.SUBMITTED, APPLICANT),
    (S.DRAFT, V.WITHDRAW): Move(S.WITHDRAWN, APPLICANT),
    (S.SUBMITTED, V.EDIT): Move(S.SUBMITTED, APPLICANT),
    (S.SUBMITTED, V.WITHDRAW): Move(S.WITHDRAWN, APPLICANT),
    (S.SUBMITTED, V.APPROVE): Move(S.FIRST_REVIEW_PASSED, DISTRICT),
    (S.SUBMITTED, V.REJECT): Move(S.FIRST_REVIEW_REJECTED, DISTRICT),
    (S.SUBMITTED, V.RETURN): Move(S.NEEDS_CORRECTION, DISTRICT),
    (S.NEEDS_CORRECTION, V.EDIT): Move(S.NEEDS_CORRECTION, APPLICANT),
    (S.NEEDS_CORRECTION, V.SUBMIT): Move(S.SUBMITTED, APPLICANT),
    (S.NEEDS_CORRECTION, V.WITHDRAW): Move(S.WITHDRAWN, APPLICANT),
    (S.FIRST_REVIEW_PASSED, V.APPROVE): Move(S.FINAL_REVIEW_PASSED, CITY),
    (S.FIRST_REVIEW_PASSED, V.REJECT): Move(S.FINAL_REVIEW_REJECTED, CITY),
    (S.FIRST_REVIEW_PASSED, V.RETURN): Move(S.SUBMITTED, CITY),
    (S.FINAL_REVIEW_PASSED, V.REGISTER): Move(S.REGISTERED, CITY),
    (S.REGISTERED, V.ISSUE): Move(S.CERT_ISSUED, CITY),
}
OPEN = (S.DRAFT, S.SUBMITTED, S.NEEDS_CORRECTION, S.FIRST_REVIEW_PASSED, S.FINAL_REVIEW_PASSED)
CLOCK_RUNS = (S.SUBMITTED, S.FIRST_REVIEW_PASSED)  # until it is decided (REG-10)
DECIDING = frozenset({V.APPROVE, V.REJECT, V.RETURN})
VERBS: Mapping[Verb, str] = {
    V.EDIT: "修改", V.SUBMIT: "提交", V.WITHDRAW: "撤回", V.APPROVE: "通过", V.REJECT: "不予通过", V.RETURN: "退回",
    V.REGISTER: "登记", V.ISSUE: "出证",
}  # fmt: skip


class WrongState(Conflict):
    english = "The application is not in a state that allows this."


class OtherLevel(Forbidden):
    english = "This is for another role, or for another level of review."


class OwnApplication(Forbidden):
    english = "Nobody decides on what she entered, nor twice on the same."


class NothingToIssue(Conflict):
    english = "No certificate is issued for a cancellation."


def move(state: ApplicationState, verb: Verb, roles: Collection[Role]) -> ApplicationState:
    """Where it leads; else why not."""
    found = MOVES.get((state, verb))
    if found is None:
        raise WrongState(
            f"该申请“{STATE_NAMES[state]}”，不能{VERBS[verb]}。请刷新后查看它的状态。",
            code="wrong_state", rule="REG-13", params={"state": state, "verb": verb},
        )  # fmt: skip
    if not found.by.intersection(roles):
        who = "经办人员" if found.by == APPLICANT else "市级终审人员" if found.by == CITY else "区县初审人员"
        raise OtherLevel(f"这一步由{who}办理，请转交。", code="other_level", rule="REG-13")
    return found.to


def check_city(roles: Collection[Role]) -> None:
    """What ends a registration against its holder the city decides."""
    if Role.CITY_REVIEWER not in roles:
        raise OtherLevel("撤销登记由市级审核人员办理，请转交。", code="other_level", rule="REG-17")


def check_issuing(kind: ApplicationKind) -> None:
    if kind is ApplicationKind.CANCELLATION:
        raise NothingToIssue("注销登记不出证，登记完成即已办结。", code="nothing_to_issue")


def check_decider(asker: str, entered_by: Collection[str], first_by: str | None) -> None:
    """Neither on one's own entry, nor in both reviews."""
    if asker in entered_by:
        raise OwnApplication("这份申请由您录入，不能由您审核；请由其他审核人员办理。", code="own_application")
    if asker == first_by:
        raise OwnApplication("这份申请由您初审，不能再由您终审；请由其他审核人员办理。", code="own_first_review")


def may(
    state: ApplicationState, kind: ApplicationKind, roles: Collection[Role], *, own: bool, first: bool
) -> list[Verb]:
    """What somebody may do next, who has entered it (`own`), or reviewed it first."""
    found = []
    for (of, verb), there in MOVES.items():
        barred = verb in DECIDING and (own or (first and state is S.FIRST_REVIEW_PASSED))
        idle = verb is V.ISSUE and kind is ApplicationKind.CANCELLATION
        if of is state and there.by.intersection(roles) and not barred and not idle:
            found.append(verb)
    return found


def term_state(start: date, end: date, ended_as: EndedAs | None, on: date) -> TermState:
    """Of one term on a day; how it ended shows from that day on."""
    if on >= end:
        return TermState(ended_as.value) if ended_as else TermState.EXPIRED
    if on < start:
        return TermState.UPCOMING
    window = None if ended_as else renewal_window(end, on)
    return TermState.RENEWAL_WINDOW if window and window.first <= on else TermState.ACTIVE
