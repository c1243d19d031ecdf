"""Two requests in one (A19): whoever stands in front of the door and reads a length otherwise than the door does."""

import pytest

from tests.gateway.test_slow_askers import begun, ends, punctually

pytestmark = pytest.mark.anyio
HEAD, HIDDEN = "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\n", "GET /health HTTP/1.1\r\nhost: x\r\n\r\n"
CHUNKED, NOTHING = "transfer-encoding: chunked\r\n", "0\r\n\r\n"
TWO_LENGTHS = {
    "a length, and chunks": f"content-length: 4\r\n{CHUNKED}\r\n{NOTHING}",
    "chunks, and a length": f"{CHUNKED}content-length: 4\r\n\r\n{NOTHING}",
    "two lengths": "content-length: 0\r\ncontent-length: 41\r\n\r\n",
    "a length with a sign": "content-length: +4\r\n\r\n{}{}",
    "chunks of another kind": f"transfer-encoding: xchunked\r\n\r\n{NOTHING}",
    "chunks, and then none": f"{CHUNKED}transfer-encoding: identity\r\n\r\n{NOTHING}",
    "a space before the colon": f"transfer-encoding : chunked\r\n\r\n{NOTHING}",
    "a folded line": f"transfer-encoding:\r\n chunked\r\ncontent-length: 4\r\n\r\n{NOTHING}",
    "half a line's end": f"{CHUNKED}\r\n0\n\n",
}


async def test_a19_a_request_with_two_lengths_is_none(gateway):
    """Answered once, with 400, and the connection is closed: what hides behind it is never read."""
    async with punctually(gateway.app) as address:
        asked = [await begun(address, f"{HEAD}{rest}{HIDDEN}") for rest in TWO_LENGTHS.values()]
        plain = await begun(address, f"{HEAD}content-length: 2\r\nconnection: close\r\n\r\n{{}}")

        *told, usual = await ends([*asked, plain], 5)

    for what, answer in zip(TWO_LENGTHS, told, strict=True):
        assert (answer.count(b"HTTP/1.1 "), answer[:12]) == (1, b"HTTP/1.1 400"), f"{what}: {answer!r}"
    assert usual.startswith(b"HTTP/1.1 415")
