"""What an export with personal data needs, and how long it is there (PI-13, A08)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from services.contracts.disclosure import CLEAR_COLUMNS, DisclosureColumn, DisclosureState
from services.kernel.errors import Conflict, Forbidden, Gone

APPROVAL_ROWS = 50  # above, also what is masked needs somebody else (PI-13)
ROWS = 20_000  # of one file
LINK = timedelta(minutes=15)

S = DisclosureState
TRANSITIONS: Mapping[DisclosureState, frozenset[DisclosureState]] = {
    S.REQUESTED: frozenset({S.MAKING, S.REFUSED, S.WITHDRAWN}),
    S.MAKING: frozenset({S.READY, S.FAILED}),
    S.READY: frozenset({S.FETCHED, S.EXPIRED}),
    **dict.fromkeys((S.REFUSED, S.WITHDRAWN, S.FETCHED, S.EXPIRED, S.FAILED), frozenset()),
}


class WrongState(Conflict):
    english = "The export is not in a state that allows this."


class OwnRequest(Forbidden):
    english = "Somebody else must decide on what you have asked for."


class TooManyRows(Conflict):
    english = "Too many people for one file."


class Nobody(Conflict):
    english = "Nobody is found by this."


class Grown(Conflict):
    english = "More people are found than were approved."


class FetchedOrExpired(Gone):
    english = "The file has been fetched, or nobody fetched it in time."


def needs_approval(columns: Iterable[DisclosureColumn], rows: int) -> bool:
    """Whatever is in clear, and whatever is more than a few rows."""
    return rows > APPROVAL_ROWS or not CLEAR_COLUMNS.keys().isdisjoint(columns)


def check_rows(rows: int) -> None:
    if rows == 0:
        raise Nobody("按这些条件没有找到人员。请调整条件后再申请。", code="nobody")
    if rows > ROWS:
        raise TooManyRows(f"一次最多导出 {ROWS} 人，现有 {rows} 人。请缩小范围后分次申请。", code="too_many_rows")


def check_transition(state: DisclosureState, to: DisclosureState) -> None:
    if to not in TRANSITIONS[state]:
        raise WrongState("这项申请现在不能这样办理。请刷新后查看它的状态。", params={"state": state})


def check_decider(requested_by: str, actor: str) -> None:
    """Four eyes; the table has the same as a constraint."""
    if actor == requested_by:
        raise OwnRequest("自己的申请须由他人审批。请联系其他审核人员。", code="own_request", rule="PI-13")


def check_grown(approved: int, found: int) -> None:
    """What was approved is so many people, and not whoever is found later."""
    if found > approved:
        raise Grown("批准之后符合条件的人员增加了，没有生成文件。请按现在的人数重新申请。", code="grown", rule="PI-13")


def check_fetch(state: DisclosureState, expires_at: datetime | None, now: datetime) -> None:
    """Once, within a quarter of an hour (A08)."""
    if state is S.FETCHED:
        raise FetchedOrExpired("文件已经下载过，不能再次下载。如仍需要，请重新申请。", code="already_fetched")
    if state is S.EXPIRED or (expires_at is not None and now >= expires_at):
        minutes = LINK.seconds // 60
        raise FetchedOrExpired(f"文件生成已超过 {minutes} 分钟，已经删除。如仍需要，请重新申请。", code="expired")
    check_transition(state, S.FETCHED)
