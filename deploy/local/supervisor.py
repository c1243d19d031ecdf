"""Owns the conversation with supervisord: started, asked, told."""

import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
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
        """What it knows of each program; None if it does not answer."""
        try:
            return {state["name"]: state for state in self._rpc().getAllProcessInfo()}
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
            self._rpc().startProcess(name, False)
        except Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                log = log_file(self.settings, name)
                raise CannotRun(f"{name} 无法启动（{fault.faultString}），请看日志：{log}") from None

    def stop(self, name: str) -> None:
        try:
            self._rpc().stopProcess(name, False)
        except Fault:
            return  # it does not run

    def shut_down(self) -> None:
        self._rpc().shutdown()

    def _rpc(self) -> Any:
        transport = SupervisorTransport("", "", f"unix://{socket_path(self.settings)}")
        return ServerProxy("http://127.0.0.1", transport=transport).supervisor


def _wait(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
