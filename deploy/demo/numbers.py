"""Identity numbers, credit codes and telephone numbers: right by their check digits, and nobody's.

Both numbers name the region 999000. GB/T 2260 has no province 99, and a permanent residence card of a foreigner (9, two
digits of a province, three of a country) would need province 99 and country 000, neither of which exists.
"""

from datetime import date

from services.registry.organizations.rules import ALPHABET, VALUES
from services.registry.organizations.rules import WEIGHTS as ORGANIZATION_WEIGHTS
from services.registry.people.rules import CHECK_DIGITS, WEIGHTS

REGION = "999000"


def id_number(born: date, sequence: int) -> str:
    """`sequence` is odd for a man."""
    body = f"{REGION}{born:%Y%m%d}{sequence:03}"
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + CHECK_DIGITS[total % 11]


def uscc(kind: str, n: int) -> str:
    body = f"{kind}{REGION}MDEM{n:05}"
    total = sum(VALUES[letter] * weight for letter, weight in zip(body, ORGANIZATION_WEIGHTS, strict=True))
    return body + ALPHABET[-total % 31]


def phone(n: int) -> str:
    """No network hands out numbers that begin so."""
    return f"00000{n % 1_000_000:06}"
