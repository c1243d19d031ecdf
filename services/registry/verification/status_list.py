"""A list of states, two bits each, compressed (draft-ietf-oauth-status-list): whose credential is asked about stays
unknown, for everybody fetches the whole list. Pure.
"""

import zlib
from collections.abc import Mapping

from services.contracts.verification import LIST_SIZE
from services.registry.verification.jws import Malformed, decoded, encoded

WIDTHS = (1, 2, 4, 8)


def packed(states: Mapping[int, int], *, bits: int, size: int = LIST_SIZE) -> str:
    """`states` are those that are not zero; the first of a byte lies in its lowest bits."""
    raw = bytearray(size * bits // 8)
    for index, state in states.items():
        raw[index * bits // 8] |= state << (index * bits % 8)
    return encoded(zlib.compress(bytes(raw), 9))


def unpacked(text: str, *, bits: int, size: int = LIST_SIZE) -> bytes:
    """No more than a list can hold, however much somebody has packed into it."""
    if bits not in WIDTHS:
        raise Malformed("no such width")
    reading = zlib.decompressobj()
    try:
        raw = reading.decompress(decoded(text), size * bits // 8 + 1)
    except zlib.error as error:
        raise Malformed("not compressed") from error
    if not reading.eof or not raw:
        raise Malformed("too long or cut off")
    return raw


def state_at(raw: bytes, index: int, *, bits: int) -> int:
    if not 0 <= index * bits // 8 < len(raw):
        raise Malformed("no such place in the list")
    return raw[index * bits // 8] >> (index * bits % 8) & ((1 << bits) - 1)
