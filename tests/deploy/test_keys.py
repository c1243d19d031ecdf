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
from services.kernel.crypto import load_keys
from services.kernel.crypto.keyfile import RINGS
from services.kernel.key_folder import load_keyring


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
    token = load_keyring(tmp_path / "gateway", "gateway").sign("registry", "city", kind="actor")
    [kid] = load_keyring(tmp_path / "gateway", "gateway").own_public()

    for process in APPS:
        published = jwt.PyJWKSet.from_dict(json.loads((tmp_path / process / "jwks.json").read_text()))
        assert jwt.decode(token, published[kid], algorithms=["EdDSA"], audience="registry")["sub"] == "city"


def test_only_the_registry_can_read_personal_data(tmp_path: Path) -> None:
    make_keys(tmp_path, there_is_data=False)

    kept, gateways = (load_keys(tmp_path / name / "data-keys.json") for name in ("registry", "gateway"))
    assert {path.parent.name for path in tmp_path.rglob("data-keys.json")} == {"registry", "gateway"}
    assert kept.ring("data").writing.secret != gateways.ring("data").writing.secret  # authenticators, nobody's number
    assert len({kept.ring(name).writing.secret for name in RINGS}) == 3


def test_a_file_of_the_first_form_names_its_master_key_from_now_on(tmp_path: Path) -> None:
    make_keys(tmp_path, there_is_data=False)
    path = tmp_path / "registry/data-keys.json"
    secret = {use: base64.b64encode(use[0].encode() * 32).decode() for use in ("encrypt", "index")}
    path.write_text(json.dumps({"current": "k1", "keys": {"k1": secret}}))
    derived = load_keys(path)

    make_keys(tmp_path, there_is_data=True)

    assert load_keys(path) == derived
    assert set(json.loads(path.read_text())) == set(RINGS)


def test_a_damaged_key_file_is_refused(tmp_path: Path) -> None:
    make_keys(tmp_path, there_is_data=False)
    path = tmp_path / "registry/data-keys.json"
    path.write_text(path.read_text()[:-40])

    with pytest.raises(CannotRun, match="请从备份恢复"):
        make_keys(tmp_path, there_is_data=True)


@pytest.mark.parametrize("lost", ["passwords.json", "registry/data-keys.json"])
def test_lost_keys_of_existing_data_are_not_replaced(tmp_path: Path, lost: str) -> None:
    make_keys(tmp_path, there_is_data=False)
    (tmp_path / lost).unlink()

    with pytest.raises(CannotRun, match="请从备份恢复"):
        make_keys(tmp_path, there_is_data=True)

    assert not (tmp_path / lost).exists()
