"""Owns what a container runs: one process, or one of the jobs beside them.

gateway | registry | training | procurement | coordination | dashboard
keys                          see that the secrets are there; a demo makes its own
new-keys                      make those of a real installation, once
rotate-signing [PROCESS]      replace the keys with which processes sign, while they run
rotate-issuer [--at-once]     the key with which the register issues credentials
migrate                       databases, migrations, divisions
account USERNAME NAME ROLE DIVISION, rebuild     as the gateway
data-keys ORDER …             of personal data: rotate data|index|master, retire ID, status, destroyed
gateway-keys ORDER …          of the secrets of authenticators: rotate data, retire ID, status
new-epoch SERVICE             after a restore, with migrate's secrets
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from deploy.container import keys, migrating
from deploy.container.place import Place, a_process, from_environment
from deploy.container.waiting import wait_for_tables
from deploy.local.errors import CannotRun
from deploy.local.issuer import rotate_issuer
from deploy.local.settings import APPS, DATABASES, SERVICES
from deploy.local.signing import rotate
from deploy.serving import server_command

AS_THE_GATEWAY = {"account": "gateway.identity.first", "rebuild": "gateway.rebuilding"}
KEY_ORDERS = {
    "data-keys": ("registry", "services.registry.keys.command"),
    "gateway-keys": ("gateway", "gateway.identity.keys"),
}


def main(arguments: Sequence[str]) -> int:
    signal.signal(signal.SIGTERM, _leave)
    try:
        command, *more = arguments or ("",)
        _run(from_environment(), command, more)
    except CannotRun as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def _run(place: Place, command: str, more: Sequence[str]) -> None:
    if command == "keys":
        keys.ensure(place)
    elif command == "new-keys":
        keys.new(place)
    elif command == "rotate-signing":
        place.check(place.keys)
        rotate(place.keys, [a_process(name) for name in more] or APPS)
    elif command == "rotate-issuer":
        place.check(place.keys)
        rotate_issuer(place.keys / "registry", forget=more == ["--at-once"])
    elif command == "migrate":
        migrating.migrate(place)
    elif command == "new-epoch":
        _new_epoch(place, *more)
    elif command in KEY_ORDERS:
        process, module = KEY_ORDERS[command]
        _become([sys.executable, "-m", module, *more], place.told(process, os.environ))
    elif command in AS_THE_GATEWAY:
        _become([sys.executable, "-m", AS_THE_GATEWAY[command], *more], place.told("gateway", os.environ))
    else:
        _serve(place, a_process(command))


def _serve(place: Place, process: str) -> NoReturn:
    told = place.told(process, os.environ)
    if process in DATABASES:
        asyncio.run(wait_for_tables(told["SHEGONG_DATABASE_URL"], process))
    _become(server_command(process, host=place.listen, port=place.port), told)


def _become(command: Sequence[str], told: dict[str, str]) -> NoReturn:
    """The same process, so that the engine's signals reach it."""
    os.execve(command[0], list(command), told)


def _new_epoch(place: Place, service: str = "") -> None:
    from services.kernel.feed import new_epoch

    if service not in SERVICES:
        raise CannotRun(f"请指明服务：{'、'.join(SERVICES)}。")
    place.check(place.keys)
    epoch = asyncio.run(new_epoch(migrating.owner_url(place, service)))
    print(f"{service} 的数据流进入第 {epoch} 纪元，所有订阅者将从头重读。")


def _leave(_: int, __: FrameType | None) -> NoReturn:
    """The first process of a container has no default for signals: without this it would be killed after the grace."""
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
