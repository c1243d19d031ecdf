"""What the gateway says and takes about machine clients: other systems, what they may do, and what waits for a second.

A period is half-open: `end` is the first day that no longer counts.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.contracts.administration import Divisions, PermissionOut, PlaceOut, Reason
from services.contracts.days import Day
from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.text import Line, Name

ClientId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{1,63}$")]
Scope = Annotated[str, StringConstraints(pattern=r"^[a-z_:]{1,40}$")]
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=50, examples=[["registry:read", "coverage:read"]])]
Contact = Annotated[Line, Field(min_length=1, examples=["市大数据局运维值班室（演示）"])]


class ClientState(StrEnum):
    """`pending`: created, and not yet approved by a second security administrator."""

    PENDING = "pending"
    IN_FORCE = "in_force"
    ENDED = "ended"
    DISABLED = "disabled"


class ChangeKind(StrEnum):
    """What two must agree on: whatever opens, or opens wider."""

    CREATE = "create"
    ENABLE = "enable"
    WIDEN = "widen"


CLIENT_STATE_NAMES: dict[ClientState, str] = {
    ClientState.PENDING: "待复核",
    ClientState.IN_FORCE: "有效",
    ClientState.ENDED: "已到期",
    ClientState.DISABLED: "已停用",
}
CHANGE_KIND_NAMES: dict[ChangeKind, str] = {
    ChangeKind.CREATE: "新建",
    ChangeKind.ENABLE: "启用",
    ChangeKind.WIDEN: "扩大权限、区划或期限",
}


class NewClient(Request):
    """`contact` is of whoever runs the other system: a unit and an office, not a person's own number."""

    id: ClientId = Field(examples=["shujuju.exchange"])
    name: Name = Field(examples=["市数据共享交换平台（演示）"])
    contact: Contact
    scopes: Scopes
    divisions: Divisions
    end: Day | None = Field(default=None, examples=["2027-11-24"])
    reason: Reason


class ChangeClient(Request):
    """What is not said stays. What only narrows holds at once; what widens anything waits, as a whole."""

    contact: Contact | None = Field(default=None, examples=["市大数据局运维值班室（演示）"])
    scopes: Scopes | None = Field(default=None, examples=[["registry:read"]])
    divisions: Divisions | None = Field(default=None, examples=[["370112000000"]])
    end: Day | None = Field(default=None, description="null：长期有效", examples=["2027-06-30"])
    reason: Reason


class ClientChangeOut(BaseModel):
    """`scopes`, `divisions` and `end` are what the client has once it is approved. `may` is about whoever asks."""

    id: UUID
    kind: ChangeKind
    scopes: list[str] = Field(examples=[["registry:read"]])
    divisions: list[DivisionCode] = Field(examples=[["370112000000"]])
    places: list[PlaceOut] = Field(default=[], description="divisions 的名称")
    end: date | None = None
    reason: str = Field(examples=["数据共享协议〔2026〕3 号"])
    entered_by: str = Field(examples=["account:01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a11"])
    entered_at: datetime
    approved_by: str | None = Field(default=None, examples=["account:01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a12"])
    approved_at: datetime | None = None
    ended_by: str | None = Field(default=None, examples=["account:01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a12"])
    ended_at: datetime | None = None
    pending: bool
    may: list[str] = Field(default=[], examples=[["approve", "end"]])


class ClientOut(BaseModel):
    """`waiting`: changes and keys that a second security administrator has not approved yet."""

    id: str = Field(examples=["shujuju.exchange"])
    name: str = Field(examples=["市数据共享交换平台（演示）"])
    contact: str | None = Field(default=None, examples=["市大数据局运维值班室（演示）"])
    scopes: list[str] = Field(examples=[["registry:read"]])
    divisions: list[DivisionCode] = Field(examples=[["370112000000"]])
    places: list[PlaceOut] = Field(default=[], description="divisions 的名称")
    end: date | None = None
    disabled_at: datetime | None = None
    state: ClientState
    keys: int = Field(description="有效的公钥数", examples=[1])
    waiting: int = Field(description="待复核的事项数", examples=[0])
    has_secret: bool = Field(description="用密钥而不用公钥（只限演示）")
    last_used_at: datetime | None = Field(default=None, description="最近一次取得令牌，精确到一分钟")
    version: int


class ClientDetail(ClientOut):
    """With its changes, the latest first (at most 100). `may` is about whoever asks, and the present state."""

    changes: list[ClientChangeOut]
    may: list[str] = Field(default=[], examples=[["edit", "disable", "keys"]])


class ScopeList(BaseModel):
    """What a machine client can be granted at all."""

    items: list[PermissionOut]
    next: str | None = None


# Events of machine clients; who is to be called stands in none.
class ClientChangeEntered(BaseModel):
    change: UUID
    kind: ChangeKind
    scopes: list[str]
    divisions: list[DivisionCode]
    end: date | None
    reason: str


class ClientChangeApproved(BaseModel):
    change: UUID


class ClientChangeEnded(BaseModel):
    change: UUID
    reason: str


class ClientNarrowed(BaseModel):
    scopes: list[str]
    divisions: list[DivisionCode]
    end: date | None
    reason: str


class ClientContactChanged(BaseModel):
    reason: str


class ClientDisabled(BaseModel):
    reason: str
