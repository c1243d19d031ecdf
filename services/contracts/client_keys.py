"""What is said about the public keys of machine clients."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, JsonValue

Kid = Annotated[str, Field(min_length=1, max_length=128, pattern="^[A-Za-z0-9._~-]+$")]


EXAMPLE: dict[str, JsonValue] = {
    "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}  # fmt: skip


class NewClientKey(BaseModel, extra="forbid"):
    """A public key as a JSON Web Key. Without a `kid` its thumbprint becomes its id (RFC 7638)."""

    jwk: dict[str, JsonValue] = Field(max_length=12, examples=[EXAMPLE])


class ClientKeyOut(BaseModel):
    kid: str = Field(examples=["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"])
    jwk: dict[str, JsonValue] = Field(examples=[EXAMPLE])
    added_at: datetime
    added_by: str = Field(examples=["account:01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a11"])
    retired_at: datetime | None = None


class ClientKeyList(BaseModel):
    items: list[ClientKeyOut]
    next: str | None = None


class ClientKeyRegistered(BaseModel):
    kid: str
    key_type: str


class ClientKeyRetired(BaseModel):
    kid: str
