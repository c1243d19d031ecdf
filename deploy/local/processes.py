"""Owns which running processes are ours, with proof, and how they are ended; none is touched without it."""

import os
import signal
import socket
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

MARK = "SHEGONG_SUPERVISED"  # supervisord gives it to all it starts; its value is a secret of this var/


def servers_in(data: Path) -> list[psutil.Process]:
    """PostgreSQL's processes on this data folder: each one works in it, the orphans of a killed postmaster too."""
    return [p for p in psutil.process_iter() if _is_server_in(p, data)]


def marked(mark: str) -> list[psutil.Process]:
    """Whatever our supervisord started, and itself, even when it is long dead."""
    return [p for p in psutil.process_iter() if p.pid != os.getpid() and _carries(p, mark)]


def alive(process: psutil.Process) -> bool:
    """A killed process that its parent has not yet collected is dead."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def end(processes: Sequence[psutil.Process], *, by: signal.Signals, patience: float) -> None:
    """Ask them to go, then make them. psutil compares start times, so a reused pid is safe."""
    for process in processes:
        _send(process, by)
    for process in _wait(processes, patience):
        _send(process, signal.SIGKILL)
    _wait(processes, patience)


def _wait(processes: Sequence[psutil.Process], patience: float) -> list[psutil.Process]:
    """Those that are left. psutil's own wait would wait for the dead to be collected, in some containers for ever."""
    deadline = time.monotonic() + patience
    while (left := [p for p in processes if alive(p)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections still closing do not count
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _is_server_in(process: psutil.Process, data: Path) -> bool:
    try:
        return process.name().startswith("postgres") and process.cwd() == str(data) and alive(process)
    except psutil.Error:
        return False


def _carries(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get(MARK) == mark and alive(process)
    except psutil.Error:
        return False


def _send(process: psutil.Process, by: signal.Signals) -> None:
    try:
        process.send_signal(by)
    except psutil.NoSuchProcess:
        return
