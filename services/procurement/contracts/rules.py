"""The regulations on contracts, as functions of plain values."""

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal

from services.contracts.facts import Period
from services.contracts.procurement import RuleWarning
from services.kernel.errors import Conflict, Unprocessable

# gps.contract_max_months (GPS-11): in force from 2020-03-01.
LONGEST_SINCE, MONTHS, MONTHS_IF_STABLE = date(2020, 3, 1), 12, 36


class WrongPeriod(Unprocessable):
    english = "A contract ends after it starts."


class PointNotOpen(Conflict):
    english = "A service point is not open on the first day of the contract."


class ContractOver(Conflict):
    english = "The contract has ended early already."


class WrongDay(Conflict):
    english = "The day does not fit the period of the contract."


class BelowPayments(Conflict):
    english = "The value would be less than what is paid or about to be paid."


def in_force(start: date, end: date, ended_on: date | None) -> list[Period]:
    """Until its end or its early one; one that ended on its first day never was."""
    last = end if ended_on is None else min(end, ended_on)
    return [Period(start, last)] if start < last else []


def check_period(start: date, end: date) -> None:
    if end <= start:
        raise WrongPeriod("合同终止日期应晚于起始日期，请核对。", code="contract_backwards")


def months_after(day: date, months: int) -> date:
    """The same day of a later month; a month too short for it ends first."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(years, month + 1, 1)
    following = date(years + (month == 11), (month + 1) % 12 + 1, 1)
    return first + timedelta(days=min(day.day, (following - first).days) - 1)


def warnings(signed_on: date, start: date, end: date, *, stable: bool) -> list[RuleWarning]:
    """A year at most; three where the budget is secured and the item stable (GPS-11)."""
    months = MONTHS_IF_STABLE if stable else MONTHS
    if signed_on < LONGEST_SINCE or end <= months_after(start, months):
        return []
    detail = f"合同期一般不超过 {MONTHS} 个月，预算有保障且内容稳定的不超过 {MONTHS_IF_STABLE} 个月，请核对合同期限。"
    return [RuleWarning(code="contract_too_long", detail=detail, rule="GPS-11")]


def check_points_open(closed: Collection[str]) -> None:
    if closed:
        raise PointNotOpen(f"合同起始日下列站点没有开放：{'、'.join(sorted(closed))}，请核对合同起始日期或服务站点。")


def check_ending(ended_on: date, *, start: date, end: date) -> None:
    if not start <= ended_on < end:
        raise WrongDay("提前终止日期应在合同期内，请核对。", code="ended_outside_contract")


def check_value(value: Decimal, committed: Decimal) -> None:
    """Never less than its payments."""
    if value < committed:
        raise BelowPayments(f"合同金额不能少于已支付和待审批付款之和 {committed} 元，请核对。")
