"""What training usually says, and whoever trains."""

from uuid import UUID

from services.contracts import identity
from services.contracts import training as tr
from services.contracts import training_practice as tp
from services.contracts.registry import OrganizationOut, PersonOut
from services.kernel.paging import Page
from tests.dashboard.scripted import LICHENG, PERSON_ID, Answer, Script, a_division, a_person, an_official
from tests.keys import JINAN

SESSION_ID, ATTENDANCE_ID, SUPERVISOR_ID, PLACE_ID = (
    UUID(f"0198f000-0000-7000-8000-0000000000{n}") for n in ("21", "22", "23", "24")
)
SESSION, ATTENDANCE = f"/training/sessions/{SESSION_ID}", f"/training/attendances/{ATTENDANCE_ID}"
SUPERVISOR, STATEMENT = f"/training/supervisors/{SUPERVISOR_ID}", f"/training/people/{PERSON_ID}/statement"
BASE, SITE = f"/training/bases/{PLACE_ID}", f"/training/sites/{PLACE_ID}"
READS = ("coverage:read", "registry:read", "training:read")


def somebody(*permissions: str) -> identity.Me:
    return an_official(permissions={p: [JINAN] for p in (*READS, *permissions)})


NO_ORGANIZATION: dict[str, Answer] = {"/registry/organizations": Page[OrganizationOut](items=[], next=None)}
# What is typed of a new session, and what the API is told of it.
NEW_SESSION = {
    "title": "新班", "kind": "lecture", "field": "", "organizer": "协会", "capacity": "40", "state": "held",
    "days": "2026/11/20 180\n2026-11-21 09:00-12:00 150",
}  # fmt: skip
SESSION_ORDER: dict[str, object] = {
    "title": "新班", "kind": "lecture", "organizer_name": "协会", "capacity": 40, "division": JINAN, "state": "held",
    "days": [{"day": "2026-11-20", "minutes": 180},
             {"starts_at": "2026-11-21T01:00:00Z", "ends_at": "2026-11-21T04:00:00Z", "minutes": 150}],
}  # fmt: skip
TRAINER, READER = somebody("training:write"), somebody()


def a_session(**over: object) -> tr.SessionOut:
    days = [
        {"day": "2026-11-20", "starts_at": None, "ends_at": None, "minutes": 180, "class_hours": "4.00"},
        {"day": "2026-11-21", "starts_at": "2026-11-21T01:00:00Z", "ends_at": "2026-11-21T04:00:00Z", "minutes": 150,
         "class_hours": "3.33"},
    ]  # fmt: skip
    known = {"id": SESSION_ID, "title": "督导能力提升班", "kind": "lecture", "field": None, "organizer_id": None,
             "organizer_name": "济南社工协会", "division": LICHENG, "division_name": "历城区", "capacity": 40,
             "state": "held", "cancelled_reason": None, "days": days, "first_day": "2026-11-20",
             "last_day": "2026-11-21", "minutes": 330, "class_hours": "7.33", "attended": 12, "waiting": 3,
             "version": 2, "may": ["update", "cancel", "attend"]}  # fmt: skip
    return tr.SessionOut.model_validate({**known, **over})


def an_attendance(**over: object) -> tr.AttendanceOut:
    known = {"id": ATTENDANCE_ID, "session_id": SESSION_ID, "session_title": "督导能力提升班", "person_id": PERSON_ID,
             "division": LICHENG, "division_name": "历城区", "day": "2026-11-20", "minutes": 180, "class_hours": "4.00",
             "state": "organizer_confirmed", "reason": None, "evidence": None, "entered_at": "2026-11-24T02:00:00Z",
             "may": ["approve", "reject"]}  # fmt: skip
    return tr.AttendanceOut.model_validate({**known, **over})


def a_statement(**over: object) -> tr.StatementOut:
    annual = {"rule": "CE-06", "name": "年度专业培训学时", "unit": "学时", "start": "2026-01-01", "end": "2027-01-01",
              "required": "60.00", "reached": "4.00", "verdict": "cannot_decide", "since": None,
              "missing": ["direct_service"], "detail": "未登记是否直接从事社会服务。"}  # fmt: skip
    period = {**annual, "rule": "CE-02", "name": "登记有效期继续教育", "unit": "小时", "verdict": "not_met",
              "missing": [], "detail": "尚未满足。"}  # fmt: skip
    line = {"attendance_id": ATTENDANCE_ID, "session_id": SESSION_ID, "title": "督导能力提升班", "kind": "lecture",
            "organizer_name": "济南社工协会", "day": "2026-11-20", "minutes": 180, "class_hours": "4.00",
            "state": "approved"}  # fmt: skip
    known = {"person_id": PERSON_ID, "division": LICHENG, "division_name": "历城区", "year": 2026,
             "direct_service": None, "minutes": 180, "class_hours": "4.00", "minutes_per_class_hour": 45,
             "compliant_since": None, "requirements": [annual, period], "items": [line]}  # fmt: skip
    return tr.StatementOut.model_validate({**known, **over})


STEPS = [{"state": "nominated", "on": "2026-10-01", "reason": None, "recorded_at": "2026-10-01T02:00:00Z"}]


def a_supervisor(**over: object) -> tp.SupervisorOut:
    finding = {"rule": "SUP-04", "code": "load", "verdict": "not_met", "detail": "最多督导 12 人，多于建议的 10 人。"}
    known = {"id": SUPERVISOR_ID, "type": "internal", "person_id": PERSON_ID, "expert_name": None, "affiliation": None,
             "level": "junior", "fields": ["老年", "儿童"], "appointing_id": None, "appointing_name": "历城区民政局",
             "document_number": None, "term_start": "2026-10-01", "term_end": "2029-10-01", "max_load": 12,
             "division": LICHENG, "division_name": "历城区", "state": "nominated", "counted": False, "version": 4,
             "findings": [finding], "steps": STEPS, "may": ["update", "review", "dismiss"]}  # fmt: skip
    return tp.SupervisorOut.model_validate({**known, **over})


def a_place(**over: object) -> tp.PlaceOut:
    known = {"id": PLACE_ID, "kind": "base", "name": "演示实训基地", "division": LICHENG, "division_name": "历城区",
             "address": None, "partner_kind": "local_university", "partner_id": None, "partner_name": "齐鲁学院",
             "agreement_number": None, "agreement_start": "2026-01-01", "agreement_end": "2027-01-01", "capacity": 30,
             "mentors": None, "checklist": {"own_materials": "yes"}, "state": "applied", "counted": False,
             "version": 5, "findings": [], "steps": [{**STEPS[0], "state": "applied"}],
             "may": ["update", "check-site", "withdraw"]}  # fmt: skip
    return tp.PlaceOut.model_validate({**known, **over})


def script(me: identity.Me = TRAINER, **over: Answer) -> Script:
    site = a_place(kind="site", name="演示实习点")
    usual: dict[str, Answer] = {
        "/auth/me": me,
        "/training/sessions": Page[tr.SessionOut](items=[a_session()], next="next-sessions"),
        SESSION: a_session(),
        "/training/attendances": Page[tr.AttendanceOut](items=[an_attendance()], next="next-attendances"),
        ATTENDANCE: an_attendance(),
        "/training/supervisors": Page[tp.SupervisorOut](items=[a_supervisor()], next=None),
        SUPERVISOR: a_supervisor(),
        "/training/bases": Page[tp.PlaceOut](items=[a_place()], next=None),
        BASE: a_place(),
        "/training/sites": Page[tp.PlaceOut](items=[site], next=None),
        SITE: site,
        STATEMENT: a_statement(),
        f"/registry/divisions/{JINAN}": a_division(code=JINAN, name="济南市", tier="city", parent=None),
        "/registry/people": Page[PersonOut](items=[a_person()], next=None),
    }
    return Script(**{**usual, **over})
