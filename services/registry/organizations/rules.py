"""The regulations on organizations, as functions of plain values."""

from services.contracts.registry import OrganizationKind
from services.kernel.errors import Unprocessable
from services.registry.people.rules import plain

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)

# What the first two characters say (ID-03); whatever is not listed says nothing.
KINDS = {
    "11": OrganizationKind.GOVERNMENT,
    "12": OrganizationKind.PUBLIC_INSTITUTION,
    "13": OrganizationKind.MASS_ORGANIZATION,
    "51": OrganizationKind.SOCIAL_ASSOCIATION,
    "52": OrganizationKind.PRIVATE_NONPROFIT,
    "53": OrganizationKind.FOUNDATION,
    "54": OrganizationKind.COMMITTEE,  # UNSURE, as is 55
    "55": OrganizationKind.COMMITTEE,
    "91": OrganizationKind.ENTERPRISE,
}


class BadUscc(Unprocessable):
    english = "The unified social credit code is wrong."


def uscc(text: str) -> str:
    """Eighteen characters, the last a check digit modulo 31; nothing else is required of the first eight (ID-03)."""
    code = plain(text)
    if len(code) != 18 or not VALUES.keys() >= set(code):
        raise BadUscc(
            "统一社会信用代码应为 18 位数字和大写字母（不含 I、O、S、V、Z）。请对照登记证书改正。",
            code="uscc_form",
            rule="ID-03",
        )
    total = sum(VALUES[letter] * weight for letter, weight in zip(code, WEIGHTS, strict=False))
    if ALPHABET[-total % 31] != code[17]:
        raise BadUscc(
            "统一社会信用代码校验位不符，可能有一位写错。请对照登记证书改正。", code="uscc_check_digit", rule="ID-03"
        )
    return code


def kind_by_uscc(code: str | None) -> OrganizationKind:
    """What an organization is taken for until somebody says better."""
    return KINDS.get((code or "")[:2], OrganizationKind.OTHER)
