"""How often personal data may be seen in clear (A07), and of whom."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from services.kernel.errors import Conflict, TooMany

QUOTA = 50  # reveals of one asker within the window
WINDOW = timedelta(hours=1)
ERASED = "此人的个人信息已按本人请求删除，无法查看。请刷新后核对。"


class QuotaUsedUp(TooMany):
    english = "You have seen as many people as may be seen in an hour."


class Erased(Conflict):
    english = "The personal data of this person has been erased."


class Restricted(Conflict):
    english = "The personal data of this person is stored, and no more."


def check_quota(recent: Sequence[datetime], now: datetime) -> None:
    """`recent` are the asker's latest reveals within the window, the newest first."""
    if len(recent) >= QUOTA:
        wait = max(1, ceil((recent[QUOTA - 1] + WINDOW - now).total_seconds()))
        raise QuotaUsedUp(
            f"一小时内最多查看 {QUOTA} 次个人信息明文，已经用完。请 {ceil(wait / 60)} 分钟后再试；"
            "需要成批使用的，请申请导出。",
            code="reveal_quota", rule="PI-13", params={"quota": QUOTA}, retry_after=wait,
        )  # fmt: skip


def check_open(*, erased: bool, restricted: bool) -> None:
    """Erased is erased; restricted data is stored and protected, and nothing else (PI-07)."""
    if erased:
        raise Erased(ERASED, rule="PI-06")
    if restricted:
        raise Restricted("此人的个人信息已限制处理，依法只保存、不使用。请联系办理该请求的人员。", rule="PI-07")
