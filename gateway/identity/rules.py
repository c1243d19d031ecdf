"""What identity decides without asking anybody: names, tries, the life of a session. Pure."""

import hashlib
import unicodedata
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address

from gateway.identity.profiles import weak

TRIES = 5  # from one network, then a pause (SEC-02)
TRIES_FROM_EVERYWHERE = 50  # then only networks from which the person has signed in before (ASVS 6.1.1)
PAUSE = timedelta(minutes=15)
FAMILIAR = timedelta(days=90)
TOUCH = timedelta(minutes=1)  # how exactly a session's last use is kept
TOKEN_LIFETIME = timedelta(minutes=15)


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


def check_change(old: str, new: str) -> None:
    """A change that changes nothing would leave the first password in use, and a guessed one."""
    if password_bytes(old) == password_bytes(new):
        raise weak("新密码与原密码相同，请换一个新的。")


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


def in_force(divisions: Iterable[str], ended: Collection[str]) -> tuple[str, ...]:
    """Where a grant still holds: what has ended gives nothing, and the rest holds as before (suspended, not widened).

    Not even a single successor is followed: whoever is to reach it is granted that anew, by hand.
    """
    return tuple(division for division in divisions if division not in ended)
