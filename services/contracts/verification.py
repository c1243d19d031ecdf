"""What is said when somebody asks whether a certificate is registered: verdicts, single and many, and their proofs."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator

from services.contracts.days import Day
from services.contracts.divisions import DivisionCode
from services.contracts.orders import Request
from services.contracts.registry import IdType, Level
from services.contracts.registry_events import Event
from services.contracts.text import clean

MOST = 1000  # numbers asked at a time
ANSWER_TYPE = "verification+jwt"  # `typ` of a signed batch answer
CREDENTIAL_TYPE = "dc+sd-jwt"  # of a verifiable credential (draft-ietf-oauth-sd-jwt-vc)
STATUS_TYPE = "statuslist+jwt"  # of a status list (draft-ietf-oauth-status-list)
VCT = "urn:shegong:registration:1"  # what kind of credential it is
STATUS_BITS = 2
LIST_SIZE = 1 << 17  # credentials in one status list: 32 KiB before compression


class Verdict(StrEnum):
    """On the day asked for. `WITHDRAWN`: the paper or credential itself counts no more, whatever became of the rest."""

    VALID = "valid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    NOT_YET = "not_yet"
    NOT_REGISTERED = "not_registered"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


WORDS: dict[Verdict, str] = {
    Verdict.VALID: "有效",
    Verdict.EXPIRED: "已过期",
    Verdict.CANCELLED: "已注销",
    Verdict.REVOKED: "已撤销",
    Verdict.SUPERSEDED: "被更高等级取代",
    Verdict.NOT_YET: "尚未生效",
    Verdict.NOT_REGISTERED: "未登记",
    Verdict.WITHDRAWN: "凭证已作废",
    Verdict.UNKNOWN: "查无此证",
}


class Standing(BaseModel):
    """How it stands with a certificate; of a verdict that says nothing more, nothing more."""

    verdict: Verdict
    word: str
    level: Level | None = None
    valid_from: date | None = None
    valid_to: date | None = None  # the last day


class PublicVerdict(Standing):
    """What a public register shows. Never an ID number, never a whole name or management number."""

    name: str | None = None
    management_number: str | None = None
    as_of: datetime


# ── many at a time ───────────────────────────────────────────────────────────────────────────────────────────────────
class VerificationPurpose(StrEnum):
    EMPLOYMENT = "employment"
    PROCUREMENT = "procurement"
    TRAINING = "training"
    BENEFIT = "benefit"
    INSPECTION = "inspection"
    STATUTORY_REPORT = "statutory_report"


PURPOSE_NAMES: dict[VerificationPurpose, str] = {
    VerificationPurpose.EMPLOYMENT: "录用和聘用",
    VerificationPurpose.PROCUREMENT: "政府购买服务",
    VerificationPurpose.TRAINING: "培训和继续教育",
    VerificationPurpose.BENEFIT: "津贴和待遇",
    VerificationPurpose.INSPECTION: "监督检查",
    VerificationPurpose.STATUTORY_REPORT: "法定报告",
}
Number = Annotated[str, Field(max_length=64), AfterValidator(clean), Field(min_length=1)]


class Asked(Request):
    """One of the two numbers."""

    management_number: Number | None = None
    id_number: Number | None = None
    id_type: IdType = IdType.RESIDENT_ID_CARD

    @model_validator(mode="after")
    def _one_number(self) -> Self:
        if (self.management_number is None) == (self.id_number is None):
            raise ValueError("管理号和证件号码请填写其中一个。")
        return self


class AskVerification(Request):
    """`on`: the day asked about; today if left out."""

    purpose: VerificationPurpose
    on: Day | None = None
    items: Annotated[list[Asked], Field(min_length=1, max_length=MOST)]


class Answered(Standing):
    """To the number at this place of the question, which is not said again."""

    position: int


class VerificationAnswer(BaseModel):
    """`signed` is the same answer as a JWS, to be kept as proof together with the question; `question` is its digest:
    base64url of SHA-256 over the items as JSON (keys sorted, no spaces), as they were understood.
    """

    id: UUID
    purpose: VerificationPurpose
    on: date
    issued_at: datetime
    question: str
    items: list[Answered]
    signed: str


# ── proofs of one registration ───────────────────────────────────────────────────────────────────────────────────────
class ProofKind(StrEnum):
    """A link that anybody may open, a printed extract with such a link as QR code, a verifiable credential."""

    LINK = "link"
    EXTRACT = "extract"
    CREDENTIAL = "credential"


PROOF_KIND_NAMES: dict[ProofKind, str] = {
    ProofKind.LINK: "核验链接（二维码）",
    ProofKind.EXTRACT: "登记证明（PDF）",
    ProofKind.CREDENTIAL: "电子凭证",
}


class PrintExtract(Request):
    """`replace`: those printed before count no more."""

    replace: bool = False


class MakeProof(PrintExtract):
    kind: Literal[ProofKind.LINK, ProofKind.CREDENTIAL] = ProofKind.LINK


class ProofOut(BaseModel):
    id: UUID
    registration_id: UUID
    kind: ProofKind
    issued_at: datetime
    issued_by: str
    withdrawn_at: datetime | None
    division: DivisionCode
    may: list[str] = Field(default_factory=list)


class ProofMade(ProofOut):
    """Said this once: of the link nothing but its hash is kept, of the credential nothing at all."""

    url: str | None = None
    credential: str | None = None


class IssuerKeys(BaseModel):
    """The metadata of an issuer: `/.well-known/jwt-vc-issuer`. Replaced keys stay, as long as what they signed."""

    issuer: str
    jwks: dict[str, list[dict[str, str]]]


# ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────────
class VerificationsAnswered(Event):
    """Who asked is the event's actor. Neither numbers nor anything made of them."""

    verification_id: UUID
    purpose: VerificationPurpose
    asked: int
    found: int


class ProofIssued(Event):
    proof_id: UUID
    registration_id: UUID
    kind: ProofKind


class ProofWithdrawn(ProofIssued):
    pass
