"""Keys are made once, given to whom they belong, and never replaced while data depends on them."""

import base64
import json
import stat
from pathlib import Path

import jwt
import pytest

from deploy.local.errors import CannotRun
from deploy.local.keys import make_keys
from deploy.local.settings import APPS


def test_a_second_start_keeps_every_key(tmp_path: Path) -> None:
    passwords = make_keys(tmp_path, there_is_data=False)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    assert make_keys(tmp_path, there_is_data=True) == passwords
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_nobody_else_can_read_them(tmp_path: Path) -> None:
    make_keys(tmp_path, there_is_data=False)

    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {0o600, 0o700}


def test_everybody_verifies_what_one_has_signed(tmp_path: Path) -> None:
    make_keys(tmp_path, there_is_data=False)
    token = jwt.encode({"sub": "city"}, (tmp_path / "gateway/key.pem").read_text(), "EdDSA", headers={"kid": "gateway"})

    for process in APPS:
        published = jwt.PyJWKSet.from_dict(json.loads((tmp_path / process / "jwks.json").read_text()))
        assert jwt.decode(token, published["gateway"], algorithms=["EdDSA"]) == {"sub": "city"}


def test_only_the_registry_can_read_personal_data(tmp_path: Path) -> None:
    make_keys(tmp_path, there_is_data=False)

    [path] = tmp_path.rglob("data-keys.json")
    kept = json.loads(path.read_text())
    assert path.parent.name == "registry"
    assert {len(base64.b64decode(key)) for key in kept["keys"][kept["current"]].values()} == {32}


@pytest.mark.parametrize("lost", ["passwords.json", "registry/data-keys.json"])
def test_lost_keys_of_existing_data_are_not_replaced(tmp_path: Path, lost: str) -> None:
    make_keys(tmp_path, there_is_data=False)
    (tmp_path / lost).unlink()

    with pytest.raises(CannotRun, match="请从备份恢复"):
        make_keys(tmp_path, there_is_data=True)

    assert not (tmp_path / lost).exists()
