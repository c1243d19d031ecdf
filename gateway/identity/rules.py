"""What identity decides without asking anybody: names, passwords, tries, the life of a session. Pure."""

import hashlib
import unicodedata
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address

from services.kernel.errors import FieldError, Unprocessable

TRIES = 5  # from one network, then a pause (SEC-02)
TRIES_FROM_EVERYWHERE = 50  # then only networks from which the person has signed in before (ASVS 6.1.1)
PAUSE = timedelta(minutes=15)
FAMILIAR = timedelta(days=90)
TOUCH = timedelta(minutes=1)  # how exactly a session's last use is kept
TOKEN_LIFETIME = timedelta(minutes=15)
SHORTEST = 12
# Only those that are long enough to be chosen at all; compared without case, spaces and the marks between words.
COMMON = frozenset({
    "123456789012", "1234567890123", "12345678901234", "123456789abc", "012345678910", "1qaz2wsx3edc", "1q2w3e4r5t6y",
    "qazwsxedcrfv", "qwertyuiopas", "qwertyuiop12", "qwerty123456", "asdfghjkl123", "zxcvbnm12345", "abcdefghijkl",
    "abcd12345678", "abc123456789", "a12345678910", "aa1234567890", "password1234", "passwordpassword", "passw0rd1234",
    "password12345", "adminadmin12", "admin1234567", "admin12345678", "administrator", "administrator1", "iloveyou1234",
    "welcome12345", "letmein12345", "changeme1234", "woaini1314520", "woaini520131", "5201314520131", "shegong12345",
    "shegongshegong", "shehuigongzuo", "shehuigongzuo1", "jinan1234567", "jinan3701000", "minzhengju123",
    "minzheng1234",
})  # fmt: skip


class WeakPassword(Unprocessable):
    english = "The new password is too weak."


def name_of(username: str) -> str:
    """What was typed, as names are kept."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


def name_hash(name: str) -> bytes:
    """Tries count for names nobody has, too. Someone may have typed a password there, so none is kept as typed."""
    return hashlib.sha256(name.encode(errors="surrogatepass")).digest()


def may_be_a_username(name: str) -> bool:
    return name.isascii() and name.isprintable() and len(name) <= 64


def password_bytes(password: str) -> bytes:
    """The same password from every keyboard (NFKC)."""
    return unicodedata.normalize("NFKC", password).encode()


def check_password(password: str, username: str) -> None:
    """Long rather than complicated (ASVS 6.2.5); the profile with classes and ages (SEC-01) is not built yet."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    letters = "".join(c for c in plain if c.isalnum())
    if len(plain) < SHORTEST:
        raise _weak(f"新密码太短，请至少用 {SHORTEST} 个字，例如几个不相干的词连在一起。")
    if username.casefold() in plain and len(username) * 2 > len(plain):
        raise _weak("新密码不能由用户名拼成，请换一个。")
    if letters in COMMON or len(set(plain)) < 5:
        raise _weak("新密码太常见或太简单，容易被猜中，请换一个。")


def check_change(old: str, new: str) -> None:
    """A change that changes nothing would leave the first password in use, and a guessed one."""
    if password_bytes(old) == password_bytes(new):
        raise _weak("新密码与原密码相同，请换一个新的。")


def _weak(detail: str) -> WeakPassword:
    return WeakPassword(detail, errors=[FieldError(field="new", code="weak_password", detail=detail)])


def network_of(address: str) -> str:
    """Whom tries are counted against: an IPv4 address, or the /48 that one subscriber has of IPv6."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(ip, IPv4Address):
        return str(ip)
    return str(ip.ipv4_mapped) if ip.ipv4_mapped else str(IPv6Network((ip, 48), strict=False))


def alive(seen_at: datetime, expires_at: datetime, at: datetime, idle: timedelta) -> bool:
    """A session ends when idle or at its end, whichever comes first (SEC-02)."""
    return at < expires_at and at < seen_at + idle
