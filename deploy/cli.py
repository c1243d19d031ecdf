"""Owns the operator's command line: `./shegong run | stop | status | demo | rebuild | account | …`."""

import argparse
import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.local.errors import CannotRun
from deploy.local.settings import APPS, DATABASES, SERVICES, from_environment

RINGS = {
    "data": "数据密钥与每人的密钥 / data keys, and each person's own",
    "index": "盲索引密钥 / of the blind indexes",
    "master": "主密钥 / wraps each person's own",
}
KEY_ORDERS = {"registry": "services.registry.keys.command", "gateway": "gateway.identity.keys"}


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = chosen.command
    try:
        return command(chosen)
    except BrokenPipeError:  # the reader has seen enough: `make run | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except CannotRun as refusal:
        print(f"\n{refusal}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="shegong", description="社工 / Shegong")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command, about in (
        ("run", _run, "启动全部进程 / start everything"),
        ("stop", _stop, "停止全部进程 / stop everything"),
        ("status", _status, "查看各进程 / show what runs"),
        ("rebuild", _rebuild, "从各服务重算覆盖数据 / compute coverage anew from the feeds"),
        ("check", _check, "检查数据库迁移与代码库 / check migrations and tree"),
    ):
        commands.add_parser(name, help=about).set_defaults(command=command)
    demo = commands.add_parser("demo", help="装入演示城市 / load the demo city")
    demo.add_argument("--seed", type=int, default=54)
    demo.add_argument("--small", action="store_true", help="约五十分之一 / a fiftieth of it")
    demo.set_defaults(command=_demo)
    account = commands.add_parser("account", help="开通一个账号 / make an account")
    for name in ("username", "name", "role", "division"):
        account.add_argument(name)
    account.set_defaults(command=_account)
    migration = commands.add_parser("migration", help="写一个新的迁移 / write a migration")
    migration.add_argument("database", choices=DATABASES)
    migration.add_argument("message")
    migration.set_defaults(command=_migration)
    feed = commands.add_parser("feed", help="恢复备份之后 / after a restore")
    feed.add_argument("order", choices=["new-epoch"])
    feed.add_argument("database", choices=SERVICES)
    feed.set_defaults(command=_new_epoch)
    _verify_order(commands.add_parser("verify", help="核验电子凭证或签名答复 / check a credential or an answer"))
    _key_orders(commands.add_parser("keys", help="密钥：轮换、停用、查看 / rotate, retire, show keys"))
    return parser


def _verify_order(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="电子凭证，或批量核验的签名答复 / a credential, or a signed answer")
    parser.add_argument("--keys", type=Path, help="签发方公钥文件 / the issuer's keys, as published")
    parser.add_argument("--status", type=Path, help="状态列表文件 / the status list, as published")
    parser.add_argument("--online", metavar="URL", help="向此签发方索取公钥和状态列表 / ask this issuer for both")
    parser.set_defaults(command=_verify)


def _key_orders(parser: argparse.ArgumentParser) -> None:
    keys = parser.add_subparsers(required=True, metavar="ORDER")
    rotating = keys.add_parser("rotate", help="轮换，不中断服务 / while everything runs")
    which = rotating.add_subparsers(required=True, metavar="KIND")
    signing = which.add_parser("signing", help="进程签名的密钥 / with which processes sign")
    signing.add_argument("process", nargs="?", choices=APPS, help="不写则全部 / all if none is named")
    signing.add_argument(
        "--at-once", action="store_true", help="旧密钥可能已泄露，立即作废 / the old one counts no more"
    )
    signing.set_defaults(command=_rotate_signing)
    issuer = which.add_parser("issuer", help="登记机构签发凭证的密钥 / with which the register issues credentials")
    issuer.add_argument("--at-once", action="store_true", help="旧密钥可能已泄露，所签凭证作废 / none before counts")
    issuer.set_defaults(command=_rotate_issuer)
    for name, about in RINGS.items():
        ring = which.add_parser(name, help=about)
        ring.add_argument("--suite", choices=["aes", "sm"], help="换用另一套算法 / change the algorithms too")
        ring.set_defaults(command=_data_keys, order=("rotate", name), of="registry")
        if name == "data":
            _of(ring, None, "不写则全部 / both if none is named")
    retire = keys.add_parser("retire", help="停用旧密钥 / an old key opens nothing any more")
    retire.add_argument("id")
    _of(retire, "registry", "不写则为 registry")
    retire.set_defaults(command=_data_keys, order=("retire",))
    for name, about, of in (
        ("status", "各密钥之下的数据 / what lies under which", None),
        ("destroyed", "已销毁的个人密钥；恢复备份后从输入读取 / list, or apply to a restored backup", "registry"),
    ):
        keys.add_parser(name, help=about).set_defaults(command=_data_keys, order=(name,), of=of)


def _of(parser: argparse.ArgumentParser, usual: str | None, about: str) -> None:
    """Only the data key serves in the gateway too: it seals the secrets of authenticators."""
    parser.add_argument("--of", choices=KEY_ORDERS, default=usual, help=f"哪个进程的密钥，{about}")


def _run(_: argparse.Namespace) -> int:
    from deploy.local.run import run

    run(from_environment())
    return 0


def _stop(_: argparse.Namespace) -> int:
    from deploy.local.files import locked
    from deploy.local.house import open_house
    from deploy.local.stop import stop

    settings = from_environment()
    if settings.run.exists():
        with locked(settings.var / "lock"):
            stop(open_house(settings))
    print("社工系统已经停止。")
    return 0


def _status(_: argparse.Namespace) -> int:
    from deploy.local.house import open_house
    from deploy.local.status import status

    settings = from_environment()
    if not settings.run.exists():
        print("社工系统没有运行。用 make run 启动。")
        return 1
    return 0 if status(open_house(settings)) else 1


def _demo(chosen: argparse.Namespace) -> int:
    from deploy.demo.command import demo

    demo(from_environment(), chosen.seed, small=chosen.small)
    return 0


def _rebuild(_: argparse.Namespace) -> int:
    return _as_the_gateway("gateway.rebuilding")


def _account(chosen: argparse.Namespace) -> int:
    return _as_the_gateway("gateway.identity.first", chosen.username, chosen.name, chosen.role, chosen.division)


def _as_the_gateway(module: str, *arguments: str) -> int:
    return _as_a_process("gateway", module, *arguments)


def _as_a_process(name: str, module: str, *arguments: str) -> int:
    """The same settings, keys and role as the running one."""
    from deploy.local.environment import neutral, of_process
    from deploy.local.house import open_house

    house = open_house(from_environment())
    told = neutral() | of_process(house.settings, name, house.passwords)
    return subprocess.run([sys.executable, "-m", module, *arguments], env=told, cwd=house.settings.root).returncode


def _check(_: argparse.Namespace) -> int:
    from deploy.checks import check_tree
    from deploy.local.rehearsal import check_migrations

    complaints = [*check_tree(), *check_migrations()]
    print("\n".join(complaints) or "代码库与迁移检查通过。")
    return 1 if complaints else 0


def _migration(chosen: argparse.Namespace) -> int:
    from deploy.local.rehearsal import write_migration

    print(write_migration(chosen.database, chosen.message))
    return 0


def _data_keys(chosen: argparse.Namespace) -> int:
    """As the process that has these keys: the registry those of personal data, the gateway those of authenticators."""
    more = [chosen.id] if "id" in chosen else []
    suite = ["--suite", chosen.suite] if getattr(chosen, "suite", None) else []
    every = [chosen.of] if chosen.of else KEY_ORDERS
    return max(_as_a_process(name, KEY_ORDERS[name], *chosen.order, *more, *suite) for name in every)


def _rotate_signing(chosen: argparse.Namespace) -> int:
    from deploy.local.files import locked
    from deploy.local.signing import rotate

    settings = from_environment()
    processes = [chosen.process] if chosen.process else list(APPS)
    if not all((settings.keys / process / "key.pem").exists() for process in processes):
        raise CannotRun("还没有密钥可换。请先用 make run 启动一次。")
    with locked(settings.var / "lock"):
        rotate(settings.keys, processes, at_once=chosen.at_once)
    ended = "旧密钥已立即作废。" if chosen.at_once else "旧密钥签发的令牌在其有效期内仍然有效。"
    print(f"已换用新的签名密钥：{'、'.join(processes)}。{ended}")
    return 0


def _rotate_issuer(chosen: argparse.Namespace) -> int:
    from deploy.local.files import locked
    from deploy.local.issuer import rotate_issuer

    settings = from_environment()
    if not (settings.keys / "registry").exists():
        raise CannotRun("还没有密钥可换。请先用 make run 启动一次。")
    with locked(settings.var / "lock"):
        rotate_issuer(settings.keys / "registry", forget=chosen.at_once)
    ended = "此前签发的凭证和答复全部作废，请重新签发。" if chosen.at_once else "此前签发的凭证仍可核验。"
    print(f"已换用新的签发密钥。{ended}")
    return 0


def _verify(chosen: argparse.Namespace) -> int:
    from deploy.verify import verify

    return verify(chosen)


def _new_epoch(chosen: argparse.Namespace) -> int:
    """Transaction numbers start anew in a restored database; its followers must read it from the start."""
    from deploy.local.house import open_house
    from services.kernel.feed import new_epoch

    epoch = asyncio.run(new_epoch(open_house(from_environment()).owner_url(chosen.database)))
    print(f"{chosen.database} 的数据流进入第 {epoch} 纪元，所有订阅者将从头重读。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
