"""What a status there and a state here come to together: one table, total over both (REG-13, REG-18). Pure."""

from collections.abc import Collection, Mapping
from datetime import date
from itertools import product

from services.contracts.national_statuses import NationalState, NationalStatus, OurState, Phase
from services.contracts.reconciliation import FIELD_NAMES, CaseState, CaseVerb, ComparedField, DifferenceKind, NextStep
from services.contracts.registrations import ApplicationState, EndedAs
from services.kernel.errors import Conflict

K, N, S, P = DifferenceKind, NationalState, OurState, Phase
NATIONAL_PHASES: Mapping[NationalState, Phase] = {
    N.NOT_APPLIED: P.NONE, N.PENDING: P.PENDING, N.FIRST_PASSED: P.FIRST_PASSED, N.FIRST_REJECTED: P.FIRST_REJECTED,
    N.FINAL_PASSED: P.FINAL_PASSED, N.FINAL_REJECTED: P.FINAL_REJECTED, N.REGISTERED: P.REGISTERED,
    N.ISSUED: P.REGISTERED, N.VOID: P.VOID, N.LAPSED: P.LAPSED, N.UNKNOWN: P.UNKNOWN,
}  # fmt: skip
OUR_PHASES: Mapping[OurState, Phase] = {
    S.UNREGISTERED: P.NONE, S.DRAFT: P.NONE, S.SUBMITTED: P.PENDING, S.NEEDS_CORRECTION: P.PENDING,
    S.FIRST_PASSED: P.FIRST_PASSED, S.FIRST_REJECTED: P.FIRST_REJECTED, S.FINAL_PASSED: P.FINAL_PASSED,
    S.FINAL_REJECTED: P.FINAL_REJECTED, S.UPCOMING: P.FINAL_PASSED, S.ACTIVE: P.REGISTERED, S.EXPIRED: P.LAPSED,
    S.CANCELLED: P.ENDED, S.SUPERSEDED: P.ENDED, S.REVOKED: P.ENDED, S.VOID: P.VOID,
}  # fmt: skip
IN_REVIEW = frozenset({
    P.NONE, P.PENDING, P.FIRST_PASSED, P.FIRST_REJECTED, P.FINAL_PASSED, P.FINAL_REJECTED,
})  # fmt: skip
# Of an application for initial registration, where there was no term yet; what was withdrawn never was.
APPLIED: Mapping[ApplicationState, OurState] = {
    ApplicationState.DRAFT: S.DRAFT,
    ApplicationState.SUBMITTED: S.SUBMITTED,
    ApplicationState.NEEDS_CORRECTION: S.NEEDS_CORRECTION,
    ApplicationState.FIRST_REVIEW_PASSED: S.FIRST_PASSED,
    ApplicationState.FIRST_REVIEW_REJECTED: S.FIRST_REJECTED,
    ApplicationState.FINAL_REVIEW_PASSED: S.FINAL_PASSED,
    ApplicationState.FINAL_REVIEW_REJECTED: S.FINAL_REJECTED,
    ApplicationState.REGISTERED: S.FINAL_PASSED,
    ApplicationState.CERT_ISSUED: S.FINAL_PASSED,
    ApplicationState.WITHDRAWN: S.UNREGISTERED,
}
ENDED: Mapping[EndedAs, OurState] = {
    EndedAs.SUPERSEDED: S.SUPERSEDED, EndedAs.CANCELLED: S.CANCELLED, EndedAs.REVOKED: S.REVOKED,
}  # fmt: skip


def of_phases(there: Phase, here: Phase) -> DifferenceKind:
    """What nobody knows is never taken for agreement."""
    if P.UNKNOWN in (there, here):
        return K.CANNOT_DECIDE
    if there is here:
        return K.SAME
    if there is P.VOID:
        return K.VOID_THERE
    if here is P.VOID:
        return K.VOID_HERE
    if here is P.ENDED:
        return K.ENDED_HERE
    if there in IN_REVIEW:
        return K.REVIEW_DIFFERS if here in IN_REVIEW else K.OURS_AHEAD
    if here in IN_REVIEW:
        return K.NATIONAL_AHEAD
    return K.LAPSED_HERE if here is P.LAPSED else K.LAPSED_THERE


STATES: Mapping[tuple[NationalState, OurState], DifferenceKind] = {
    (n, o): of_phases(NATIONAL_PHASES[n], OUR_PHASES[o]) for n, o in product(N, S)
}
SENTENCES: Mapping[DifferenceKind, str] = {
    K.SAME: "两边一致。",
    K.ONLY_NATIONAL: "全国系统有这本证书，本系统没有。请核对是否属于本地，属于的请补录证书。",
    K.ONLY_OURS: "本系统有这本证书，全国系统的导出没有。请核对管理号，以及此人是否已在全国系统建立账号。",
    K.ELSEWHERE: "这一管理号在本系统不属于本区划，不能在这里核对。请联系市级主管部门核对。",
    K.NOT_MATCHED: "管理号相同，姓名或证件号码不相符。请人工确认是否同一人；不是同一人的，请核对管理号。",
    K.CANNOT_DECIDE: "导出缺少比对所需的内容，或其中的状态不认识，无法判断。请在全国系统查看这条记录。",
    K.VOID_THERE: "全国系统记为证书无效。请核实人事考试机构的通知；属实的，由市级审核人员登记证书无效、撤销登记。",
    K.VOID_HERE: "本系统已记为证书失效，全国系统没有。请核实后报全国系统更正。",
    K.NATIONAL_AHEAD: "全国系统已完成登记，本系统没有这次登记。请核实后在本系统补办登记申请。",
    K.OURS_AHEAD: "本系统已完成登记，全国系统还没有办结。请在全国系统办结，或等下一次导出。",
    K.LAPSED_HERE: "本系统的登记已过期，全国系统仍然有效。请核实是否已在全国系统再登记，属实的补办再登记。",
    K.LAPSED_THERE: "全国系统的登记已过期，本系统仍然有效。请核实后在全国系统办理再登记，或更正本系统的有效期。",
    K.ENDED_HERE: "本系统的登记已注销、撤销或被更高等级取代，全国系统没有。请核实后报全国系统更正。",
    K.REVIEW_DIFFERS: "两边审核所处的环节不同。请核实办理到哪一步，把落后的一边补上。",
    K.LEVEL: "证书级别不同。请对照证书原件核对。",
    K.DATES: "日期不同。请对照证书和登记材料核对。",
}
PROPOSALS: Mapping[DifferenceKind, str] = {
    K.VOID_THERE: "建议撤销登记（REG-18）。系统不会自动撤销，须由市级审核人员依据通知办理。"
}
# Where the national system is right, the register is put right elsewhere.
STEPS: Mapping[DifferenceKind, NextStep] = {
    K.NATIONAL_AHEAD: NextStep.APPLY_INITIAL,
    K.REVIEW_DIFFERS: NextStep.APPLY_INITIAL,
    K.OURS_AHEAD: NextStep.APPLY_ENDING,
    K.LAPSED_HERE: NextStep.APPLY_RENEWAL,
    K.LAPSED_THERE: NextStep.APPLY_ENDING,
    K.VOID_THERE: NextStep.VOID_CERTIFICATE,
    K.ONLY_NATIONAL: NextStep.ADD_CERTIFICATE,
}


def sentence(kind: DifferenceKind, fields: Collection[ComparedField]) -> str:
    """With what differs, where the kind alone does not say it."""
    named = "、".join(FIELD_NAMES[f] for f in fields)
    return f"{SENTENCES[kind]}不同或不明的内容：{named}。" if named else SENTENCES[kind]


def next_step(kind: DifferenceKind) -> NextStep:
    """Never a silent change: whoever goes there decides there, by that page's own rules."""
    return STEPS.get(kind, NextStep.CORRECT)


# ── decisions ────────────────────────────────────────────────────────────────────────────────────────────────────────
class CaseClosed(Conflict):
    english = "The two systems agree on this record by now."


class NothingToConfirm(Conflict):
    english = "Nobody is in doubt here."


class NotLater(Conflict):
    english = "It must be put off to a later day."


DECISIONS: Mapping[CaseVerb, CaseState] = {
    CaseVerb.OURS: CaseState.TO_REPORT,
    CaseVerb.NATIONAL: CaseState.TO_CORRECT,
    CaseVerb.CONFIRM: CaseState.SAME_PERSON,
    CaseVerb.POSTPONE: CaseState.POSTPONED,
}


def may(state: CaseState, kind: DifferenceKind) -> list[CaseVerb]:
    """A decision may be taken back by another, until a later export agrees."""
    if state is CaseState.CLOSED:
        return []
    return [v for v in CaseVerb if v is not CaseVerb.CONFIRM or kind is K.NOT_MATCHED]


def check(verb: CaseVerb, state: CaseState, kind: DifferenceKind) -> CaseState:
    if state is CaseState.CLOSED:
        raise CaseClosed("两边已经一致，无须处理。请返回列表。", code="case_closed")
    if verb not in may(state, kind):
        raise NothingToConfirm(
            "这条记录的人没有疑问，无须确认。请选择其他处理方式。", code="nothing_to_confirm", rule="REG-15"
        )
    return DECISIONS[verb]


def check_until(until: date, today: date) -> None:
    if until <= today:
        raise NotLater("暂缓到的日期应在今天之后，请改选。", code="not_later")


# ── words of the file ────────────────────────────────────────────────────────────────────────────────────────────────
# Besides its own names (REG-13); of an end nobody has seen the words there: these are guesses that cost nothing.
SYNONYMS: Mapping[str, NationalStatus] = {
    "未申请": NationalStatus.NOT_APPLIED,
    "登记已完成": NationalStatus.REGISTERED,
    "首次登记完成": NationalStatus.REGISTERED,
    "证书作废": NationalStatus.VOID,
    "已作废": NationalStatus.VOID,
    "作废": NationalStatus.VOID,
    "无效": NationalStatus.VOID,
}
