"""The only place where the ID number and the phone of a person are opened, and where they are sealed."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.kernel.crypto import Blind, Key, Vault, header

SEALED = """
select p.id, p.id_number, p.phone, k.wrapped from person p left join person_key k on k.person_id = p.id
where p.id = any($1)"""
WRAPPED = "select person_id, wrapped from person_key where person_id = any($1)"


class Opened(NamedTuple):
    """`id_number` is None of somebody erased."""

    id_number: str | None
    phone: str | None


def key_place(person: UUID) -> str:
    return f"person_key|wrapped|{person}"


def place(column: str, person: UUID) -> str:
    return f"person|{column}|{person}"


def opened(vault: Vault, person: UUID, id_number: bytes, phone: bytes | None, wrapped: bytes | None) -> Opened:
    """Also what was written before each person had a key. Raises Undecipherable if the key was destroyed elsewhere."""
    if not id_number:
        return Opened(None, None)
    own = None if wrapped is None else vault.unwrap(wrapped, key_place(person))
    number = opened_with(own, vault, id_number, place("id_number", person))
    return Opened(number, None if phone is None else opened_with(own, vault, phone, place("phone", person)))


def opened_with(own: Key | None, vault: Vault, sealed: bytes, at: str) -> str:
    if own is not None and header(sealed).key == own.id:
        return own.open(sealed, at).decode()
    return vault.open(sealed, at)


async def open_people(db: asyncpg.Connection, vault: Vault, ids: Sequence[UUID]) -> dict[UUID, Opened]:
    """For whoever may see them, and has said why."""
    rows = await db.fetch(SEALED, list(ids))
    return {r["id"]: opened(vault, r["id"], r["id_number"], r["phone"], r["wrapped"]) for r in rows}


async def own_keys(db: asyncpg.Connection, vault: Vault, ids: Sequence[UUID]) -> dict[UUID, Key]:
    """Of those who have one: whoever is to have something sealed is locked already."""
    rows = await db.fetch(WRAPPED, list(ids)) if ids else []
    return {r["person_id"]: vault.unwrap(r["wrapped"], key_place(r["person_id"])) for r in rows}


def key_row(vault: Vault, person: UUID, own: Key) -> dict[str, object]:
    wrapped = vault.wrap(own, key_place(person))
    return {"person_id": person, "wrapped": wrapped, "master": header(wrapped).key, "generation": own.id}


def index_rows(person: UUID, blinds: Iterable[Blind]) -> list[dict[str, object]]:
    """One for every index key there is: during a rotation somebody is found under any of them."""
    return [{"key_id": blind.key, "blind": blind.mac, "person_id": person} for blind in blinds]
