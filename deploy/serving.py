"""Owns how uvicorn serves a process: the same on a desk and in a container."""

import sys
from pathlib import Path

from deploy.local.settings import FACTORIES

HTTP = "services.kernel.punctual:Punctual"  # httptools, and a deadline for the head of a request
CONNECTIONS = 800  # below the 1024 files a process may open: beyond it 503, not a process that accepts nothing
DRAIN = 5  # seconds for what is under way when the process is told to stop


def server_command(process: str, *, host: str, port: int, env_file: Path | None = None) -> list[str]:
    command = [sys.executable, "-m", "uvicorn", "--factory", FACTORIES[process], "--host", host, "--port", str(port)]
    if env_file is not None:
        command += ["--env-file", str(env_file)]
    command += ["--loop", "uvloop", "--http", HTTP]
    command += ["--no-access-log", "--no-proxy-headers", "--no-server-header"]
    command += ["--timeout-graceful-shutdown", str(DRAIN), "--timeout-keep-alive", "5"]
    return [*command, "--limit-concurrency", str(CONNECTIONS)]
