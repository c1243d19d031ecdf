"""What is said about the public keys of machine clients."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

EXAMPLE: dict[str, JsonValue] = {
    "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}  # fmt: skip


class NewClientKey(BaseModel, extra="forbid"):
    """A public key as a JSON Web Key, or in PEM. Without a `kid` its thumbprint becomes its id (RFC 7638)."""

    jwk: dict[str, JsonValue] | None = Field(default=None, max_length=12, examples=[EXAMPLE])
    pem: Annotated[str, Field(max_length=4000)] | None = Field(default=None, examples=[None])

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.jwk is None) == (self.pem is None):
            raise PydanticCustomError("one_key", "请提交一把公钥：jwk 或 pem 之一")
        return self


class ClientKeyOut(BaseModel):
    """`pending`: opens nothing until a second security administrator approves it. `may` is about whoever asks."""

    kid: str = Field(examples=["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"])
    jwk: dict[str, JsonValue] = Field(examples=[EXAMPLE])
    added_at: datetime
    added_by: str = Field(examples=["account:01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a11"])
    fingerprint: str = Field(
        description="SHA-256（RFC 7638），供与对方核对",
        examples=["90facafea9b1556698540f70c0117a22ea37bd5cf3ed3c47093c1707282b4b89"],
    )
    approved_by: str | None = Field(default=None, examples=["account:01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a12"])
    approved_at: datetime | None = None
    retired_at: datetime | None = None
    pending: bool
    may: list[str] = Field(default=[], examples=[["approve", "end"]])


class ClientKeyList(BaseModel):
    items: list[ClientKeyOut]
    next: str | None = None


class ClientKeyRegistered(BaseModel):
    kid: str
    key_type: str


class ClientKeyApproved(BaseModel):
    kid: str


class ClientKeyRetired(BaseModel):
    kid: str
