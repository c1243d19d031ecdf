"""The regulations on contracts, as functions of plain values."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal

from services.contracts.facts import Period
from services.contracts.procurement import RuleWarning
from services.kernel.errors import Conflict, FieldError, Unprocessable

# gps.contract_max_months (GPS-11): in force from 2020-03-01.
LONGEST_SINCE, MONTHS, MONTHS_IF_STABLE = date(2020, 3, 1), 12, 36


class WrongPeriod(Unprocessable):
    english = "A contract ends after it starts."


class NotYetSigned(Unprocessable):
    english = "The day of signing is still to come."


class PaidBefore(Conflict):
    english = "Something is paid, or about to be, before that day."


class PaidForNothing(Conflict):
    english = "The contract would never have been in force, yet something is paid on it."


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


def check_signed(signed_on: date, today: date) -> None:
    if signed_on > today:
        wrong = FieldError(field="signed_on", code="not_yet_signed", detail="签订日期不能晚于今天")
        raise NotYetSigned(f"签订日期 {signed_on} 还没有到，请在签订后登记。", errors=[wrong])


def check_moved(field: str, before: date, after: date, paid: Iterable[date]) -> None:
    """What was paid on or after a day of the contract is not before it afterwards."""
    first = min((day for day in paid if before <= day < after), default=None)
    if first is not None:
        wrong = FieldError(field=field, code="paid_before", detail=f"不能晚于付款日期 {first}")
        raise PaidBefore(f"该合同有 {first} 的付款，签订日期和起始日期不能移到其后，请核对。", errors=[wrong])


def check_unpaid(field: str, *, number: str, start: date, ended_on: date, paid: Decimal) -> None:
    """Money was paid for something: what never was in force has to give it back first."""
    if ended_on <= start and paid:
        wrong = FieldError(field=field, code="paid_for_nothing", detail=f"应晚于合同起始日 {start}")
        raise PaidForNothing(
            f"合同“{number}”已支付 {paid} 元，不能自起始日终止；请先冲回付款，或改用之后的日期。",
            errors=[wrong],
        )


def months_after(day: date, months: int) -> date:
    """The same day of a later month; a month too short for it ends first."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(years, month + 1, 1)
    following = date(years + (month == 11), (month + 1) % 12 + 1, 1)
    return first + timedelta(days=min(day.day, (following - first).days) - 1)


def warnings(signed_on: date, start: date, end: date, *, stable: bool) -> list[RuleWarning]:
    return [*starts_unsigned(signed_on, start), *runs_too_long(signed_on, start, end, stable=stable)]


def starts_unsigned(signed_on: date, start: date) -> list[RuleWarning]:
    """A contract is in writing (GPS-10); that it is signed before the service begins, no rule at hand says."""
    if signed_on <= start:
        return []
    detail = f"合同起始日期早于签订日期 {signed_on}，请核对；服务应依据书面合同开展。"
    return [RuleWarning(code="starts_unsigned", detail=detail, rule="GPS-10")]


def runs_too_long(signed_on: date, start: date, end: date, *, stable: bool) -> list[RuleWarning]:
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


def check_value(value: Decimal, most: Decimal) -> None:
    """Never less than its payments, on no day."""
    if value < most:
        raise BelowPayments(f"合同金额不能少于已支付和待审批付款之和（最多时为 {most} 元），请核对。")
