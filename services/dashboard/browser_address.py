"""Where the browser is: the peer, or whom a proxy that we were told of speaks for."""

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address

from fastapi import Request

from services.dashboard.settings import Network


def browser_address(request: Request) -> str:
    """Read from the right, where our own proxies write; what a browser itself put in front of that is not believed."""
    trusted: Sequence[Network] = request.app.state.settings.trusted_proxies
    nearest = request.client.host if request.client else ""
    hops = [hop.strip() for hop in ",".join(request.headers.getlist("x-forwarded-for")).split(",")]
    while hops and _within(nearest, trusted):
        nearest = hops.pop() or nearest
    return nearest


def _within(address: str, networks: Sequence[Network]) -> bool:
    """A socket for both families shows an IPv4 peer as ::ffff:10.0.0.1."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    plain = ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip
    return any(plain in network for network in networks)
