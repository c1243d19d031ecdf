"""Personal data in the registry: how it is masked (PI-12), sealed and found again (PI-14)."""

from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends, Request

from services.contracts.registry import IdType
from services.kernel.crypto import FIRST_INDEX, Blind, Key, Vault
from services.registry.people.rules import born_on

SHORT = 10


def masked_id(number: str) -> str:
    """The first four and the last four; of a short number two and two."""
    shown = 4 if len(number) > SHORT else min(2, len(number) // 4)
    return number[:shown] + "*" * max(3, len(number) - 2 * shown) + number[len(number) - shown :]


def masked_phone(number: str) -> str:
    """`138****1234`; of anything shorter the last two."""
    if len(number) < 11:
        return "*" * max(3, len(number) - 2) + number[-2:]
    return number[:3] + "*" * (len(number) - 7) + number[-4:]


class Sealed(NamedTuple):
    """A value as it lies in the database: ciphertext, blind index, masked."""

    cipher: bytes
    blind: bytes
    masked: str


def id_blinds(vault: Vault, kind: IdType, number: str) -> list[Blind]:
    """A passport number that looks like an identity number is another one (P16)."""
    return vault.blinds(f"id_number|{kind.value}|{number}")


def born_blind(vault: Vault, kind: IdType, number: str) -> bytes:
    """By which two of one name and one birth date are found; empty where the document does not tell the date."""
    born = born_on(kind, number)
    return b"" if born is None else vault.blinds(f"born|{born}")[0].tagged


def phone_blind(vault: Vault, number: str) -> bytes:
    """As it is kept beside the phone."""
    return vault.blinds(f"phone|{number}")[0].tagged


def phone_blinds(vault: Vault, number: str) -> frozenset[bytes]:
    """Every form in which this phone may have been kept; of the very first key they were kept without its id."""
    blinds = vault.blinds(f"phone|{number}")
    return frozenset(b.tagged for b in blinds) | {b.mac for b in blinds if b.key == FIRST_INDEX}


def sealed_phone(
    vault: Vault, table: str, row: UUID, number: str | None, own: Key | None = None
) -> Sealed | tuple[None, None, None]:
    """With the person's own key, if it is a person's."""
    if number is None:
        return None, None, None
    at = f"{table}|phone|{row}"
    cipher = vault.seal(number, at) if own is None else own.seal(number.encode(), at)
    return Sealed(cipher, phone_blind(vault, number), masked_phone(number))


def vault_of(request: Request) -> Vault:
    vault: Vault = request.app.state.vault
    return vault


VaultOf = Annotated[Vault, Depends(vault_of)]
