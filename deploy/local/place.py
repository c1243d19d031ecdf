"""Owns where the cluster's folder lies: under var/, or outside a home that its account cannot enter.

PostgreSQL started by root runs as `nobody`, who cannot pass a 0700 parent such as root's own home. We never open a
folder that is not ours, so the cluster then goes to /var/lib/shegong/<hash of var's path>, and `var/postgres.path`
says so from then on (also after var/ itself was moved). Delete both, or neither.
"""

import hashlib
from pathlib import Path

from deploy.local.account import Account
from deploy.local.errors import CannotRun
from deploy.local.files import write_private

OUTSIDE = Path("/var/lib/shegong")


def cluster_home(var: Path, account: Account) -> Path:
    """The folder of the cluster, made if need be."""
    record = var / "postgres.path"
    if record.exists():
        return _recorded(record)
    near = account.own(var / "postgres")
    if account.can_enter(near):
        return near
    if any(near.iterdir()):
        raise CannotRun(f"运行 PostgreSQL 的账户进不了 {near}。请开放它的上级文件夹，或把 var 移到它能进入的地方。")
    near.rmdir()
    return _outside(var, account, record)


def _recorded(record: Path) -> Path:
    home = Path(record.read_text(encoding="utf-8").strip())
    if not home.is_dir():
        raise CannotRun(f"{record} 记录的数据库文件夹 {home} 不见了。请恢复它；若要从空库重新开始，请删除 {record}。")
    return home


def _outside(var: Path, account: Account, record: Path) -> Path:
    OUTSIDE.mkdir(parents=True, exist_ok=True, mode=0o755)
    home = account.own(OUTSIDE / hashlib.sha256(str(var).encode()).hexdigest()[:16])
    if not account.can_enter(home):
        raise CannotRun(f"运行 PostgreSQL 的账户无法进入 {home}。请用 SHEGONG_VAR 指定一个它能进入的文件夹。")
    write_private(record, f"{home}\n")
    return home
