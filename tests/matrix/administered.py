"""What administrators administer: for each address of the gateway that names something, such a thing of its own.

All of it lies in one division. Orders use up what they are about, so no two of them are given the same. Lists also have
something of two divisions; where what they show lies is worked out naively, from all rows of the tables.
"""

import itertools
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from gateway.identity import commands
from gateway.identity.federation.models import FederationMapping
from gateway.identity.models import RoleGrant, Session
from gateway.identity.seed import SEED
from gateway.settings import Oidc
from services.kernel.actor import Actor
from services.kernel.clock import business_date, now
from tests.gateway.conftest import HASH
from tests.hostile.houses import House
from tests.hostile.sweep import Operation
from tests.keys import LICHENG, an_actor
from tests.matrix.model import Shown, shown

ORDERS = frozenset({"accounts:write", "accounts:handover", "grants:write"})
READS = frozenset({"accounts:read", "audit:read"})
EVERYBODYS = ("/client-scopes",)  # lies nowhere
WHOLE = ("/federation/mappings",)  # a list without pages
ISSUER = Oidc(issuer="https://id.example", client_id="shegong", redirect_uri="https://gateway.example/back")
REASON = "演示"
GRANTS = """select id, account_id, divisions, "end" is null or "end" > current_date as lasts from role_grant"""
ELSEWHERE = LICHENG
_numbers = itertools.count()


class Administered:
    """`headers` are of somebody who may everything everywhere, and who decides on nothing here."""

    def __init__(self, house: House, headers: Mapping[str, bytes], division: str) -> None:
        self.house, self.headers, self.division = house, headers, division
        self.places: dict[str, set[str]] = {}  # by subject

    async def named_by(self, operation: Operation) -> dict[str, str]:
        """The ids of something new that an address can be about."""
        kind = operation.path.split("/")[1]
        made = {"accounts": self.account, "grants": self.grant, "clients": self.client, "federation": self.mapping}
        return await made[kind]() if kind in made else {}

    def lying(self, order: Any) -> Any:
        """What an order is to make lies in the division too, from today on; what has no example is left out."""
        if not isinstance(order, dict) or "divisions" not in order:
            return order
        said = {name: value for name, value in order.items() if value != "" and name not in ("start", "end")}
        return {**said, "divisions": [self.division]}

    async def account(self) -> dict[str, str]:
        """An official of the division, signed in."""
        id, at = (await self.official("viewer", SEED)).account_id, now()
        session = Session(
            token_hash=uuid4().bytes, account_id=id, network="192.0.2.1", created_at=at, seen_at=at,
            expires_at=at + timedelta(hours=8),
        )  # fmt: skip
        return {"id": str(id), "session": await self.kept(session)}

    async def grant(self) -> dict[str, str]:
        """One that waits for its approval."""
        return {"id": str((await self.official("reviewer", an_actor("grants:write", id="account:another"))).id)}

    async def official(self, role: str, granter: Actor, *beside: str) -> RoleGrant:
        """Made without asking for it: a password takes long to hash."""
        async with self.house.app.state.database.writing.begin() as tx:
            name, at = f"administered-{next(_numbers)}", now()
            made = await commands.create_account(
                tx, SEED, username=name, name="演示", hash=HASH, at=at, must_change=False
            )
            return await commands.grant_role(
                tx, granter, made.id, role=role, divisions=[self.division, *beside], start=business_date(at),
                reason=REASON,
            )  # fmt: skip

    async def client(self) -> dict[str, str]:
        """With a key, and with a change that waits."""
        name = f"administered-{next(_numbers)}"
        order = {"id": name, "name": "演示", "contact": "演示单位", "scopes": ["registry:read"], "reason": REASON}
        made = await self.ordered("/clients", **order, divisions=[self.division])
        key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": f"{name}-1"}
        await self.ordered(f"/clients/{name}/keys", jwk=key)
        return {"id": name, "kid": key["kid"], "change": str(made["changes"][0]["id"])}

    async def mapping(self, *beside: str) -> dict[str, str]:
        mapping = FederationMapping(
            issuer=ISSUER.issuer, claim="department", value="社工科", role="reviewer", reason=REASON,
            divisions=[self.division, *beside], entered_by="account:somebody", entered_at=now(),
        )  # fmt: skip
        return {"id": await self.kept(mapping)}

    async def kept(self, row: Any) -> str:
        async with self.house.app.state.database.writing.begin() as tx:
            tx.add(row)
            await tx.flush()
            return str(row.id)

    async def of_two_places(self) -> None:
        """One of everything, with a grant that waits."""
        await self.official("viewer", SEED, ELSEWHERE)
        await self.official("reviewer", an_actor("grants:write", id="account:another"), ELSEWHERE)
        await self.mapping(ELSEWHERE)
        async with self.house.app.state.database.writing.begin() as tx:
            id = f"administered-{next(_numbers)}"
            await commands.create_client(
                tx, SEED, id=id, name="演示", scopes=["registry:read"], divisions=[self.division, ELSEWHERE]
            )

    async def look(self) -> None:
        """Where everything lies: an account where all its grants do that last."""
        async with self.house.app.state.database.hot() as db:
            grants = await db.fetch(GRANTS)
            clients = await db.fetch("select 'client:' || id, divisions from machine_client")
            mappings = await db.fetch("select 'mapping:' || id, divisions from federation_mapping")
        self.places = {subject: set(divisions) for subject, divisions in [*clients, *mappings]}
        for grant in grants:
            self.places[str(grant["id"])] = set(grant["divisions"])
            if grant["lasts"]:
                self.places.setdefault(f"account:{grant['account_id']}", set()).update(grant["divisions"])

    def shown(self, item: Mapping[str, Any]) -> Shown:
        """What says where it lies, lies there; an event also where its grant does, or else whom it is about."""
        said = item.get("body", item)
        about = str(said.get("grant") or item.get("subject") or f"account:{item['id']}")
        return shown(item, said.get("divisions") or self.places.get(about, ()))

    async def ordered(self, path: str, **order: object) -> dict[str, Any]:
        answer = await self.house.ask("POST", path, raw=self.headers, json=order)
        assert answer.status_code == 201, f"{path}: {answer.text}"
        told: dict[str, Any] = answer.json()
        return told


def is_administered(operation: Operation, permission: str | None) -> bool:
    """It is about something that lies somewhere: the address names it, or the order says where it shall lie, or a list
    shows it.
    """
    if operation.method == "GET":
        return permission in READS and operation.path not in EVERYBODYS
    named = isinstance(operation.body, dict) and "divisions" in operation.body
    return permission in ORDERS and ("{" in operation.path or named)
