"""The operator's orders about the keys of personal data, given as the registry: `./shegong keys …`."""

import argparse
import sys
from datetime import datetime
from functools import partial
from uuid import UUID

from services.kernel.crypto import KEY_FILE, Suite, load_vault
from services.kernel.crypto.keyfile import RINGS
from services.kernel.db import Database
from services.kernel.rotation import carried_out
from services.kernel.settings import DatabaseSettings
from services.registry.keys.counting import unindexed, uses
from services.registry.keys.erasing import Destroyed, bring_in_step, destroyed
from services.registry.keys.moving import everybody
from services.registry.keys.rotating import Rotation


async def status(rotation: Rotation) -> None:
    keys = rotation.read()
    async with everybody(rotation.database) as tx:
        for name in RINGS:
            rotation.tell_keys(keys.ring(name), await uses(tx, name))
        print(f"尚未编入现用索引的人员：{await unindexed(tx, keys.index.current)}；"
              f"已销毁的个人密钥：{len(await destroyed(tx))}")  # fmt: skip


async def list_destroyed(rotation: Rotation) -> None:
    """Printed, or read from the input if something is there."""
    given = "" if sys.stdin.isatty() else sys.stdin.read()
    async with everybody(rotation.database) as tx:
        if not given.strip():
            print("\n".join(f"{d.person_id} {d.destroyed_at.isoformat()}" for d in await destroyed(tx)))
            return
    lines = (line.split() for line in given.splitlines() if line.strip())
    known, done = [Destroyed(UUID(id), datetime.fromisoformat(at)) for id, at in lines], 0
    while True:
        async with everybody(rotation.database) as tx:
            erased = await bring_in_step(tx, known)
        done += erased
        if not erased:
            break
    print(f"清单中有 {len(known)} 人，其中 {done} 人的资料在这份数据中仍可打开，现已销毁。", file=sys.stderr)


async def ordered(chosen: argparse.Namespace, opened: Database, settings: DatabaseSettings) -> None:
    rotation = Rotation(
        settings.keys / KEY_FILE, opened, load_vault(settings.keys), lambda said: print(said, flush=True)
    )
    if chosen.order == "rotate":
        await rotation.rotate(chosen.ring, Suite(chosen.suite) if chosen.suite else None)
    elif chosen.order == "retire":
        await rotation.retire(chosen.id)
    elif chosen.order == "status":
        await status(rotation)
    else:
        await list_destroyed(rotation)


def arguments(parser: argparse.ArgumentParser) -> None:
    orders = parser.add_subparsers(dest="order", required=True)
    rotate = orders.add_parser("rotate")
    rotate.add_argument("ring", choices=RINGS)
    rotate.add_argument("--suite", choices=[suite.value for suite in Suite])
    orders.add_parser("retire").add_argument("id")
    orders.add_parser("status")
    orders.add_parser("destroyed")


def main() -> int:
    parser = argparse.ArgumentParser(prog="shegong keys")
    arguments(parser)
    chosen = parser.parse_args()
    return carried_out("registry keys", partial(ordered, chosen), changes=chosen.order in ("rotate", "retire"))


if __name__ == "__main__":
    sys.exit(main())
