"""Owns the secrets of this installation: made once, never overwritten, each process given only its own.

var/keys/passwords.json                 of the database roles, and of the superuser
var/keys/<process>/key.pem              its private Ed25519 key; its kid in jwks.json is the process's name
var/keys/<process>/jwks.json            everybody's public keys
var/keys/registry/data-keys.json        encrypts personal data and indexes it blindly
"""

import base64
import json
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from deploy.local.databases import roles
from deploy.local.errors import CannotRun
from deploy.local.files import private_folder, write_private
from deploy.local.psql import SUPERUSER
from deploy.local.settings import APPS

WITH_PERSONAL_DATA = ("registry",)


def make_keys(keys: Path, *, there_is_data: bool) -> dict[str, str]:
    """Whatever is missing; returns the passwords."""
    if there_is_data:
        _check_kept(keys)
    private_folder(keys)
    for process in APPS:
        _make_once(private_folder(keys / process) / "key.pem", _private_key)
    for process in WITH_PERSONAL_DATA:
        _make_once(keys / process / "data-keys.json", _data_keys)
    _publish(keys)
    return _passwords(keys / "passwords.json")


def _check_kept(keys: Path) -> None:
    """Data without the keys it was written under is lost: new ones would only hide that."""
    kept = [keys / "passwords.json", *(keys / process / "data-keys.json" for process in WITH_PERSONAL_DATA)]
    lost = [str(path) for path in kept if not path.exists()]
    if lost:
        raise CannotRun(f"数据还在，密钥却不见了：{'、'.join(lost)}。请从备份恢复它们，不要用新的密钥启动。")


def _make_once(path: Path, make: Callable[[], str]) -> None:
    if not path.exists():
        write_private(path, make())


def _private_key() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _data_keys() -> str:
    key = {use: base64.b64encode(secrets.token_bytes(32)).decode() for use in ("encrypt", "index")}
    return json.dumps({"current": "k1", "keys": {"k1": key}})


def _publish(keys: Path) -> None:
    text = json.dumps({"keys": [_public_key(process, keys / process / "key.pem") for process in APPS]}, indent=1)
    for process in APPS:
        path = keys / process / "jwks.json"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_private(path, text)


def _public_key(kid: str, path: Path) -> dict[str, str]:
    private = load_pem_private_key(path.read_bytes(), password=None)
    raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": x}


def _passwords(path: Path) -> dict[str, str]:
    """One for the superuser and for each role; those of roles that came later are added."""
    known: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    missing = {role: secrets.token_hex(24) for role in (SUPERUSER, *roles()) if role not in known}
    if missing:
        write_private(path, json.dumps(known | missing, indent=1))
    return known | missing
