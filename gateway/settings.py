"""What the gateway is told at its start."""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from pydantic import BaseModel, Field, SecretStr

from gateway.identity.profiles import ProfileName
from services.kernel.settings import MIB, DatabaseSettings

Service = Literal["registry", "training", "procurement", "coordination"]
Network = IPv4Network | IPv6Network


class Oidc(BaseModel, extra="forbid"):
    """The government's identity provider. `hosts` are others than the issuer's own that its metadata may name."""

    issuer: str = Field(pattern=r"^https?://[^/?#@]+(/[^?#]*)?$")
    client_id: str = Field(min_length=1)
    client_secret: SecretStr | None = None
    redirect_uri: str = Field(pattern=r"^https?://")
    scope: str = Field(default="openid profile", pattern=r"^openid( |$)")
    hosts: list[str] = Field(default_factory=list)
    acr_values: list[str] = Field(default_factory=list)  # one of them is required
    two_factor_acr: list[str] = Field(default_factory=list)  # these say that a second factor was passed there
    two_factor_amr: list[str] = Field(default_factory=lambda: ["mfa"])  # and these (RFC 8176)
    max_age: int = Field(default=8 * 3600, ge=60)  # seconds since she signed in there


class GatewaySettings(DatabaseSettings):
    """`services` are the addresses behind the door. Limits are per process: n replicas admit n times as much."""

    services: dict[Service, str] = Field(default_factory=dict)
    public_url: str = Field(default="http://127.0.0.1:8000", pattern=r"^https?://[^/]+$")  # as systems reach us
    oidc: Oidc | None = None
    https: bool = False  # people and systems reach us by https: browsers are told to use nothing else
    trusted_proxies: list[Network] = Field(default_factory=list)  # whose X-Forwarded-For is believed
    second_factor: Literal["required", "optional"] | None = None  # for whoever may change or reveal anything
    password_profile: ProfileName = ProfileName.GOV_L3
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
    def token_url(self) -> str:
        return f"{self.public_url}/api/v1/auth/token"

    @property
    def idle(self) -> timedelta:
        """A quarter of an hour (SEC-02); a demo is looked at with pauses."""
        return timedelta(minutes=self.idle_minutes or (240 if self.demo else 15))

    @property
    def factor_required(self) -> bool:
        """Everywhere but in a demo, whose accounts open with the password alone (SEC-04)."""
        return self.second_factor == "required" or (self.second_factor is None and not self.demo)

    @property
    def absolute(self) -> timedelta:
        """However busy, a session ends after these hours."""
        return timedelta(hours=self.session_hours)
