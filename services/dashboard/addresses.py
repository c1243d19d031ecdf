"""What is wrong with an address that was typed or cut short, said so that an official can mend it."""

from collections.abc import Sequence

from services.dashboard.links import MAX_DAY, MIN_DAY
from services.kernel.errors import FieldError

PLACE = "地址里的区划代码应为 12 位数字，例如 370100000000（济南市）。"
ON = f"地址里的日期应写成 2026-11-24 的样子，并在 {MIN_DAY} 与 {MAX_DAY} 之间。"
ID = "地址里的编号不完整或有误。请从名录中重新打开这条记录。"
CHOICE = "地址里有一个选项不是本页可选的。请在页面上重新选择。"
CURSOR = "地址里的翻页位置有误。请从第一页重新查看。"
OTHER = "地址不完整，或其中有一项格式不对。请从页面上的链接重新进入。"
SENTENCES = {
    "code": PLACE,
    "division": PLACE,
    "on": ON,
    **dict.fromkeys(("compare", "from", "to"), ON),
    "id": ID,
    "q": "查询的文字最多 50 个字，且不能含有特殊字符。",
    "metric": "地址里没有写明是哪个数字，或写得不对。请在页面上点那个数字进入。",
    **dict.fromkeys(
        (
            "by",
            "map",
            "level",
            "registered",
            "tier",
            "open",
            "kind",
            "indicator",
            "pack",
            "sort",
            "page",
            "step",
            "state",
            "overdue",
        ),
        CHOICE,
    ),
    **dict.fromkeys(("cursor", "certificates", "registrations", "staff", "proofs", "applications"), CURSOR),
}


def mended(errors: Sequence[FieldError]) -> list[str]:
    """One sentence for each kind of mistake; the pattern or the parser's words help nobody who reads a page."""
    return list(dict.fromkeys(SENTENCES.get(e.field, OTHER) for e in errors)) or [OTHER]
