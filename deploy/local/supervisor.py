"""Owns the conversation with supervisord: started, asked, told."""

import contextlib
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from deploy.local.environment import neutral
from deploy.local.errors import CannotRun
from deploy.local.files import write_private
from deploy.local.processes import MARK
from deploy.local.programs import log_file, socket_path
from deploy.local.settings import Settings

MODULE = "supervisor.supervisord"
PATIENCE = 10.0  # seconds


@dataclass(frozen=True)
class Supervisor:
    settings: Settings

    @property
    def config(self) -> Path:
        return self.settings.run / "supervisord.conf"

    def mark(self) -> str:
        """The secret that all our processes carry in their environment, and nobody else's."""
        path = self.settings.run / "mark"
        if not path.exists():
            write_private(path, secrets.token_hex(16))
        return path.read_text(encoding="utf-8")

    def states(self) -> dict[str, Mapping[str, Any]] | None:
        """What it knows of each program: nothing while it shuts down; None if it does not answer."""
        try:
            with self._calls() as calls:
                return {state["name"]: state for state in calls.getAllProcessInfo()}
        except Fault:
            return {}
        except (OSError, HTTPException):
            return None

    def runs_with(self, config: str) -> bool:
        return self.config.exists() and self.config.read_text(encoding="utf-8") == config

    def launch(self, config: str) -> None:
        write_private(self.config, config)
        command = [sys.executable, "-m", MODULE, "-c", str(self.config)]
        env = {**neutral(), MARK: self.mark(), "PYTHONUTF8": "1"}
        started = subprocess.run(
            command, env=env, cwd=self.settings.root, capture_output=True, encoding="utf-8", check=False
        )
        if started.returncode != 0 or not _wait(lambda: self.states() is not None):
            raise CannotRun(f"supervisord 没有启动：{started.stderr.strip() or log_file(self.settings, 'supervisord')}")

    def start(self, name: str) -> None:
        """Without waiting; one that already runs is left alone."""
        try:
            with self._calls() as calls:
                calls.startProcess(name, False)
        except Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                log = log_file(self.settings, name)
                raise CannotRun(f"{name} 无法启动（{fault.faultString}），请看日志：{log}") from None

    def stop(self, name: str) -> None:
        with contextlib.suppress(Fault), self._calls() as calls:  # a fault: it does not run
            calls.stopProcess(name, False)

    def shut_down(self) -> None:
        with contextlib.suppress(Fault), self._calls() as calls:  # a fault: it is already at it
            calls.shutdown()

    @contextlib.contextmanager
    def _calls(self) -> Iterator[Any]:
        transport = SupervisorTransport("", "", f"unix://{socket_path(self.settings)}")
        try:
            yield ServerProxy("http://127.0.0.1", transport=transport).supervisor
        finally:
            transport.close()


def _wait(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
