"""What a process holds in memory for identity, made once; and how a request finds it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fastapi import Request

from gateway.identity.limits import Limit
from gateway.identity.machines import Machines
from gateway.identity.passwords import Hashing
from gateway.identity.policy import policy
from gateway.identity.profiles import PROFILES, Profile
from gateway.identity.standing import Standings
from gateway.identity.tries import Turns
from gateway.settings import GatewaySettings
from services.kernel import clock
from services.kernel.crypto import Vault
from services.kernel.db import Database
from services.kernel.keyring import Keyring


@dataclass
class House:
    database: Database
    clock: Callable[[], datetime]
    idle: timedelta
    absolute: timedelta
    standings: Standings
    machines: Machines
    principals: Limit
    strangers: Limit
    vault: Vault
    profile: Profile
    hashing: Hashing = field(default_factory=Hashing)
    turns: Turns = field(default_factory=Turns)


def house(
    settings: GatewaySettings,
    keyring: Keyring,
    vault: Vault,
    database: Database,
    now: Callable[[], datetime] = clock.now,
) -> House:
    profile = PROFILES[settings.password_profile]
    return House(
        database,
        now,
        settings.idle,
        settings.absolute,
        Standings(database, policy(), now, settings.idle, profile, settings.factor_required),
        Machines(keyring, now, settings.token_url, settings.demo),
        Limit("principal", settings.rate_per_second, settings.rate_burst),
        Limit("anonymous", settings.anonymous_per_second, settings.anonymous_burst),
        vault,
        profile,
    )


def house_of(request: Request) -> House:
    found: House = request.app.state.house
    return found
