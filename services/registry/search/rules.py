"""As whose number something typed may be read (ID-01, ID-02), and how often one may look. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import ceil

from services.contracts.registry import IdType
from services.contracts.search import MOST_SAVED
from services.kernel.errors import Conflict, TooMany
from services.registry.people import rules

QUOTA = 100  # numbers that one asker may look for within the window
WINDOW = timedelta(hours=1)
PERMITS = ("81", "82", "83")  # of residents from Hong Kong, Macao and Taiwan: as long as an identity number (ID-02)
HYPHENS = str.maketrans("", "", "-‐‑–—")


class SearchQuotaUsedUp(TooMany):
    english = "You have looked for as many numbers as may be looked for in an hour."


class TooManySaved(Conflict):
    english = "You keep as many searches as may be kept."


class NameTaken(Conflict):
    english = "You keep a search of this name already."


def compact(text: str) -> str:
    """Whatever blanks, widths and hyphens it was typed with."""
    return "".join(rules.plain(text).translate(HYPHENS).split())


def readings(kind: IdType | None, text: str, today: date) -> list[tuple[IdType, str]]:
    """Every type and number that it may be. An identity number with a slip is refused, not looked for as a passport."""
    number = compact(text)
    resident = kind in (None, IdType.RESIDENT_ID_CARD)
    if resident and rules.is_old(number):
        number = rules.upgraded(number)
    if kind is not None:
        return [(kind, rules.id_number(kind, number, today))]
    if looks_resident(number):
        return [(IdType.RESIDENT_ID_CARD, rules.resident_id(number, today))]
    return [(of, rules.id_number(of, number, today)) for of in IdType if of is not IdType.RESIDENT_ID_CARD]


def looks_resident(number: str) -> bool:
    return len(number) == 18 and rules.DIGITS.issuperset(number[:17]) and not number.startswith(PERMITS)


def check_quota(recent: Sequence[datetime], now: datetime) -> None:
    """`recent` are the asker's latest searches within the window, the newest first."""
    if len(recent) >= QUOTA:
        wait = max(1, ceil((recent[QUOTA - 1] + WINDOW - now).total_seconds()))
        raise SearchQuotaUsedUp(
            f"一小时内最多按证件号码查找 {QUOTA} 次，已经用完。请 {ceil(wait / 60)} 分钟后再试；"
            "需要成批核对的，请用批量核验或导入名册。",
            code="search_quota", rule="PI-13", params={"quota": QUOTA}, retry_after=wait,
        )  # fmt: skip


def check_room(kept: int) -> None:
    if kept >= MOST_SAVED:
        raise TooManySaved(
            f"最多保存 {MOST_SAVED} 个查询，已经满了。请先删除不用的。", code="too_many_saved",
            params={"most": MOST_SAVED},
        )  # fmt: skip


def check_name(taken: bool) -> None:
    if taken:
        raise NameTaken("您已有同名的查询，请换一个名称。", code="name_taken")
