"""An account made by the operator, where nobody can sign in yet: `./shegong account USERNAME NAME ROLE DIVISION`.

The password is made here, printed once, and must be changed at the first sign-in. Recorded as done by `operator`.
"""

import argparse
import asyncio
import re
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from gateway.identity import commands, queries
from gateway.identity.passwords import Hashing
from gateway.identity.policy import policy
from gateway.identity.seed import a_password
from services.contracts.divisions import NATION, subtree
from services.kernel import clock
from services.kernel.actor import Actor
from services.kernel.db import database
from services.kernel.errors import Conflict, DomainError, Unprocessable
from services.kernel.settings import DatabaseSettings

TWELVE_DIGITS = re.compile("[0-9]{12}")
OPERATOR = Actor(
    id="operator", name="运维人员", kind="service",
    may={permission: (subtree(NATION),) for permission in ("accounts:write", "grants:write")},
)  # fmt: skip


class FirstSettings(DatabaseSettings):
    """It signs nothing: no keys."""

    keys: Path = Path()


async def open_account(settings: FirstSettings, *, username: str, name: str, role: str, division: str) -> str:
    """The password. Refused if the name is taken, the role unknown, or the role excludes another one held."""
    if not TWELVE_DIGITS.fullmatch(division):
        raise Unprocessable("区划代码应为 12 位数字，例如 370100000000。", code="bad_division")
    store, password = database(settings), a_password()
    try:
        async with store.writing.begin() as tx:
            if await queries.account_named(tx, username) is not None:
                raise Conflict(f"已有名为“{username}”的账号，请换一个用户名。", code="username_taken")
            hash, at = await Hashing().hash(password), clock.now()
            account = await commands.create_account(
                tx, OPERATOR, username=username, name=name, hash=hash, at=at, must_change=True
            )
            await commands.grant_role(
                tx, OPERATOR, account.id, role=role, divisions=[division], start=clock.today(), reason="首次开通"
            )
    finally:
        await store.close()
    return password


def main() -> int:
    parser = argparse.ArgumentParser(prog="shegong account")
    parser.add_argument("username")
    parser.add_argument("name")
    parser.add_argument("role", choices=sorted(policy().roles))
    parser.add_argument("division", help="12 位区划代码")
    chosen = vars(parser.parse_args())
    try:
        password = asyncio.run(open_account(FirstSettings.load(), **chosen))
    except DomainError as refusal:
        print(refusal.detail)
        return 1
    except IntegrityError:
        print("用户名只能用小写字母、数字、点、横线和下划线（2 到 64 位），姓名不能为空。没有开通账号。")
        return 1
    print(f"账号 {chosen['username']} 已开通，初始密码（首次登录须修改）：{password}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
