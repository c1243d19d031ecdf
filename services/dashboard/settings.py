"""What the dashboard is told at its start."""

from ipaddress import IPv4Network, IPv6Network

from pydantic import Field

from services.kernel.settings import Settings

Network = IPv4Network | IPv6Network
UNKNOWN = "待填（由建设单位提供）"


class DashboardSettings(Settings):
    """`https`: people reach the pages by https, so the session cookie is bound to it.

    `trusted_proxies`: the networks of the proxies before us, whose X-Forwarded-For is believed; nobody else's is.
    `host_unit`, `support_unit` and `map_approval` stand at the foot of every page: only the client knows them.
    """

    gateway: str = Field(default="http://127.0.0.1:8000", pattern=r"^https?://")
    https: bool = False
    federation: bool = False  # the sign-in page offers the government's identity provider
    trusted_proxies: list[Network] = Field(default_factory=list)
    host_unit: str = UNKNOWN
    support_unit: str = UNKNOWN
    map_approval: str = UNKNOWN
