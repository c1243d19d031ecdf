"""Owns one PostgreSQL cluster on this machine: made once, started, stopped; TCP on 127.0.0.1 with SCRAM only.

There is no Unix socket: its path may not exceed about 100 bytes, and the folder's path is the user's choice.
"""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local.account import Account
from deploy.local.errors import CannotRun
from deploy.local.files import locked
from deploy.local.initdb import initdb
from deploy.local.processes import alive, end, port_is_free, servers_in
from deploy.local.psql import SUPERUSER, QueryFailed, Superuser

PATIENCE = 30.0  # seconds; recovery after a kill syncs the whole data folder once

# Small enough for a laptop; what a role may do, and for how long, is set per role in databases.py.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "min_wal_size": "80MB",
    "max_wal_size": "512MB",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    "log_checkpoints": "off",
    "jit": "off",
}


@dataclass(frozen=True)
class Cluster:
    home: Path
    binaries: Path
    account: Account
    port: int
    password: str
    durable: bool = True
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def data(self) -> Path:
        return self.home.resolve() / "data"

    @property
    def superuser(self) -> Superuser:
        return Superuser(self.binaries, self.port, self.password)

    def dsn(self, database: str = "postgres") -> str:
        return f"postgresql://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def exists(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def command(self) -> list[str]:
        """The server itself, in the foreground: what supervisor runs."""
        settings = {**SETTINGS, **dict(self.settings)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.data), "-p", str(self.port), *options]

    def ensure(self) -> None:
        """Make it if it is not there, start it if it does not run; who comes second waits and finds it running."""
        with locked(self.home / "lock"):
            self.make()
            if not self.ready():
                self.clear_way()
                self.wait_ready(self.home / "server.log", process=self._launch(self.home / "server.log"))
            self.check_trigrams()

    def make(self) -> None:
        if not self.exists():
            initdb(self.binaries, self.data, self.account, self.password, durable=self.durable)

    def clear_way(self) -> None:
        """Before a start: orphans of a killed postmaster have left, and nobody else holds the port."""
        if self.postmaster():
            return
        _until(lambda: not servers_in(self.data), f"{self.data} 的残留 PostgreSQL 进程迟迟不退出，请结束它们后再试。")
        self._drop_stale_note()
        if not port_is_free(self.port):
            raise CannotRun(f"端口 {self.port} 已被其他程序占用。请关闭那个程序，或用 PORT_BASE 换一组端口。")

    def _drop_stale_note(self) -> None:
        """PostgreSQL believes its pid file while that pid exists: a dead process not yet collected, or, after a restart
        of the machine, anyone. Nothing runs in the data folder now, so the note is of no use."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _launch(self, log: Path) -> psutil.Process | None:
        if running := self.postmaster():
            return running
        detached = '"$@" </dev/null >>"$0" 2>&1 & echo $!'  # the shell leaves, so no zombie of ours is left behind
        started = self.account.run(["/bin/sh", "-c", detached, log, *self.command()], cwd=self.home)
        try:
            return psutil.Process(int(started.stdout))
        except (ValueError, psutil.NoSuchProcess):
            return None

    def wait_ready(self, log: Path, *, process: psutil.Process | None = None) -> None:
        def settled() -> bool:
            return self.ready() or (process is not None and not alive(process))

        _until(settled, f"PostgreSQL 未在 {PATIENCE:.0f} 秒内就绪，请看日志：{log}")
        if not self.ready():
            raise CannotRun(f"PostgreSQL 启动后退出了，请看日志：{log}")

    def ready(self) -> bool:
        """Answers, to our password, and is ours: another cluster on the port is not."""
        try:
            return self.superuser.ask("SHOW data_directory") == str(self.data)
        except QueryFailed as failure:
            if "password authentication failed" in str(failure) and self.postmaster():
                raise CannotRun("数据库密码与 var/keys 不符。请恢复与数据一起备份的 var/keys。") from None
            return False

    def check_trigrams(self) -> None:
        question = "CREATE EXTENSION IF NOT EXISTS pg_trgm; SELECT cardinality(show_trgm('社会工作者'));"
        if self.superuser.ask(question) == "0":
            raise CannotRun("这个 PostgreSQL 不认识汉字，搜索会失效。请换用自带的 PostgreSQL，或重建数据文件夹。")

    def postmaster(self) -> psutil.Process | None:
        pid = self._noted_pid()
        return next((p for p in servers_in(self.data) if p.pid == pid), None)

    def _noted_pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def stop(self) -> None:
        if server := self.postmaster():
            end([server], by=signal.SIGINT, patience=PATIENCE)  # SIGINT: roll back, write the last checkpoint, go


def _until(condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise CannotRun(complaint)
        time.sleep(0.05)
