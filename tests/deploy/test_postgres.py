"""The launcher keeps its promises: odd paths, races, kills, passwords, Chinese search."""

import dataclasses
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import place
from deploy.local.account import server_account
from deploy.local.errors import CannotRun
from deploy.local.files import private_folder
from deploy.local.postgres import Cluster
from deploy.local.psql import QueryFailed
from tests.deploy.clusters import cluster_at, odd_cluster, odd_folder

RACER = """
import sys; from pathlib import Path; from tests.deploy.clusters import cluster_at
cluster = cluster_at(Path(sys.argv[1]), int(sys.argv[2]))
cluster.ensure()
print(cluster.superuser.ask("SELECT pg_postmaster_start_time(), system_identifier FROM pg_control_system()"))
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Three processes race to make it, in a folder with a space, Chinese and 163 bytes."""
    with odd_cluster() as cluster:
        race = [sys.executable, "-c", RACER, str(cluster.home), str(cluster.port)]
        racers = [subprocess.Popen(race, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        answers = {racer.communicate(timeout=60)[0] for racer in racers}
        assert len(answers) == 1, answers  # one initdb, one server
        assert all(racer.returncode == 0 for racer in racers)
        yield cluster


def test_three_racing_starts_make_one_running_server(cluster: Cluster) -> None:
    assert cluster.ready()


def test_a_start_while_it_runs_changes_nothing(cluster: Cluster) -> None:
    before = cluster.postmaster()

    cluster.ensure()

    assert before
    assert cluster.postmaster() == before


def test_a_killed_server_comes_back_with_every_committed_row(cluster: Cluster) -> None:
    rows = "CREATE TABLE kept AS SELECT generate_series(1, 100000) AS n; SELECT count(*) FROM kept"
    assert cluster.superuser.ask(rows) == "100000"
    server = cluster.postmaster()
    assert server

    server.kill()
    cluster.ensure()

    assert cluster.superuser.ask("SELECT count(*) FROM kept") == "100000"


def test_a_note_with_somebody_elses_pid_does_not_stop_a_start(cluster: Cluster) -> None:
    note = (cluster.data / "postmaster.pid").read_text().splitlines()
    cluster.stop()
    (cluster.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *note[1:]]))

    cluster.ensure()

    assert cluster.ready()


def test_a_wrong_password_is_refused(cluster: Cluster) -> None:
    with pytest.raises(QueryFailed, match="password authentication failed"):
        dataclasses.replace(cluster, password="wrong").superuser.ask("SELECT 1")


def test_lost_keys_are_told_apart_from_a_silent_server(cluster: Cluster) -> None:
    with pytest.raises(CannotRun, match="密码"):
        dataclasses.replace(cluster, password="wrong").ready()


def test_trigrams_know_chinese(cluster: Cluster) -> None:
    cluster.check_trigrams()

    assert int(cluster.superuser.ask("SELECT cardinality(show_trgm('社会工作者'))")) > 3


def test_it_cannot_be_reached_but_by_password_over_tcp(cluster: Cluster) -> None:
    rules = cluster.superuser.ask("SELECT DISTINCT auth_method FROM pg_hba_file_rules")

    assert (rules, cluster.superuser.ask("SHOW unix_socket_directories")) == ("scram-sha-256", "")


def test_pages_carry_checksums_and_strangers_see_nothing(cluster: Cluster) -> None:
    assert cluster.superuser.ask("SHOW data_checksums") == "on"
    assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700


def test_a_taken_port_is_named() -> None:
    with socket.socket() as stranger, odd_folder() as folder:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]

        with pytest.raises(CannotRun, match=f"端口 {port} .*PORT_BASE"):
            cluster_at(folder, port).clear_way()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands PostgreSQL to another account")
def test_in_a_closed_home_the_data_goes_outside_and_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with odd_folder() as outside:
        monkeypatch.setattr(place, "OUTSIDE", outside)
        var = private_folder(tmp_path / "var")

        home = place.cluster_home(var, server_account())

        assert home.parent == outside
        assert place.cluster_home(var.rename(tmp_path / "moved"), server_account()) == home
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
