"""Only what carries our mark, or works in our data folder, is ended."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from deploy.local.processes import MARK, alive, end, marked

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"


@contextmanager
def a_process(**env: str) -> Iterator[psutil.Process]:
    with subprocess.Popen([sys.executable, "-c", STUBBORN], env=env, stdout=subprocess.PIPE) as started:
        assert started.stdout
        started.stdout.readline()
        try:
            yield psutil.Process(started.pid)
        finally:
            started.kill()


def test_a_strangers_process_is_not_ours() -> None:
    with a_process(**{MARK: "ours"}) as ours, a_process(**{MARK: "another house"}), a_process():
        assert marked("ours") == [ours]


def test_one_that_will_not_go_is_made_to() -> None:
    with a_process(**{MARK: "ours"}) as ours:
        begun = time.monotonic()

        end([ours], by=signal.SIGTERM, patience=0.3)

        assert not alive(ours)
        assert time.monotonic() - begun < 3
