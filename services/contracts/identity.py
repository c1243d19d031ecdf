"""What the gateway says about who is signed in and what may be done."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, JsonValue, SecretStr
from pydantic_core import PydanticCustomError

from services.contracts.divisions import DivisionCode, Tier


def encodable(secret: SecretStr) -> SecretStr:
    """A secret is not looked into as text is, so half a character (a lone surrogate) gets as far as the hash."""
    try:
        secret.get_secret_value().encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("string_unicode", "含有无法识别的字符") from None
    return secret


Secret = Annotated[SecretStr, Field(min_length=1, max_length=256), AfterValidator(encodable)]


# What a session still waits for before it may do anything: nothing, a code, that a second factor is enrolled, or that a
# second administrator has seen the account handed over to its owner.
FactorDue = Literal["none", "code", "enrol", "handover"]


class SignIn(BaseModel, extra="forbid"):
    username: str = Field(min_length=1, max_length=64, examples=["district"])
    password: Secret = Field(examples=["tu6k-9wqe-m3xa-7hpz"])


class Session(BaseModel):
    """`token` is opaque and shown once; it ends when idle or at `expires_at`, whichever comes first.

    With `second_factor` code or enrol it opens nothing but `/auth/totp…` (and `/auth/me`, `/auth/logout`); passing that
    gives a session with a new token. With handover the password may be changed, and nothing else. `device` belongs to
    this browser: kept there, and sent as `X-Shegong-Device` when signing in again, it lets its owner in while others on
    the same network are paused.
    """

    token: str = Field(examples=["x3w9…"])
    expires_at: datetime
    idle_seconds: int = 900
    must_change_password: bool = False
    second_factor: FactorDue = "none"
    device: str | None = Field(default=None, examples=["9sQk…"])


class Code(BaseModel, extra="forbid"):
    """Six digits of the authenticator, or a recovery code; spaces and full-width forms do no harm."""

    code: str = Field(min_length=1, max_length=64, examples=["123 456"])


class StepUp(BaseModel, extra="forbid"):
    """Whoever has a second factor gives a code of it, everybody else the password (`Me.step_up` says which).

    Whoever has neither here proves herself at the identity provider: `/auth/oidc/step-up`.
    """

    password: Secret | None = Field(default=None, examples=["tu6k-9wqe-m3xa-7hpz"])
    code: str | None = Field(default=None, min_length=1, max_length=64, examples=["123 456"])


class Enrolment(BaseModel):
    """For the authenticator, shown once: typed in, or as a QR code of `uri`. It holds once a code of it was given."""

    secret: str = Field(examples=["JBSWY3DPEHPK3PXP…"])
    uri: str = Field(examples=["otpauth://totp/…"])


class RecoveryCodes(BaseModel):
    """Each opens once, instead of a code of the authenticator; shown now and never again."""

    recovery_codes: list[str] = Field(examples=[["k3xa-7hpz-tu6k-9wqe"]])


class Enrolled(RecoveryCodes):
    session: Session


class SecondFactor(BaseModel):
    """One's own: whether there is one, whether there must be, and how many recovery codes are left."""

    enrolled_at: datetime | None = None
    required: bool
    recovery_codes_left: int


class ScopeOut(BaseModel):
    """One grant: a role in a division subtree."""

    role: str = Field(examples=["reviewer"])
    role_name: str = Field(examples=["审核人员"])
    division: DivisionCode = Field(examples=["370112000000"])
    division_name: str = Field(examples=["历城区"])
    tier: Tier = Field(examples=["district"])


class Me(BaseModel):
    """Who asks, and what may be asked: `permissions` maps a permission to the divisions whose subtrees it covers."""

    id: str = Field(examples=["account:01993b1e-7d6e-7a52-9c1e-0d7f4f0e5a11"])
    name: str = Field(examples=["历城区民政局（演示）"])
    kind: str = Field(examples=["person"])
    grants: list[ScopeOut]
    permissions: dict[str, list[DivisionCode]] = Field(examples=[{"registry:read": ["370112000000"]}])
    home: DivisionCode = Field(examples=["370112000000"])
    must_change_password: bool = False
    second_factor: FactorDue = "none"
    step_up: Literal["password", "code", "provider"] = "password"


class SessionOut(BaseModel):
    """One place where a person is signed in; `current` is the one that asks."""

    id: UUID
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    network: str = Field(examples=["192.0.2.7"])
    current: bool


class SessionList(BaseModel):
    items: list[SessionOut]
    next: str | None = None


class PasswordChange(BaseModel, extra="forbid"):
    old: Secret = Field(examples=["tu6k-9wqe-m3xa-7hpz"])
    new: Secret = Field(examples=["雨过天青 云破处 9"])


class MachineToken(BaseModel):
    access_token: str = Field(examples=["eyJhbGciOiJFZERTQSIs…"])
    token_type: str = "Bearer"
    expires_in: int = Field(examples=[900])
    scope: str = Field(examples=["registry:read coverage:read"])


class PublicKeys(BaseModel):
    """A JSON Web Key Set: what a machine token can be verified with."""

    keys: list[dict[str, JsonValue]] = Field(
        examples=[[{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "gateway", "x": "11qY…"}]]
    )


# Events of identity; they carry no name, no username and no secret.
class PersonSignedIn(BaseModel):
    network: str


class SignInRefused(BaseModel):
    network: str
    reason: str


class PersonSignedOut(BaseModel):
    session: UUID


class PasswordChanged(BaseModel):
    sessions_ended: int


class SecondFactorPassed(BaseModel):
    network: str
    recovery_code: bool


class SecondFactorRefused(BaseModel):
    network: str
    reason: str


class SecondFactorEnrolled(BaseModel):
    sessions_ended: int


class SecondFactorRemoved(BaseModel):
    """By its owner, without a reason; or by an administrator, with one."""

    reason: str | None


class RecoveryCodesRenewed(BaseModel):
    pass


class SteppedUp(BaseModel):
    network: str


class ProofRefused(BaseModel):
    """Within a session: the password was not hers, or too many had been tried."""

    network: str
    reason: str


class AccountUnlocked(BaseModel):
    reason: str


class AccountCreated(BaseModel):
    must_change_password: bool


class AccountDisabled(BaseModel):
    reason: str


class RoleGranted(BaseModel):
    grant: UUID
    role: str
    divisions: list[DivisionCode]
    reason: str


class GrantEnded(BaseModel):
    grant: UUID
    reason: str


class ClientCreated(BaseModel):
    scopes: list[str]
    divisions: list[DivisionCode]


class SecretRenewed(BaseModel):
    pass


class MachineTokenIssued(BaseModel):
    network: str
    scope: str
