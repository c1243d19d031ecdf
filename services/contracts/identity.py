"""What the gateway says about who is signed in and what may be done."""

from datetime import datetime

from pydantic import BaseModel, Field, SecretStr

from services.contracts.divisions import DivisionCode, Tier


class SignIn(BaseModel, extra="forbid"):
    username: str = Field(min_length=1, max_length=64)
    password: SecretStr = Field(min_length=1, max_length=256)


class Session(BaseModel):
    """`token` is opaque and shown once; it ends when idle or at `expires_at`, whichever comes first."""

    token: str
    expires_at: datetime


class ScopeOut(BaseModel):
    """One grant: a role in a division subtree."""

    role: str
    role_name: str
    division: DivisionCode
    division_name: str
    tier: Tier


class Me(BaseModel):
    """Who asks, and what may be asked: `permissions` maps a permission to the divisions whose subtrees it covers."""

    id: str
    name: str
    kind: str
    grants: list[ScopeOut]
    permissions: dict[str, list[DivisionCode]]
    home: DivisionCode


class MachineToken(BaseModel):
    access_token: str
    token_type: str = "Bearer"
    expires_in: int
    scope: str
