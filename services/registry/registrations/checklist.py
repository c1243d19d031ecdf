"""The conditions of each kind of application as steps, of which every one says by name what it still wants. Pure."""

from collections.abc import Iterator, Sequence

from services.contracts.registrations import (
    ITEM_NAMES,
    ApplicationKind,
    ApplicationState,
    EndedAs,
    Item,
    Step,
    StepState,
)
from services.contracts.training import Verdict
from services.kernel.errors import Conflict, FieldError
from services.registry.registrations import parameters as p
from services.registry.registrations.standing import Case, Standing
from services.registry.registrations.windows import Amnesty, Timing

K, S = ApplicationKind, ApplicationState
DONE, UNMET, UNDECIDED, WAIVED, WARNING = StepState
ITEM_RULES = {
    Item.CAPACITY: "REG-07", Item.ETHICS: "REG-07", Item.IDENTITY: "REG-08", Item.CERTIFICATE: "REG-08",
    Item.FORM: "REG-08", Item.PHOTO: "REG-08", Item.REGISTRATION_CERTIFICATE: "REG-12", Item.CE_PROOF: "REG-11",
}  # fmt: skip
LATE = {
    Timing.EARLY: "还没有到受理期，请在受理期内提交",
    Timing.LATE: "已过受理期。确需受理的，请填写逾期受理的理由",
    Timing.UNDECIDED: "受理期无法确定。确需受理的，请填写受理的理由",
}
# The steps after the conditions: from which states on each is done, and who takes it.
PASSED = (S.FINAL_REVIEW_PASSED, S.REGISTERED, S.CERT_ISSUED)
WAY: Sequence[tuple[str, str, str, tuple[ApplicationState, ...]]] = (
    ("submit", "提交", "请经办人员提交", (S.SUBMITTED, S.FIRST_REVIEW_PASSED, S.FIRST_REVIEW_REJECTED,
                                  S.FINAL_REVIEW_REJECTED, *PASSED)),
    ("first_review", "区县初审", "等待区县审核人员初审", (S.FIRST_REVIEW_PASSED, S.FINAL_REVIEW_REJECTED, *PASSED)),
    ("final_review", "市级终审", "等待市级审核人员终审", PASSED),
    ("register", "登记", "等待市级审核人员登记", (S.REGISTERED, S.CERT_ISSUED)),
    ("issue", "出证", "等待填写国家系统的登记证书号", (S.CERT_ISSUED,)),
)  # fmt: skip
SHUT = (Timing.EARLY,)


class NotComplete(Conflict):
    english = "Some of the conditions are not met."


class OutOfTime(Conflict):
    english = "The application is not within its window."


def steps(case: Case, standing: Standing, amnesties: Sequence[Amnesty]) -> list[Step]:
    """What has been registered met its conditions then; the register itself has changed some of them since."""
    registered = case.state in (S.REGISTERED, S.CERT_ISSUED)
    found = conditions(case, standing, amnesties)
    return [*(met(s) if registered else s for s in found), *way(case)]


def met(step: Step) -> Step:
    return step.model_copy(update={"state": DONE, "detail": ""}) if step in open_steps([step]) else step


def conditions(case: Case, standing: Standing, amnesties: Sequence[Amnesty]) -> Iterator[Step]:
    """What must be met before it may be passed."""
    yield certificate_holds(case, standing)
    yield from term_stands(case, standing)
    if case.kind in (K.INITIAL, K.RENEWAL):
        yield in_time(case, standing, amnesties)
    for item in p.REQUIRED[case.kind]:
        yield brought(item, case)
    for item in p.USUAL[case.kind]:
        yield brought(item, case, wanting=WARNING)
    if case.kind is K.RENEWAL:
        yield educated(case, standing)


def educated(case: Case, standing: Standing) -> Step:
    """By training's feed (REG-11, CE-14); what was never heard, or too long ago, decides nothing."""
    code, name, weight = "ce_hours", "登记有效期内的继续教育学时", p.on(p.CE_HOURS, case.day)
    found = case.hours(standing)
    if weight is p.Weight.WAIVED:
        return Step(code=code, name=name, state=WAIVED, detail="当前免予核对", rule="REG-12")
    if found.verdict is Verdict.CANNOT_DECIDE:
        heard = f"最后一次收到是 {found.heard_on}" if found.heard_on else "还没有收到过"
        detail = f"无法判断：培训服务的学时{heard}，请核对继续教育证明"
        return Step(code=code, name=name, state=UNDECIDED if weight is p.Weight.REQUIRED else WARNING, detail=detail,
                    rule="REG-11")  # fmt: skip
    wanting = (
        f"应修 {found.required} 小时，本系统已有 {found.reached} 小时，还差 {found.missing} 小时；"
        "在别处修的，请核对继续教育证明"
    )
    otherwise = UNMET if weight is p.Weight.REQUIRED else WARNING
    return step(code, name, found.verdict is Verdict.MET, wanting, "REG-11", otherwise)


def certificate_holds(case: Case, standing: Standing) -> Step:
    held = standing.valid(case.today) or case.kind is K.CANCELLATION
    return step(
        "certificate_valid", "证书有效", held, "证书已失效或被宣布无效，请核对证书，不能办理的不予通过", "REG-01"
    )


def term_stands(case: Case, standing: Standing) -> Iterator[Step]:
    """An initial registration where there is none; everything else where there is one."""
    latest = standing.latest()
    running = latest is not None and latest.end > case.today
    if case.kind is not K.CANCELLATION:
        yield step("not_revoked", "登记未被撤销", not standing.revoked(), "此证书的登记已被撤销，不能办理", "REG-18")
    if case.kind is K.INITIAL:
        free = latest is None or (latest.ended_as is EndedAs.CANCELLED and not running)
        yield step("not_registered", "此证书未登记过", free, "此证书已登记过，请改办再登记", "REG-02")
        higher = standing.higher(case.today)
        yield step(
            "no_higher", "没有更高级别的登记", not higher, "已有更高级别的登记，请核对是否仍要登记", "REG-21", WARNING
        )
    elif case.kind is K.RENEWAL:
        registered = latest is not None and latest.ended_as is None
        yield step("registered", "已有首次登记", registered, "此证书没有可以延续的登记，请办理首次登记", "REG-02")
    else:
        yield step("registered", "登记在有效期内", running, "此证书当前没有有效的登记，无须办理", "REG-19")
    if case.kind is K.CANCELLATION:
        yield cancellable(case, standing)


def cancellable(case: Case, standing: Standing) -> Step:
    """Its day lies within a term."""
    day = None if case.cancellation is None else case.cancellation.effective_on
    within = day is not None and any(t.start <= day < t.end for t in standing.own())
    return step("effective_on", "注销生效日在登记有效期内", within, "请填写登记有效期内的注销生效日", "REG-17")


def in_time(case: Case, standing: Standing, amnesties: Sequence[Amnesty]) -> Step:
    """Within the window; in an amnesty; or late with a reason, where that is enough (REG-20)."""
    found, name = case.timing(standing, amnesties), "在受理期内"
    rule = "REG-03" if case.kind is K.INITIAL else "REG-05"
    window = case.window(standing)
    when = f"（{window.first} 至 {window.last}）" if window else ""
    if found is Timing.IN_TIME:
        return step("window", name, True, "", rule)
    if found is Timing.AMNESTY:
        return Step(code="window", name=name, state=WAIVED, detail="在集中补办期内，予以受理", rule="REG-20")
    if found in SHUT or p.on(p.LATE, case.day) is not p.LatePolicy.REASON:
        return step(
            "window", name, False, f"{LATE[Timing.EARLY] if found in SHUT else '不在受理期内，不予受理'}{when}", rule
        )
    if case.late_reason:
        return Step(code="window", name=name, state=WARNING, detail=f"不在受理期内{when}，按理由受理", rule="REG-20")
    state = UNDECIDED if found is Timing.UNDECIDED else UNMET
    return Step(code="window", name=name, state=state, detail=f"{LATE[found]}{when}", rule="REG-20")


def brought(item: Item, case: Case, wanting: StepState = UNMET) -> Step:
    """A document or a declaration; the proof of continuing education may be waived (REG-12)."""
    name, rule = ITEM_NAMES[item], ITEM_RULES[item]
    if item is Item.CE_PROOF and item not in case.items and p.on(p.CE_REQUIRED, case.day) is False:
        return Step(code=item, name=name, state=WAIVED, detail="当前免予提交", rule="REG-12")
    return step(item, name, item in case.items, f"请补交{name}", rule, wanting)


def step(code: str, name: str, met: bool, wanting: str, rule: str, otherwise: StepState = UNMET) -> Step:
    return Step(code=code, name=name, state=DONE if met else otherwise, detail="" if met else wanting, rule=rule)


def way(case: Case) -> Iterator[Step]:
    """Where it is; a cancellation ends with its registration."""
    refused = {S.FIRST_REVIEW_REJECTED: "first_review", S.FINAL_REVIEW_REJECTED: "final_review"}.get(case.state)
    for code, name, wanting, after in WAY:
        if code == "issue" and case.kind is K.CANCELLATION:
            continue
        if code == refused:
            wanting = "审核未通过，请按理由补正后重新申请"
        elif case.state is S.NEEDS_CORRECTION and code == "submit":
            wanting = "请按补正通知补齐后重新提交"
        elif case.state is S.WITHDRAWN:
            wanting = "申请已撤回，需要时请重新申请"
        yield step(code, name, case.state in after and code != refused, wanting, "REG-13")


def open_steps(found: Sequence[Step]) -> list[Step]:
    return [s for s in found if s.state in (UNMET, UNDECIDED)]


def check_complete(case: Case, standing: Standing, amnesties: Sequence[Amnesty]) -> None:
    """Nothing passes that is not met, and nothing that cannot be told; every step says so by its name."""
    wanting = open_steps(list(conditions(case, standing, amnesties)))
    if wanting:
        errors = [FieldError(field=s.code, code=s.state, detail=s.detail) for s in wanting]
        names = "、".join(s.name for s in wanting)
        raise NotComplete(f"还有条件未满足：{names}。请补齐后再通过，或退回补正。", code="not_complete", errors=errors,
                          rule=wanting[0].rule)  # fmt: skip


def check_submittable(case: Case, standing: Standing, amnesties: Sequence[Amnesty]) -> None:
    """What no document can mend is refused at once; what is only missing is for the notice (REG-22)."""
    items = {i.value for i in Item}
    hopeless = [s for s in open_steps(list(conditions(case, standing, amnesties))) if s.code not in items]
    if hopeless:
        first = hopeless[0]
        kind = OutOfTime if first.code == "window" else NotComplete
        errors = [FieldError(field=s.code, code=s.state, detail=s.detail) for s in hopeless]
        code = f"window_{case.timing(standing, amnesties)}" if first.code == "window" else first.code
        raise kind(f"{first.detail}。", code=code, errors=errors, rule=first.rule)
