"""A machine proves itself with an assertion signed by its own key (private_key_jwt, RFC 7523)."""

from datetime import datetime
from typing import NamedTuple

import orjson

from gateway.identity.client_keys import rules
from gateway.identity.house import House
from services.kernel.clock import business_date

OF_KEY = """
select c.scopes, k.jwk::text as jwk from machine_client c join client_key k on k.client_id = c.id
where c.id = $1 and k.kid = $2 and k.retired_at is null and not k.pending
and c.disabled_at is null and (c."end" is null or $3 < c."end")"""


class Proved(NamedTuple):
    """`jti` must still be taken, in the transaction that issues the token."""

    client: str
    scopes: list[str]
    jti: bytes
    until: datetime


async def proved_by_key(house: House, kind: str, assertion: str, client: str | None) -> Proved:
    """An unknown client, an unknown key, one that waits and a retired one are refused alike."""
    if kind != rules.TYPE:
        raise rules.invalid(f"client_assertion_type 应为 {rules.TYPE}。")
    named, kid = rules.named_in(assertion)
    row = None
    if client in (None, "", named) and all(part.isascii() and part.isprintable() for part in (named, kid)):
        async with house.database.hot() as db:
            row = await db.fetchrow(OF_KEY, named, kid, business_date(house.clock()))
    if row is None:
        raise rules.invalid("没有这个 client_id，或没有登记这把公钥（kid），或尚待复核。请核对，或联系安全管理员。")
    jti, until = rules.checked(assertion, named, orjson.loads(row["jwk"]), house.machines.token_url, house.clock())
    return Proved(named, row["scopes"], jti, until)
