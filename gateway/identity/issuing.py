"""OAuth2 client credentials: a machine proves itself and gets a token, for all it is granted or for less."""

import base64
import binascii
import hmac
from urllib.parse import unquote_plus

from gateway.identity import queries
from gateway.identity.house import House
from gateway.identity.passwords import token_hash
from gateway.identity.policy import policy
from gateway.identity.rules import TOKEN_LIFETIME
from services.contracts.identity import MachineToken, MachineTokenIssued
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, Unauthenticated
from services.kernel.feed import record

CLIENT_CREDENTIALS = "client_credentials"


class InvalidClient(Unauthenticated):
    english = "The client or its secret is wrong."


class BadTokenRequest(DomainError):
    """`code` is the `error` of RFC 6749."""

    english = "The token request is wrong."


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


async def issue_token(
    house: House, grant_type: str, client: str, secret: str, scope: str | None, network: str
) -> MachineToken:
    if grant_type != CLIENT_CREDENTIALS:
        raise BadTokenRequest(f"grant_type 只支持 {CLIENT_CREDENTIALS}。", code="unsupported_grant_type")
    granted = await granted_scopes(house, client, secret)
    wanted = frozenset(scope.split()) if scope else granted
    if not wanted <= granted:
        beyond = " ".join(sorted(wanted - granted))
        raise BadTokenRequest(f"没有授予这些权限：{beyond}。请减少 scope，或联系安全管理员授权。", code="invalid_scope")
    said = " ".join(sorted(wanted))
    async with house.database.writing.begin() as tx:
        actor = Actor(id=f"client:{client}", name=client, kind="client")
        await record(tx, actor, actor.id, MachineTokenIssued(network=network, scope=said))
    token = house.machines.issue(client, wanted)
    return MachineToken(access_token=token, expires_in=int(TOKEN_LIFETIME.total_seconds()), scope=said)


async def granted_scopes(house: House, client: str, secret: str) -> frozenset[str]:
    """A secret is 256 random bits and cannot be guessed: a pause would only lock out its owner."""
    row = None
    if client.isascii() and client.isprintable():
        async with house.database.hot() as db:
            row = await queries.of_client(db, client)
    kept = row["secret_hash"] if row else b""
    if not hmac.compare_digest(kept, token_hash(secret)) or row is None:
        raise _invalid_client()
    return policy().of_scopes(row["scopes"])


def _invalid_client() -> InvalidClient:
    return InvalidClient("client_id 或 client_secret 不对，请核对后重试。", code="invalid_client")
