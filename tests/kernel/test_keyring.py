"""Tokens between processes over time: what is remembered of them, clocks that differ, keys that are replaced."""

from datetime import UTC, datetime, timedelta

import pytest

from services.kernel.actor import sign_actor
from services.kernel.clock import now
from services.kernel.keyring import LEEWAY, BadToken
from tests.keys import an_actor, keyring

WRITER = an_actor("registry:write")


def test_what_was_found_good_is_good_until_its_end_only():
    """Verified once and remembered: another use, another signer and the time after its end are refused all the same."""
    ring = keyring("training")
    token = sign_actor(keyring("gateway"), WRITER, "training")
    for _ in range(2):
        assert ring.verify(token, kind="actor", signer="gateway")["sub"] == WRITER.id
    for kind, signer in (("service", None), ("actor", "registry")):
        with pytest.raises(BadToken):
            ring.verify(token, kind=kind, signer=signer)
    until, typ, claims = ring._verified[token]
    assert until == datetime.fromtimestamp(int(str(claims["exp"])), UTC) + LEEWAY
    ring._verified[token] = (now() - timedelta(seconds=1), typ, {**claims, "sub": "remembered too long"})
    assert ring.verify(token, kind="actor")["sub"] == WRITER.id


@pytest.mark.parametrize(("seconds", "accepted"), [(30, True), (-30, True), (90, False), (-90, False)])
def test_half_a_minute_between_two_clocks_is_borne_and_ninety_seconds_are_not(seconds, accepted, monkeypatch):
    monkeypatch.setattr("services.kernel.keyring.now", lambda: now() + timedelta(seconds=seconds))
    token = keyring("gateway").as_service("training")
    monkeypatch.undo()

    if accepted:
        assert keyring("training").verify(token, kind="service")["iss"] == "gateway"
        return
    with pytest.raises(BadToken) as refusal:
        keyring("training").verify(token, kind="service")
    assert refusal.value.code == "token_out_of_time"
