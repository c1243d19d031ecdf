"""Personal data in the registry: how it is masked (PI-12), sealed and found again (PI-14)."""

from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends, Request

from services.contracts.registry import IdType
from services.kernel.crypto import Vault

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


def id_index(vault: Vault, kind: IdType, number: str) -> bytes:
    """A passport number that looks like an identity number is another one (P16)."""
    return vault.index(f"id_number|{kind.value}|{number}")


def phone_index(vault: Vault, number: str) -> bytes:
    return vault.index(f"phone|{number}")


def sealed_id(vault: Vault, person: UUID, kind: IdType, number: str) -> Sealed:
    return Sealed(vault.seal(number, f"person|id_number|{person}"), id_index(vault, kind, number), masked_id(number))


def sealed_phone(vault: Vault, table: str, row: UUID, number: str | None) -> Sealed | tuple[None, None, None]:
    if number is None:
        return None, None, None
    return Sealed(vault.seal(number, f"{table}|phone|{row}"), phone_index(vault, number), masked_phone(number))


def vault_of(request: Request) -> Vault:
    vault: Vault = request.app.state.vault
    return vault


VaultOf = Annotated[Vault, Depends(vault_of)]
