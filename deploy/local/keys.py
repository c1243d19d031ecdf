"""Owns the secrets of this installation: made once, never overwritten, each process given only its own.

var/keys/passwords.json                 of the database roles, and of the superuser
var/keys/<process>/{key.pem,jwks.json}  its private Ed25519 key, and everybody's public ones (deploy/local/signing.py)
var/keys/registry/data-keys.json        encrypts personal data, indexes it blindly, wraps each person's own key
var/keys/registry/issuer/               signs credentials, status lists, answers (deploy/local/issuer.py)
var/keys/gateway/data-keys.json         seals the secrets of authenticators
"""

import json
import secrets
from collections.abc import Callable
from pathlib import Path

from deploy.local.databases import roles
from deploy.local.errors import CannotRun
from deploy.local.files import private_folder, write_private
from deploy.local.issuer import make_issuer
from deploy.local.psql import SUPERUSER
from deploy.local.signing import make_signing_keys
from services.kernel.crypto import KEY_FILE, load_keys
from services.kernel.crypto.keyfile import new_keys, write_keys

WITH_PERSONAL_DATA = ("registry",)
WITH_SECRETS = ("gateway",)  # of authenticators; whose file is lost signs in with a recovery code, and enrols anew


def make_keys(keys: Path, *, there_is_data: bool) -> dict[str, str]:
    """Whatever is missing; returns the passwords."""
    if there_is_data:
        _check_kept(keys)
    private_folder(keys)
    make_signing_keys(keys)
    make_issuer(keys / "registry")
    for process in (*WITH_PERSONAL_DATA, *WITH_SECRETS):
        _make_once(keys / process / KEY_FILE, _data_keys)
        _in_new_form(keys / process / KEY_FILE)
    return _passwords(keys / "passwords.json")


def _check_kept(keys: Path) -> None:
    """Data without the keys it was written under is lost: new ones would only hide that."""
    kept = [keys / "passwords.json", *(keys / process / KEY_FILE for process in WITH_PERSONAL_DATA)]
    lost = [str(path) for path in kept if not path.exists()]
    if lost:
        raise CannotRun(f"数据还在，密钥却不见了：{'、'.join(lost)}。请从备份恢复它们，不要用新的密钥启动。")


def _make_once(path: Path, make: Callable[[], str]) -> None:
    if not path.exists():
        write_private(path, make())


def _data_keys() -> str:
    return json.dumps(new_keys().as_json(), indent=1)


def _in_new_form(path: Path) -> None:
    """A file of the first form names its master key from now on; every process has derived the same one."""
    try:
        keys = load_keys(path)
    except ValueError as error:
        raise CannotRun(f"密钥文件 {path} 不完整或已损坏。请从备份恢复它，不要用新的密钥启动。") from error
    if keys.as_json() != json.loads(path.read_text(encoding="utf-8")):
        write_keys(path, keys)


def _passwords(path: Path) -> dict[str, str]:
    """One for the superuser and for each role; those of roles that came later are added."""
    known: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    missing = {role: secrets.token_hex(24) for role in (SUPERUSER, *roles()) if role not in known}
    if missing:
        write_private(path, json.dumps(known | missing, indent=1))
    return known | missing
