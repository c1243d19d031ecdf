"""A record as it stands, field by field, in clear: read in order to be put right, never answered so."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.contracts.corrections import Correctable, Of
from services.kernel.crypto import Vault
from services.kernel.errors import NotFound
from services.kernel.listing import NOT_HERE
from services.registry.corrections.fields import FIELDS_OF, Values
from services.registry.keys.opening import open_people
from services.registry.people.queries import merged

F = Correctable
# Which version of a row was read: of all that stands in it.
VERSION = "left(encode(sha256(convert_to({0}::text, 'UTF8')), 'hex'), 32) as seen"
HOLDER = "p.id as person_id, p.name as person_name, p.division, p.merged_into, p.id_number = '' as erased"
ROWS: Mapping[Of, str] = {
    Of.PERSON: f"""
select p.id, {HOLDER}, {VERSION.format("p")}, p.name, p.id_type, p.education, p.major, p.direct_service,
  false as ended_early
from person p where p.id = $1""",
    Of.CERTIFICATE: f"""
select c.id, {HOLDER}, {VERSION.format("c")}, c.level, c.management_number, c.approved_on, false as ended_early
from certificate c join person p on p.id = c.person_id where c.id = $1""",
    Of.REGISTRATION: f"""
select r.id, {HOLDER}, {VERSION.format("r")}, r.start_on, r.end_on, r.ended_as is not null as ended_early
from registration r join person p on p.id = r.person_id where r.id = $1""",
}


class Standing(NamedTuple):
    """`values` as the register keeps them, as texts."""

    record_id: UUID
    person_id: UUID
    person_name: str
    division: str
    seen: str
    erased: bool
    ended_early: bool
    values: Values


async def standing(db: asyncpg.Connection, vault: Vault, of: Of, id: UUID) -> Standing:
    """Or 404, whether it is missing or out of reach."""
    row = await db.fetchrow(ROWS[of], id)
    if row is None:
        raise NotFound(NOT_HERE)
    if row["merged_into"] is not None:
        raise merged(row["merged_into"])
    known: dict[str, object] = dict(row)
    if of is Of.PERSON:
        known |= (await open_people(db, vault, [id]))[id]._asdict()
    values = {f: as_text(known[f.value]) for f in FIELDS_OF[of]}
    who = {name: row[name] for name in ("person_id", "person_name", "division", "seen", "erased", "ended_early")}
    return Standing(record_id=row["id"], values=values, **who)


def as_text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)
