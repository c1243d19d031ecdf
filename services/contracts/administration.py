"""What the gateway says and takes about accounts, grants, sessions of others, and who may do what.

A period is half-open: `end` is the first day that no longer counts.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.contracts.days import Day
from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.text import Line, Name

Plain = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{1,63}$")]
Reason = Annotated[Line, Field(min_length=1, examples=["任命为区民政局经办人员"])]
Divisions = Annotated[list[DivisionCode], Field(min_length=1, max_length=50, examples=[["370112000000"]])]


class GrantState(StrEnum):
    """`pending`: waits for a second security administrator, and allows nothing until then.

    `suspended`: none of its divisions is in force any more; whoever follows them is granted anew, by hand.
    """

    PENDING = "pending"
    IN_FORCE = "in_force"
    UPCOMING = "upcoming"
    ENDED = "ended"
    SUSPENDED = "suspended"


GRANT_STATE_NAMES: dict[GrantState, str] = {
    GrantState.PENDING: "待复核",
    GrantState.IN_FORCE: "有效",
    GrantState.UPCOMING: "未生效",
    GrantState.ENDED: "已结束",
    GrantState.SUSPENDED: "已中止（区划已撤销）",
}


class OpenAccount(Request):
    username: Plain = Field(examples=["zhang.wei"])
    name: Name = Field(examples=["历城区经办（演示）"])


class Because(Request):
    """Whatever is ended or reset says why."""

    reason: Reason


class Rename(Request):
    name: Name = Field(examples=["历城区经办（演示）"])


class AccountOut(BaseModel):
    """`roles` are those granted for today, suspended or not; `sessions` those not yet at their end.

    `first_password_by` made a password of it, and nobody else has seen it handed over yet: with a role on which two
    must agree it opens nothing until then (`handover_due`).
    """

    id: UUID
    username: str = Field(examples=["zhang.wei"])
    name: str = Field(examples=["历城区经办（演示）"])
    disabled_at: datetime | None = None
    must_change_password: bool
    second_factor: bool = Field(description="是否已绑定验证器")
    roles: list[str] = Field(examples=[["editor"]])
    sessions: int = Field(description="未到期的登录会话数", examples=[1])
    last_sign_in_at: datetime | None = Field(default=None, description="最近一次完成登录的时间")
    first_password_by: str | None = Field(default=None, examples=["account:01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a12"])
    handover_due: bool = Field(default=False, description="等待另一名管理员确认交接")
    version: int = Field(examples=[1])


class PlaceOut(BaseModel):
    """One that coverage has not heard of is called by its code."""

    code: DivisionCode = Field(examples=["370112000000"])
    name: str = Field(examples=["历城区"])


class GrantOut(BaseModel):
    """`granter` and `approver` are accounts (`account:…`), or the operator; a mapping has its own two approvers.

    `ending_by` wants it to end on `ending_on`; it goes on until another administrator agrees.
    """

    id: UUID
    account_id: UUID
    role: str = Field(examples=["editor"])
    role_name: str = Field(examples=["经办人员"])
    divisions: list[DivisionCode] = Field(examples=[["370112000000"]])
    places: list[PlaceOut] = Field(description="divisions 的名称")
    start: date
    end: date | None = None
    state: GrantState
    granter: str = Field(examples=["account:01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a12"])
    reason: str = Field(examples=["任命为区民政局经办人员"])
    approved_by: str | None = Field(default=None, examples=["account:01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a13"])
    approved_at: datetime | None = None
    ending_on: date | None = None
    ending_by: str | None = Field(default=None, examples=["account:01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a12"])
    ending_reason: str | None = Field(default=None, examples=["调离"])


class AccountDetail(AccountOut):
    """With its grants, those that have ended too, the latest first (at most 200)."""

    grants: list[GrantOut]


class FirstPassword(BaseModel):
    """Shown this once and kept nowhere; it must be changed at the first sign-in."""

    account: UUID
    password: str = Field(examples=["tu6k-9wqe-m3xa-7hpz"])


class GrantRole(Request):
    """Without `start` from today, without `end` until ended."""

    role: str = Field(min_length=1, max_length=40, examples=["editor"])
    divisions: Divisions
    start: Day | None = Field(default=None, examples=["2026-11-24"])
    end: Day | None = Field(default=None, examples=["2027-11-24"])
    reason: Reason


class EndGrant(Request):
    """`on` is the first day that no longer counts; without it, today."""

    on: Day | None = Field(default=None, examples=["2026-12-01"])
    reason: Reason


class PermissionOut(BaseModel):
    id: str = Field(examples=["registry:read"])
    name: str = Field(examples=["查看登记信息（个人信息脱敏）"])
    writes: bool


class RoleOut(BaseModel):
    """`kind` keeps administrators apart; `four_eyes`: a grant of it waits for a second security administrator."""

    id: str = Field(examples=["reviewer"])
    name: str = Field(examples=["审核人员"])
    kind: str = Field(examples=["official"])
    four_eyes: bool
    permissions: list[PermissionOut]


class PolicyOut(BaseModel):
    roles: list[RoleOut]


# Events of administration; they carry no name, no username and no secret.
class AccountEnabled(BaseModel):
    reason: str


class AccountRenamed(BaseModel):
    """The names stand in the history of the account."""

    version: int


class AccountHandedOver(BaseModel):
    """`opened_by` had made the first password; whatever was enrolled under it is gone."""

    opened_by: str


class SessionsEnded(BaseModel):
    sessions_ended: int


class SessionEnded(BaseModel):
    session: UUID


class GrantApproved(BaseModel):
    grant: UUID


class GrantEndAsked(BaseModel):
    grant: UUID
    on: date
    reason: str


class GrantEndDeclined(BaseModel):
    grant: UUID
