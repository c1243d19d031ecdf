"""Keys of all processes, made anew for each test session, and tokens as the gateway would sign them."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.contracts.divisions import CodeRange, subtree
from services.kernel.actor import Actor
from services.kernel.crypto import Vault
from services.kernel.keyring import Keyring

PROCESSES = ("gateway", "registry", "training", "procurement", "coordination", "dashboard")
_PRIVATE = {name: Ed25519PrivateKey.generate() for name in PROCESSES}
_PUBLIC = {name: key.public_key() for name, key in _PRIVATE.items()}

JINAN, LICHENG, LIXIA = "370100000000", "370112000000", "370102000000"


def keyring(name: str) -> Keyring:
    return Keyring(name, _PRIVATE[name], _PUBLIC)


def a_vault() -> Vault:
    return Vault("k1", {"k1": b"1" * 32}, b"2" * 32)


def an_actor(*permissions: str, at: str = JINAN, **over: object) -> Actor:
    """An official with these permissions in the subtree of a division."""
    ranges: tuple[CodeRange, ...] = (subtree(at),)
    may = dict.fromkeys(permissions, ranges)
    return Actor.model_validate({"id": "account:test", "name": "演示", "kind": "person", "may": may, **over})


def signed_for(service: str, actor: Actor) -> dict[str, str]:
    """The header with which the gateway passes an actor on to a service."""
    token = keyring("gateway").sign(service, actor.id, {"actor": actor.model_dump(mode="json")})
    return {"authorization": f"Bearer {token}"}


def signed_by(process: str, audience: str) -> dict[str, str]:
    """The header with which one process asks another at an internal address."""
    return {"authorization": f"Bearer {keyring(process).sign(audience, f'service:{process}')}"}
