"""Owns the clusters that the launcher's tests start: each in an odd folder, on a free port."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.account import server_account
from deploy.local.binaries import find_binaries
from deploy.local.postgres import Cluster
from deploy.local.scratch import free_port, remove

ODD = "社工 数据 " + "很长的路径" * 10  # a space, Chinese, 163 bytes


@contextmanager
def odd_folder() -> Iterator[Path]:
    """pytest's own temporary folder is closed to the account that runs PostgreSQL for root."""
    with tempfile.TemporaryDirectory(prefix="shegong-") as name:
        yield server_account().own(Path(name)) / ODD


@contextmanager
def odd_cluster() -> Iterator[Cluster]:
    with odd_folder() as folder:
        cluster = cluster_at(folder, free_port())
        try:
            yield cluster
        finally:
            remove(folder)


def cluster_at(folder: Path, port: int) -> Cluster:
    account = server_account()
    home = account.own(folder)
    settings = (("fsync", "off"),)
    return Cluster(home, find_binaries(account, home), account, port, "right", durable=False, settings=settings)
