"""What a password must be like: two profiles, as two rule books contradict each other (SEC-01, ASVS 6.2). Pure."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.identity.common import too_common
from services.kernel.errors import FieldError, Unprocessable

SHORTEST = 12
FEWEST_DIFFERENT = 5


class ProfileName(StrEnum):
    GOV_L3 = "gov-l3"
    ASVS = "asvs"


@dataclass(frozen=True)
class Profile:
    """`kinds`: of capitals, small letters or characters, digits, and signs; `kept`: how many do not come back."""

    name: ProfileName
    kinds: int = 1
    age: timedelta | None = None
    kept: int = 1

    def expired(self, changed_at: datetime | None, at: datetime) -> bool:
        """It must be changed before anything else; nobody is locked out for its age."""
        return self.age is not None and changed_at is not None and at - changed_at >= self.age


PROFILES = {
    ProfileName.GOV_L3: Profile(ProfileName.GOV_L3, kinds=3, age=timedelta(days=90), kept=5),
    ProfileName.ASVS: Profile(ProfileName.ASVS),
}


class WeakPassword(Unprocessable):
    english = "The new password is too weak."


def check_password(profile: Profile, password: str, username: str) -> None:
    """Long and not to be guessed under either profile; of several kinds of characters under `gov-l3`."""
    plain = unicodedata.normalize("NFKC", password)
    if len(plain) < SHORTEST:
        raise weak(f"新密码太短，请至少用 {SHORTEST} 个字，例如几个不相干的词连在一起。")
    if len(username) * 2 > len(plain) and username.casefold() in plain.casefold():
        raise weak("新密码不能由用户名拼成，请换一个。")
    if len(set(plain.casefold())) < FEWEST_DIFFERENT or too_common(plain, username):
        raise weak("新密码太常见或太简单，容易被猜中，请换一个。")
    if len(kinds(plain)) < profile.kinds:
        raise weak("新密码须含大写字母、小写字母（或汉字）、数字、符号（或空格）四类中的三类，请补上后再提交。")


def kinds(plain: str) -> frozenset[str]:
    return frozenset(map(kind, plain))


def kind(c: str) -> str:
    if c.isdigit():
        return "digit"
    if not c.isalpha():
        return "sign"
    return "capital" if c.isupper() else "letter"


def weak(detail: str) -> WeakPassword:
    return WeakPassword(detail, errors=[FieldError(field="new", code="weak_password", detail=detail)])
