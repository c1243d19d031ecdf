"""People in the register whose certificates are verified, put there without an import; and how it is asked of them."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import text

from services.contracts.registry import IdType, Level
from services.kernel.db import Database, run
from services.registry.keys.models import PersonIndex
from services.registry.people.models import Certificate, Person, Registration
from services.registry.personal import id_blinds
from services.registry.verification.tokens import token_hash
from tests.keys import a_vault, signed_by
from tests.registry.factories import STREET, an_id_number
from tests.registry.test_disclosure import everywhere

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
TERM = date(2024, 6, 1), date(2027, 6, 1)
NUMBER = "20230000000000000001"  # of the first person's certificate


def gateway(client):
    asking = client()
    asking.headers.update(signed_by("gateway", "registry"))
    return asking


@dataclass
class Register:
    """People put into the tables as an import leaves them, without one."""

    database: Database
    people: dict[int, UUID] = field(default_factory=dict)

    async def enrolled(
        self, n: int = 1, *, name: str = "演示甲", level: Level = Level.SOCIAL_WORKER, number: str = NUMBER,
        term: tuple[date, date] | None = TERM,
    ) -> str:  # fmt: skip
        """The id of the registration, if it has one. The same `n` is the same person."""
        async with everywhere(self.database) as tx:
            if n not in self.people:
                self.people[n] = await person(tx, n, name)
            held = Certificate(
                person_id=self.people[n], level=level, management_number=number, approved_on=date(2023, 8, 15)
            )
            tx.add(held)
            await tx.flush()
            if term is None:
                return ""
            found = Registration(person_id=held.person_id, certificate_id=held.id, start_on=term[0], end_on=term[1])
            tx.add(found)
            await tx.flush()
            return str(found.id)

    async def higher(self) -> None:
        term = date(2025, 10, 1), date(2028, 10, 1)
        await self.enrolled(level=Level.SENIOR, number="20250000000000000009", term=term)

    async def fetch(self, sql: str) -> list:
        async with everywhere(self.database) as tx:
            return list((await run(tx, text(sql), {})).all())


async def person(tx, n: int, name: str) -> UUID:
    found = Person(
        id_type=IdType.RESIDENT_ID_CARD, id_number=b"x", id_masked="9990***", name=name, canonical=name, division=STREET
    )
    tx.add(found)
    await tx.flush()
    [blind] = id_blinds(a_vault(), IdType.RESIDENT_ID_CARD, an_id_number(n))
    tx.add(PersonIndex(key_id=blind.key, blind=blind.mac, person_id=found.id))
    return found.id


async def made(city, registration: str, kind: str = "link", **over: object) -> dict:
    answer = await city.post(f"/registrations/{registration}/proofs", json={"kind": kind, **over})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def opened(client, url: str) -> dict:
    answer = await gateway(client).get(f"/internal/verify/{token_hash(url.rpartition('/')[2]).hex()}")
    assert answer.status_code == 200, answer.text
    return answer.json()
