"""What is said about signing in at the government's identity provider."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.contracts.administration import PlaceOut
from services.contracts.divisions import DivisionCode
from services.contracts.text import Line, Name


class Way(BaseModel):
    """Where the browser goes, and what it must bring back."""

    location: str = Field(examples=["…/authorize?response_type=code&…"])
    state: str = Field(examples=["q1W…"])


class Returned(BaseModel, extra="forbid"):
    code: str = Field(min_length=1, max_length=4096, examples=["SplxlOBeZQQYbYS6WxSbIA"])
    state: str = Field(min_length=1, max_length=200, examples=["q1W…"])
    iss: str | None = Field(default=None, max_length=500, examples=["…"])


class NewMapping(BaseModel, extra="forbid"):
    claim: Annotated[str, Field(min_length=1, max_length=100, pattern="^[A-Za-z0-9._:/-]+$", examples=["department"])]
    value: Name = Field(examples=["历城区民政局社工科"])
    role: str = Field(max_length=64, examples=["reviewer"])
    divisions: list[DivisionCode] = Field(min_length=1, max_length=50, examples=[["370112000000"]])
    reason: Annotated[Line, Field(min_length=1)] = Field(examples=["〔2026〕3 号文明确的岗位"])


class MappingOut(NewMapping):
    """`may` is about whoever asks, and the present state."""

    id: UUID
    role_name: str = Field(examples=["审核人员"])
    places: list[PlaceOut] = Field(description="divisions 的名称")
    entered_by: str = Field(examples=["account:01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a11"])
    entered_at: datetime
    approved_by: str | None = Field(default=None, examples=["account:01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a12"])
    approved_at: datetime | None = None
    ended_at: datetime | None = None
    may: list[str] = Field(default=[], examples=[["approve", "end"]])


class MappingList(BaseModel):
    items: list[MappingOut]
    next: str | None = None


class MappingEntered(BaseModel):
    claim: str
    value: str
    role: str
    divisions: list[DivisionCode]
    reason: str


class MappingApproved(BaseModel):
    pass


class MappingEnded(BaseModel):
    pass


class IdentityLinked(BaseModel):
    issuer: str
