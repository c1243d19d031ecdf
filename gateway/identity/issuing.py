"""OAuth2 client credentials: a machine proves itself and gets a token, for all it is granted or for less.

By its key (`client_keys`); a secret is for the demo's client alone.
"""

import base64
import binascii
import hmac
from typing import NamedTuple
from urllib.parse import unquote_plus

from gateway.identity import queries
from gateway.identity.client_keys.commands import use_once
from gateway.identity.client_keys.proving import proved_by_key
from gateway.identity.client_keys.rules import invalid
from gateway.identity.clients.commands import note_use
from gateway.identity.house import House
from gateway.identity.passwords import token_hash
from gateway.identity.policy import policy
from gateway.identity.rules import TOKEN_LIFETIME
from services.contracts.identity import MachineToken, MachineTokenIssued
from services.kernel.actor import Actor
from services.kernel.clock import business_date
from services.kernel.errors import DomainError, Unauthenticated
from services.kernel.feed import record

CLIENT_CREDENTIALS = "client_credentials"


class InvalidClient(Unauthenticated):
    english = "The client or its secret is wrong."


class BadTokenRequest(DomainError):
    """`code` is the `error` of RFC 6749."""

    english = "The token request is wrong."


class Proof(NamedTuple):
    """How a client says who it is: by an assertion of its key, or, in a demo, by a secret."""

    client: str
    secret: str = ""
    assertion_type: str = ""
    assertion: str = ""


def credentials(authorization: str | None, client: str | None, secret: str | None) -> tuple[str, str]:
    """From the Basic header, or else from the form (RFC 6749 §2.3.1)."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return client or "", secret or ""
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _invalid_client() from error
    return unquote_plus(name), unquote_plus(password)


async def issue_token(house: House, grant_type: str, proof: Proof, scope: str | None, network: str) -> MachineToken:
    if grant_type != CLIENT_CREDENTIALS:
        raise BadTokenRequest(f"grant_type 只支持 {CLIENT_CREDENTIALS}。", code="unsupported_grant_type")
    if proof.assertion:
        by_key = await proved_by_key(house, proof.assertion_type, proof.assertion, proof.client)
        client, granted = by_key.client, by_key.scopes
    else:
        by_key, client, granted = None, proof.client, await granted_by_secret(house, proof.client, proof.secret)
    wanted = narrowed(policy().of_scopes(granted), scope)
    said = " ".join(sorted(wanted))
    async with house.database.writing.begin() as tx:
        if by_key and not await use_once(tx, client, by_key.jti, by_key.until):
            raise invalid("这个 client_assertion 已经用过。请每次申请令牌时重新签发，jti 各不相同。")
        actor = Actor(id=f"client:{client}", name=client, kind="client")
        await record(tx, actor, actor.id, MachineTokenIssued(network=network, scope=said))
        await note_use(tx, client, house.clock())
    token = house.machines.issue(client, wanted)
    return MachineToken(access_token=token, expires_in=int(TOKEN_LIFETIME.total_seconds()), scope=said)


def narrowed(granted: frozenset[str], scope: str | None) -> frozenset[str]:
    """For all that is granted, or for less; never for more."""
    wanted = frozenset(scope.split()) if scope else granted
    if not wanted <= granted:
        beyond = " ".join(sorted(wanted - granted))
        raise BadTokenRequest(f"没有授予这些权限：{beyond}。请减少 scope，或联系安全管理员授权。", code="invalid_scope")
    return wanted


async def granted_by_secret(house: House, client: str, secret: str) -> list[str]:
    """Only the demo's client, in a demo, has one. It is 256 random bits: a pause would only lock out its owner."""
    row = None
    if house.machines.secrets and client.isascii() and client.isprintable():
        async with house.database.hot() as db:
            row = await queries.of_client(db, client, business_date(house.clock()))
    kept = (row and row["secret_hash"]) or b""
    if not hmac.compare_digest(kept, token_hash(secret)) or row is None:
        raise _invalid_client()
    scopes: list[str] = row["scopes"]
    return scopes


def _invalid_client() -> InvalidClient:
    detail = (
        "client_id 或 client_secret 不对，请核对后重试。正式对接请登记公钥，用 client_assertion（private_key_jwt）。"
    )
    return InvalidClient(detail, code="invalid_client")
