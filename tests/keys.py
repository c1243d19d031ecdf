"""Keys of all processes, made anew for each test session, and tokens as the gateway would sign them."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.contracts.divisions import CodeRange, subtree
from services.kernel.actor import ACTOR, Actor, sign_actor
from services.kernel.clock import now
from services.kernel.crypto import Key, Keys, Ring, Suite, Vault
from services.kernel.keyring import Keyring, PublicKey
from services.kernel.keyring import Keys as SigningKeys
from services.registry.verification.issuing import Issuer

PROCESSES = ("gateway", "registry", "training", "procurement", "coordination", "dashboard")
_PRIVATE = {name: Ed25519PrivateKey.generate() for name in PROCESSES}
_ISSUER = Ed25519PrivateKey.generate()
_PUBLIC = {f"{name}-1": PublicKey(name, key.public_key()) for name, key in _PRIVATE.items()}

JINAN, LICHENG, LIXIA = "370100000000", "370112000000", "370102000000"


def keyring(name: str) -> Keyring:
    return Keyring(name, SigningKeys(f"{name}-1", _PRIVATE[name], _PUBLIC))


def an_issuer() -> Issuer:
    """The register as a signer of credentials; other tests may rotate or lose its keys."""
    public = {"issuer-1": PublicKey("issuer", _ISSUER.public_key())}
    return Issuer("http://127.0.0.1:8000", Keyring("issuer", SigningKeys("issuer-1", _ISSUER, public)))


def a_vault() -> Vault:
    """Always the same keys: a process of its own opens what another has sealed."""
    return Vault(Keys(*(a_ring(name, secret) for name, secret in (("data", b"1"), ("index", b"2"), ("master", b"3")))))


def a_ring(name: str, secret: bytes) -> Ring:
    key = Key(f"{name[0]}1", Suite.AES, secret * 32)
    return Ring(name, key.id, {key.id: key})


def an_actor(*permissions: str, at: str = JINAN, **over: object) -> Actor:
    """An official with these permissions in the subtree of a division, who has just proved who she is."""
    ranges: tuple[CodeRange, ...] = (subtree(at),)
    may = dict.fromkeys(permissions, ranges)
    usual = {"id": "account:test", "name": "演示", "kind": "person", "may": may, "proved_at": now()}
    return Actor.model_validate({**usual, **over})


def signed_for(service: str, actor: Actor) -> dict[str, str]:
    """The headers with which the gateway passes an actor on to a service."""
    return {**signed_by("gateway", service), ACTOR: sign_actor(keyring("gateway"), actor, service)}


def signed_by(process: str, audience: str) -> dict[str, str]:
    """The header with which one process asks another at an internal address."""
    return {"authorization": f"Bearer {keyring(process).as_service(audience)}"}
