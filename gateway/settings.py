"""What the gateway is told at its start."""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from pydantic import Field

from services.kernel.settings import MIB, DatabaseSettings

Service = Literal["registry", "training", "procurement", "coordination"]
Network = IPv4Network | IPv6Network


class GatewaySettings(DatabaseSettings):
    """`services` are the addresses behind the door. Limits are per process: n replicas admit n times as much."""

    services: dict[Service, str] = Field(default_factory=dict)
    https: bool = False  # people and systems reach us by https: browsers are told to use nothing else
    trusted_proxies: list[Network] = Field(default_factory=list)  # whose X-Forwarded-For is believed
    idle_minutes: int | None = Field(default=None, ge=1)
    session_hours: int = Field(default=8, ge=1)
    rate_per_second: float = Field(default=1000, gt=0)
    rate_burst: int = Field(default=5000, ge=1)
    anonymous_per_second: float = Field(default=10, gt=0)
    anonymous_burst: int = Field(default=300, ge=1)
    requests_at_once: int = Field(default=24, ge=1)  # of one principal at one service
    uploads_at_once: int = Field(default=2, ge=1)
    exports_at_once: int = Field(default=2, ge=1)
    answer_limit: int = Field(default=256 * MIB, ge=1024)

    @property
    def idle(self) -> timedelta:
        """A quarter of an hour (SEC-02); a demo is looked at with pauses."""
        return timedelta(minutes=self.idle_minutes or (240 if self.demo else 15))

    @property
    def absolute(self) -> timedelta:
        """However busy, a session ends after these hours."""
        return timedelta(hours=self.session_hours)
