"""Where a request comes from. Nothing that is not signed, or sent by a proxy we were told of, is believed."""

import logging
from collections.abc import Sequence
from ipaddress import ip_address
from typing import NamedTuple

from fastapi import Request

from gateway.identity.rules import network_of
from gateway.settings import Network
from services.kernel.actor import keyring_of
from services.kernel.errors import Unauthenticated

FRONT = "x-shegong-front"  # a token of the dashboard for us, with the browser's address in its claim `address`
DASHBOARD = "dashboard"
DEVICE = "x-shegong-device"  # a token that only the browser has to which it was given
log = logging.getLogger("address")


class Origin(NamedTuple):
    network: str
    device: str | None = None


def origin_of(request: Request) -> Origin:
    return Origin(network_asking(request), request.headers.get(DEVICE))


def network_asking(request: Request) -> str:
    """The network of the asker: the peer; or whom the dashboard, or a trusted proxy, speaks for."""
    peer = request.client.host if request.client else ""
    signed = _signed(request)
    if signed is not None:
        return network_of(signed)
    trusted: Sequence[Network] = request.app.state.settings.trusted_proxies
    return network_of(_forwarded(request, peer, trusted))


def _signed(request: Request) -> str | None:
    token = request.headers.get(FRONT)
    if token is None:
        return None
    try:
        claims = keyring_of(request).verify(token, kind="front", signer=DASHBOARD)
    except Unauthenticated:
        log.warning("unsigned address ignored", extra={"reason": "front token refused"})
        return None
    address = claims.get("address")
    return address if claims["sub"] == f"service:{DASHBOARD}" and isinstance(address, str) else None


def _forwarded(request: Request, peer: str, trusted: Sequence[Network]) -> str:
    """The nearest address in X-Forwarded-For that is not itself a trusted proxy; only a trusted proxy is asked."""
    hops = [h.strip() for h in ",".join(request.headers.getlist("x-forwarded-for")).split(",") if h.strip()]
    here = peer
    while hops and _is_trusted(here, trusted):
        here = hops.pop()
    return here


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    try:
        return any(ip_address(address) in network for network in trusted)
    except ValueError:
        return False
