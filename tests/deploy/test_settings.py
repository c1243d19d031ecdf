"""What the operator chooses is refused with a sentence when it cannot be, and reaches each process as it should."""

from pathlib import Path

import pytest
from dotenv import dotenv_values

from deploy.local import environment
from deploy.local.databases import reader
from deploy.local.errors import CannotRun
from deploy.local.settings import APPS, DATABASES, Settings, from_environment

PASSWORDS = {role: f"secret-{role}-" for name in APPS for role in (name, reader(name))}


@pytest.mark.parametrize("base", ["70", "65000", "8000x", "８０００", "-1"])
def test_a_wrong_port_base_is_refused(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT_BASE", base)

    with pytest.raises(CannotRun, match="PORT_BASE"):
        from_environment()


def test_port_base_shifts_every_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT_BASE", "9000")
    settings = from_environment()

    ports = [settings.port(name) for name in (*APPS, "postgres")]
    assert ports == [9000, 9001, 9002, 9003, 9004, 9080, 9900]


def test_each_process_is_told_only_its_own(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)

    told = {name: environment.of_process(settings, name, PASSWORDS) for name in APPS}

    for name in APPS:
        others = [password for other, password in PASSWORDS.items() if other not in (name, reader(name))]
        assert not any(secret in value for value in told[name].values() for secret in others)
    assert all(reader(name) in told[name]["SHEGONG_READ_URL"] for name in DATABASES)
    assert not {"SHEGONG_DATABASE_URL", "SHEGONG_READ_URL"} & told["dashboard"].keys()
    assert told["dashboard"]["SHEGONG_GATEWAY"] == "http://127.0.0.1:8000"


def test_the_environment_survives_its_file(tmp_path: Path) -> None:
    told = {"PATH_WITH": "/a b/'社工'\\n", "JSON": '{"registry": "http://127.0.0.1:8001"}'}

    (tmp_path / "registry.env").write_text(environment.as_file(told))

    assert dotenv_values(tmp_path / "registry.env") == told
