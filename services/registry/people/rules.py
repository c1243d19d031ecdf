"""The regulations on people, certificates and registrations, as functions of plain values."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from services.contracts.facts import Period
from services.contracts.registry import IdType, Level, SeniorGround
from services.kernel.errors import Unprocessable
from services.registry.people.characters import RARE

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
DIGITS = frozenset("0123456789")
LETTERS_AND_DIGITS = DIGITS | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

MIDDLE_DOT = "·"
# Bullets, katakana and operator dots, hyphenation points, and the full stop of whoever finds none of them.
DOTS = str.maketrans(dict.fromkeys("\u2022\u30fb\uff0e\u2027\uff65\u2219\u22c5\u2e31\ua78f.", MIDDLE_DOT))
UNSEEN = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))  # variation selectors
NAME_LENGTH = 50

REGISTRATION_YEARS = 3  # REG-04
RENEWAL_MONTHS = 3  # before the end of a registration, REG-05
RELATED_MAJORS = frozenset({"社会工作", "社会学", "心理学", "社会政策", "社会保障"})  # QUAL-02, UNSURE
MANAGEMENT_NUMBER = (10, 32)  # characters, CERT-06, UNSURE
RANK = {level: rank for rank, level in enumerate(Level)}


class BadIdNumber(Unprocessable):
    english = "The identity number is wrong."


class BadName(Unprocessable):
    english = "The name is wrong."


class BadManagementNumber(Unprocessable):
    english = "The management number is wrong."


class BadRegistration(Unprocessable):
    english = "The registration period is wrong."


def plain(text: str) -> str:
    """Half-width, upper case, without spaces around: how numbers are compared."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def id_number(kind: IdType, text: str, today: date) -> str:
    """As it is stored. Only the resident identity card has a check digit (ID-02)."""
    number = plain(text)
    if kind is IdType.RESIDENT_ID_CARD:
        return resident_id(number, today)
    if not 5 <= len(number) <= 30 or not LETTERS_AND_DIGITS.issuperset(number):
        raise BadIdNumber("证件号码应为 5 到 30 位字母和数字。请对照证件改正。", rule="ID-02")
    return number


def resident_id(number: str, today: date) -> str:
    """Seventeen digits and a check digit; the birth date is real; unknown regions pass: codes are history (ID-01)."""
    if len(number) != 18 or not DIGITS.issuperset(number[:17]) or number[17] not in CHECK_DIGITS:
        raise BadIdNumber(
            "身份证号码应为 18 位（前 17 位数字，末位数字或 X）。请对照证件改正。", code="id_form", rule="ID-01"
        )
    born = birth_date(number)
    if born is None or born > today:
        raise BadIdNumber(
            "身份证号码中的出生日期不存在或在今天之后。请对照证件改正。", code="id_birth_date", rule="ID-01"
        )
    if check_digit(number) != number[17]:
        raise BadIdNumber("身份证号码校验位不符，可能有一位写错。请对照证件改正。", code="id_check_digit", rule="ID-01")
    return number


def is_old(number: str) -> bool:
    """As issued before October 1999: fifteen digits, the year of birth as two, no check digit."""
    return len(number) == 15 and DIGITS.issuperset(number)


def upgraded(number: str) -> str:
    """An old number gains the century, which was always 19, and the check digit (P04)."""
    whole = f"{number[:6]}19{number[6:]}"
    return whole + check_digit(whole)


def check_digit(number: str) -> str:
    """Of the first seventeen digits (ID-01)."""
    return CHECK_DIGITS[sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False)) % 11]


def born_on(kind: IdType, number: str) -> date | None:
    """As the document tells it: identity cards and residence permits do, in the same places (ID-01, ID-02)."""
    tells = kind in (IdType.RESIDENT_ID_CARD, IdType.RESIDENCE_PERMIT) and len(number) == 18
    return birth_date(number) if tells else None


def birth_date(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def canonical(name: str) -> str:
    """How names are compared and searched, everywhere: one form of the middle dot, of width and of case, without spaces
    and without what only chooses between two drawings of a character.
    """
    folded = unicodedata.normalize("NFKC", name.translate(DOTS)).translate(DOTS).casefold()
    return "".join(c for c in folded if c not in UNSEEN and not c.isspace())


RARE_CHARACTER = re.compile(RARE)


def is_rare(name: str) -> bool:
    """A character of it is to be looked at; PostgreSQL keeps the same beside the name."""
    return RARE_CHARACTER.search(name) is not None


def person_name(name: str) -> str:
    """Fifty characters, whatever they are: a name is nobody's to judge."""
    if not 1 <= len(name) <= NAME_LENGTH or not canonical(name):
        raise BadName(f"姓名应为 1 到 {NAME_LENGTH} 个字。请对照证件填写。")
    return name


def management_number(text: str) -> str:
    """Opaque (CERT-06): compared in upper case without spaces, never parsed."""
    number = plain(text)
    if not 1 <= len(number) <= 64:
        raise BadManagementNumber("管理号应为 1 到 64 位。请对照证书改正。", rule="CERT-06")
    return number


def is_usual_management_number(number: str) -> bool:
    """CERT-06 is UNSURE of the form: another one is worth a look, and no refusal."""
    shortest, longest = MANAGEMENT_NUMBER
    return shortest <= len(number) <= longest and LETTERS_AND_DIGITS.issuperset(number)


def registration_period(first_day: date, last_day: date) -> tuple[date, date]:
    """Half-open; at most three years (REG-04): its last day comes before the third return of its first."""
    if last_day < first_day:
        raise BadRegistration(
            "登记有效期止早于登记日期。请对照登记证明改正。", code="registration_backwards", rule="REG-04"
        )
    if years_before(last_day, REGISTRATION_YEARS) >= first_day:
        raise BadRegistration(
            f"登记有效期最长 {REGISTRATION_YEARS} 年。请核对登记日期和登记有效期止。",
            code="registration_too_long",
            rule="REG-04",
        )
    return first_day, last_day + timedelta(days=1)


def years_before(day: date, years: int) -> date:
    """29 February becomes the 28th, as in PostgreSQL."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def highest(levels: Iterable[Level]) -> Level | None:
    """Of several certificates the highest decides (CERT-08)."""
    return max(levels, key=RANK.__getitem__, default=None)


def highest_on(held: Iterable[tuple[Level, date, date | None]], day: date) -> Level | None:
    """Of certificates (level, approved on, ended on) the highest that is active on the day decides (CERT-08)."""
    return highest(level for level, start, end in held if start <= day and (end is None or day < end))


def senior_ground(level: Level, approved_on: date, passes: Sequence[Period]) -> SeniorGround | None:
    """A senior certificate follows a pass that was valid (CERT-04). `passes`: without an end once reviewed.

    Where no pass is known, nobody can say; it warns, and blocks nothing.
    """
    if level is not Level.SENIOR:
        return None
    if not passes:
        return SeniorGround.CANNOT_DECIDE
    covered = any(s.start <= approved_on and (s.end is None or approved_on < s.end) for s in passes)
    return SeniorGround.COVERED if covered else SeniorGround.OUTSIDE


def is_related(major: str | None) -> bool:
    return major is not None and canonical(major) in RELATED_MAJORS
