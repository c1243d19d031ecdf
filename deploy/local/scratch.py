"""Owns throw-away clusters, for tests and checks: fast, not durable, gone with the process that asked for them."""

import secrets
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.account import Account, server_account
from deploy.local.binaries import find_binaries
from deploy.local.errors import CannotRun
from deploy.local.files import try_lock
from deploy.local.postgres import Cluster
from deploy.local.processes import end, servers_in

PREFIX = "shegong-scratch-"
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
}


@contextmanager
def scratch_cluster() -> Iterator[Cluster]:
    """A running cluster in a temporary folder of its own."""
    account = server_account()
    place = _place(account)
    _sweep(place)
    home = account.own(Path(tempfile.mkdtemp(prefix=PREFIX, dir=place)))
    owner = try_lock(home / "owner")  # held until we end: what nobody holds is swept by whoever comes next
    try:
        yield _started(home, account)
    finally:
        remove(home)
        if owner:
            owner.close()


def _started(home: Path, account: Account) -> Cluster:
    binaries = find_binaries(account, home)
    password = secrets.token_hex(16)
    for last_try in (False, False, True):
        cluster = Cluster(home, binaries, account, free_port(), password, durable=False, settings=tuple(FAST.items()))
        try:
            cluster.ensure()
        except CannotRun:
            if last_try:
                raise
        else:
            return cluster
    raise AssertionError


def free_port() -> int:
    """Free just now: another program may take it first, so the caller tries again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _place(account: Account) -> Path:
    usual = Path(tempfile.gettempdir())
    return usual if account.can_enter(usual) else Path("/var/tmp")


def _sweep(place: Path) -> None:
    """Remove what a killed test run left behind."""
    for home in place.glob(f"{PREFIX}*"):
        try:
            settled = time.time() - (home / "owner").stat().st_mtime > 10  # younger: about to be locked
            owner = try_lock(home / "owner") if settled else None
        except OSError:
            continue
        if owner:
            remove(home)
            owner.close()


def remove(home: Path) -> None:
    """Stop whatever runs in it and delete it."""
    end(servers_in(home.resolve() / "data"), by=signal.SIGQUIT, patience=5)
    shutil.rmtree(home, ignore_errors=True)
