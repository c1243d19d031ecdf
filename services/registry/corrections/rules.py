"""What may be put right, by whom, and whether it still fits what the register says. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from services.contracts.corrections import (
    CORRECTABLE_NAMES,
    CORRECTION_STATE_NAMES,
    Correctable,
    CorrectionAction,
    CorrectionState,
    NewValue,
    Of,
)
from services.contracts.registry import IdType
from services.kernel.errors import Conflict, DomainError, FieldError, Forbidden
from services.registry.corrections.fields import FIELDS, FIELDS_OF, Values, refused, shown
from services.registry.people import rules as people

F, S, A = Correctable, CorrectionState, CorrectionAction
BESIDE: Mapping[Correctable, Correctable] = {F.ID_TYPE: F.ID_NUMBER, F.ID_NUMBER: F.ID_TYPE}


class ChangedMeanwhile(Conflict):
    english = "The record has changed since it was read."


class NothingChanges(Conflict):
    english = "The record says so already."


class OpenAlready(Conflict):
    english = "A correction of this record is waiting for a decision."


class NumberTaken(Conflict):
    english = "This number is another person's."


class OwnCorrection(Forbidden):
    english = "Nobody decides on a correction that he asked for."


class NotTheRequester(Conflict):
    english = "Only whoever asked for a correction withdraws it."


class DecidedAlready(Conflict):
    english = "The correction has been decided on, or withdrawn."


class EndedEarly(Conflict):
    english = "A term that ended before its time keeps its end."


def wanted(of: Of, changes: Sequence[NewValue], values: Values, today: date) -> dict[Correctable, str | None]:
    """The fields that would change, read as the register keeps them; each refusal names its field."""
    found: dict[Correctable, str | None] = {}
    for change in changes:
        if change.field not in FIELDS_OF[of] or change.field in found:
            raise refused(change.field, "no_such_field", "这类记录没有这一项，或写了两次，请核对。")
        found[change.field] = read(change)
    after = {**values, **found}
    check_whole(of, after, found, today)
    found = {f: after[f] for f in found}
    changed = {f: value for f, value in found.items() if value != values[f]}
    if not changed:
        raise NothingChanges("填写的内容与现在登记的相同，不需要更正。", code="nothing_changes")
    return changed


def read(change: NewValue) -> str | None:
    field = FIELDS[change.field]
    if not change.value:
        if field.required:
            raise refused(change.field, "may_not_be_empty", "这一项不能为空，请填写。")
        return None
    try:
        return field.read(change.value)
    except DomainError as error:
        raise refused(change.field, error.code, error.detail, error.rule) from error


def check_whole(of: Of, after: dict[Correctable, str | None], found: Mapping[Correctable, object], today: date) -> None:
    """What two fields say together. The number is put into the form in which it is kept."""
    if of is Of.PERSON and {F.ID_TYPE, F.ID_NUMBER} & found.keys():
        try:
            after[F.ID_NUMBER] = people.id_number(IdType(str(after[F.ID_TYPE])), str(after[F.ID_NUMBER]), today)
        except DomainError as error:
            raise refused(F.ID_NUMBER, error.code, error.detail, error.rule) from error
    if of is Of.CERTIFICATE and F.APPROVED_ON in found and date.fromisoformat(str(after[F.APPROVED_ON])) > today:
        raise refused(F.APPROVED_ON, "after_today", "批准日期在今天之后，请对照证书改正。", "CERT-07")
    if of is Of.REGISTRATION:
        start, end = (date.fromisoformat(str(after[f])) for f in (F.START_ON, F.END_ON))
        try:
            people.registration_period(start, end - timedelta(days=1))
        except DomainError as error:
            raise refused(F.END_ON, error.code, error.detail, error.rule) from error


def check_term(found: Mapping[Correctable, object], *, ended_early: bool) -> None:
    """How it ended was decided by itself: by revocation, cancellation or a higher level."""
    if ended_early and F.END_ON in found:
        raise EndedEarly(
            "这项登记已提前终止，它的终止日期由撤销、注销或晋级决定，不能在这里更正。",
            code="ended_early", rule="REG-17",
        )  # fmt: skip


def check_seen(seen: str, now: str, values: Values, fields: Sequence[Correctable]) -> None:
    """Whoever filled in the form read another version: what the register says now is told beside it."""
    if seen != now:
        said = [told(f, f"现在登记的{CORRECTABLE_NAMES[f]}是", values.get(f)) for f in fields]
        raise ChangedMeanwhile(
            "这条记录在您读取之后已被他人修改。请与现在登记的内容核对后重新提交。",
            code="changed_meanwhile",
            errors=said,
        )


def told(field: Correctable, words: str, value: str | None) -> FieldError:
    detail = f"{words}“{shown(field, value) or '（空）'}”"
    return FieldError(field=field.value, code="changed_meanwhile", detail=detail)


def overtaken(before: Values, values: Values) -> list[Correctable]:
    """What the register no longer says as it did when the correction was asked for."""
    return [f for f in before if before[f] != values.get(f)]


def check_current(before: Values, values: Values) -> None:
    if stale := overtaken(before, values):
        raise ChangedMeanwhile(
            "提出更正之后，登记内容又有变化，不能照原样更正。请核对后不予批准，由经办人重新提出。",
            code="changed_meanwhile", errors=[told(f, "与申请时不同，现在登记的是", values[f]) for f in stale],
        )  # fmt: skip


def check_open(state: CorrectionState) -> None:
    if state is not S.REQUESTED:
        raise DecidedAlready(
            f"这项更正“{CORRECTION_STATE_NAMES[state]}”，不能再办理。请刷新后查看。", code="correction_decided",
            params={"state": state.value},
        )  # fmt: skip


def check_decider(requested_by: str, actor: str) -> None:
    if requested_by == actor:
        raise OwnCorrection("这项更正由您提出，须由他人批准。", code="own_correction")


def check_requester(requested_by: str, actor: str) -> None:
    if requested_by != actor:
        raise NotTheRequester("只有提出更正的人可以撤回；审核人员请用“不批准”。", code="not_the_requester")


def may(state: CorrectionState, *, own: bool, reviews: bool) -> list[CorrectionAction]:
    if state is not S.REQUESTED:
        return []
    return [A.WITHDRAW] if own else [A.APPROVE, A.REFUSE] if reviews else []
