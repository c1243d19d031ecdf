"""What a process holds in memory for identity, made once; and how a request finds it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fastapi import Request

from gateway.identity.limits import Limit
from gateway.identity.machines import Machines
from gateway.identity.passwords import Hashing
from gateway.identity.policy import policy
from gateway.identity.standing import Standings
from gateway.identity.tries import Turns
from gateway.settings import GatewaySettings
from services.kernel import clock
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
    hashing: Hashing = field(default_factory=Hashing)
    turns: Turns = field(default_factory=Turns)


def house(
    settings: GatewaySettings, keyring: Keyring, database: Database, now: Callable[[], datetime] = clock.now
) -> House:
    return House(
        database,
        now,
        settings.idle,
        settings.absolute,
        Standings(database, policy(), now, settings.idle),
        Machines(keyring, now),
        Limit("principal", settings.rate_per_second, settings.rate_burst),
        Limit("anonymous", settings.anonymous_per_second, settings.anonymous_burst),
    )


def house_of(request: Request) -> House:
    found: House = request.app.state.house
    return found
