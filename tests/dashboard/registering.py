"""What the registry usually says of certificates, their registration and its proofs, and who works with them."""

from uuid import UUID

from services.contracts import identity, personal_links, registrations, verification, working_days
from services.contracts.registry import CertificateOut, DivisionOut, RegistrationOut
from services.kernel.paging import Page
from tests.dashboard.scripted import (
    LICHENG,
    PERSON_ID,
    STREET,
    Answer,
    Script,
    a_certificate,
    a_division,
    an_official,
)
from tests.keys import JINAN

APPLICATION_ID, CERTIFICATE_ID, REGISTRATION_ID, EARLIER_ID, PROOF_ID, LINK_ID = (
    UUID(f"0198f000-0000-7000-8000-0000000000{n}") for n in ("21", "22", "23", "24", "25", "26")
)
APPLICATIONS = "/registry/registration-applications"
APPLICATION, CHECKLIST = f"{APPLICATIONS}/{APPLICATION_ID}", f"{APPLICATIONS}/{APPLICATION_ID}/checklist"
CERTIFICATE = f"/registry/certificates/{CERTIFICATE_ID}"
TERMS = f"{CERTIFICATE}/terms"
REGISTRATION = f"/registry/registrations/{REGISTRATION_ID}"
LINKS = "/registry/personal-links"
PROOFS, HOLIDAYS, AMNESTIES = "/registry/proofs", "/registry/holidays", "/registry/amnesty-windows"
UNDECIDED = {"due_on": None, "estimated_on": "2027-01-05", "missing_years": [2027]}


def somebody(*permissions: str) -> identity.Me:
    return an_official(permissions={p: [JINAN] for p in ("coverage:read", "registry:read", *permissions)})


EDITOR, REVIEWER, VIEWER = somebody("registry:write", "verify"), somebody("registry:review", "verify"), somebody()


def an_application(**over: object) -> registrations.ApplicationOut:
    known = {
        "id": APPLICATION_ID, "number": 17, "kind": "initial", "state": "draft", "person_id": PERSON_ID,
        "person_name": "张*", "certificate_id": CERTIFICATE_ID, "level": "social_worker", "division": STREET,
        "place": "workplace", "items": ["identity", "form"], "late_reason": None, "change": None,
        "cancellation": None, "submitted_on": None, "accepted_on": None, "open_days": None, "deadline": None,
        "overdue": None, "missing": [], "notified_on": None, "reason": None, "entered_by": ["account:1"],
        "first_by": None, "first_on": None, "final_by": None, "final_on": None, "registered_on": None,
        "registration_number": None, "version": 3, "may": ["edit", "submit", "withdraw"],
    }  # fmt: skip
    return registrations.ApplicationOut.model_validate({**known, **over})


def a_waiting(**over: object) -> registrations.ApplicationOut:
    """Handed in, its clock running into a year without a table."""
    known = {"state": "submitted", "submitted_on": "2026-11-20", "accepted_on": "2026-11-20", "open_days": 4,
             "deadline": UNDECIDED, "may": ["approve", "reject", "return"]}  # fmt: skip
    return an_application(**{**known, **over})


def a_checklist(**over: object) -> registrations.ChecklistOut:
    steps = [
        {"code": "certificate_valid", "name": "证书有效", "state": "done", "detail": "", "rule": "REG-01"},
        {"code": "window", "name": "在受理期内", "state": "unmet", "detail": "已过受理期", "rule": "REG-20"},
        {"code": "photo", "name": "照片", "state": "warning", "detail": "请补交照片", "rule": "REG-08"},
        {"code": "submit", "name": "提交", "state": "unmet", "detail": "请经办人员提交", "rule": "REG-13"},
    ]  # fmt: skip
    known = {"application_id": APPLICATION_ID, "state": "draft", "complete": False, "window_last": "2026-06-30",
             "notice_deadline": None, "steps": steps}  # fmt: skip
    return registrations.ChecklistOut.model_validate({**known, **over})


def a_term(**over: object) -> registrations.TermOut:
    known = {"id": REGISTRATION_ID, "person_id": PERSON_ID, "certificate_id": CERTIFICATE_ID,
             "level": "social_worker", "division": LICHENG, "start": "2024-05-01", "end": "2027-05-01",
             "state": "active", "granted_until": None, "ground": None, "application_id": APPLICATION_ID}  # fmt: skip
    return registrations.TermOut.model_validate({**known, **over})


def terms() -> registrations.Terms:
    """Two, with a gap of a month between them."""
    return registrations.Terms(
        items=[a_term(id=EARLIER_ID, start="2021-04-01", end="2024-04-01", state="expired"), a_term()]
    )


def a_registration(**over: object) -> RegistrationOut:
    known = {"id": REGISTRATION_ID, "person_id": PERSON_ID, "person_name": "张*", "certificate_id": CERTIFICATE_ID,
             "level": "social_worker", "start": "2024-05-01", "end": "2027-05-01", "division": LICHENG,
             "may": ["revoke", "prove"]}  # fmt: skip
    return RegistrationOut.model_validate({**known, **over})


def certificate(**over: object) -> CertificateOut:
    return a_certificate(**{"id": CERTIFICATE_ID, "may": ["apply", "void"], **over})


def a_proof(**over: object) -> verification.ProofOut:
    known = {"id": PROOF_ID, "registration_id": REGISTRATION_ID, "kind": "extract", "division": LICHENG,
             "issued_at": "2026-11-24T02:00:00Z", "issued_by": "account:1", "withdrawn_at": None,
             "may": ["withdraw"]}  # fmt: skip
    return verification.ProofOut.model_validate({**known, **over})


def a_holiday(**over: object) -> working_days.HolidayOut:
    known = {"id": PROOF_ID, "division": JINAN, "on": "2026-01-01", "kind": "holiday", "name": "元旦",
             "source": "演示通知", "entered_by": "account:1", "entered_at": "2025-11-04T02:00:00Z"}  # fmt: skip
    return working_days.HolidayOut.model_validate({**known, **over})


def an_amnesty(**over: object) -> registrations.AmnestyOut:
    known = {"id": PROOF_ID, "division": JINAN, "kind": "initial", "first_on": "2026-03-01",
             "last_on": "2026-05-31", "approved_from": None, "approved_until": None, "source": "补办通知"}  # fmt: skip
    return registrations.AmnestyOut.model_validate({**known, **over})


def a_link(**over: object) -> personal_links.PersonalLinkOut:
    known = {"id": LINK_ID, "application_id": APPLICATION_ID, "division": STREET, "made_at": "2026-11-24T02:00:00Z",
             "made_by": "account:1", "expires_at": "2027-01-23T16:00:00Z", "withdrawn_at": None, "opened_at": None,
             "failures": 0, "locked": False, "may": ["withdraw"]}  # fmt: skip
    return personal_links.PersonalLinkOut.model_validate({**known, **over})


def script(me: identity.Me, **over: Answer) -> Script:
    usual: dict[str, Answer] = {
        "/auth/me": me,
        APPLICATIONS: Page[registrations.ApplicationOut](items=[a_waiting()], next="next-applications"),
        APPLICATION: an_application(),
        CHECKLIST: a_checklist(),
        CERTIFICATE: certificate(),
        TERMS: terms(),
        REGISTRATION: a_registration(),
        PROOFS: Page[verification.ProofOut](items=[a_proof()], next=None),
        LINKS: Page[personal_links.PersonalLinkOut](items=[a_link()], next=None),
        HOLIDAYS: Page[working_days.HolidayOut](items=[], next=None),
        AMNESTIES: Page[registrations.AmnestyOut](items=[an_amnesty()], next=None),
        f"/registry/divisions/{JINAN}": a_division(code=JINAN, name="济南市", tier="city", parent=None),
        "/registry/divisions": Page[DivisionOut](items=[a_division(code=STREET, name="山大路街道")], next=None),
    }
    return Script(**{**usual, **over})
