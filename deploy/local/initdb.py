"""Owns how a cluster comes into being: its locale, its only way to sign in, its checksums."""

import shutil
from pathlib import Path

from deploy.local.account import Account
from deploy.local.errors import CannotRun
from deploy.local.files import sync_folder
from deploy.local.psql import SUPERUSER

# With LC_CTYPE=C, pg_trgm takes no Chinese character for a letter and trigram search silently finds nothing.
LOCALE = (
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--lc-collate=C",
    "--lc-ctype=C.UTF-8",
)


def initdb(binaries: Path, data: Path, account: Account, password: str, *, durable: bool) -> None:
    """A half-made cluster never carries the final name."""
    unfinished = account.own(data.with_name("data.unfinished"))
    shutil.rmtree(unfinished)
    secret = _password_file(data.with_name("initdb.password"), account, password)
    options = ["--auth=scram-sha-256", "--data-checksums", f"--username={SUPERUSER}", f"--pwfile={secret}"]
    sync = [] if durable else ["--no-sync"]
    made = account.run([binaries / "initdb", "-D", unfinished, *LOCALE, *options, *sync], cwd=data.parent)
    secret.unlink()
    if made.returncode != 0:
        raise CannotRun(f"无法建立 PostgreSQL 数据文件夹：{made.stderr.strip()}")
    unfinished.rename(data)
    sync_folder(data.parent)


def _password_file(path: Path, account: Account, password: str) -> Path:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(f"{password}\n", encoding="utf-8")
    account.own_file(path)
    return path
