"""The city as the rows that the services load: with the ids that the registry has given, and with ids of its own.

Its own ids are UUIDv7 of the day of the record, the rest of them a digest of its key: said again, they are the same.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from deploy.demo.city import City
from deploy.demo.projects import Project
from deploy.demo.training import PracticePlace, Session, Supervisor
from services.contracts.procurement import PaymentState, ProjectState
from services.contracts.training_practice import Checklist, PlaceState, SupervisorState
from services.coordination.service_records.writing import NewRecord
from services.procurement.bulk import Bulk, ContractRow, PaymentRow, ProjectRow, StaffRow
from services.training.bulk import AttendanceRow, DayRow, PlaceRow, SessionRow, SupervisorRow
from services.training.seed import Load

BUYER, PAYER = "演示采购经办", "演示付款审批"
CHECKED = json.dumps(dict.fromkeys(Checklist.model_fields, "yes"))
BEFORE_APPOINTMENT = {SupervisorState.NOMINATED: 40, SupervisorState.REVIEWED: 30, SupervisorState.PUBLICISED: 15}


class Ids(NamedTuple):
    """What the registry calls them: people by their first certificate, points by number, organizations by code."""

    people: Mapping[str, UUID]
    points: Mapping[str, UUID]
    organizations: Mapping[str, UUID]


def id_of(day: date, *key: object) -> UUID:
    instant = int(datetime.combine(day, time(4), UTC).timestamp() * 1000)
    rest = int.from_bytes(hashlib.sha256("|".join(map(str, key)).encode()).digest()[:10])
    return UUID(int=instant << 80 | 0x7 << 76 | (rest >> 68 & 0xFFF) << 64 | 0b10 << 62 | rest & (1 << 62) - 1)


def days_before(day: date, days: int) -> date:
    return day - timedelta(days=days)


# ── training ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def training(city: City, ids: Ids, as_of: date) -> Load:
    sessions = {s.key: session_row(s) for s in city.sessions}
    return Load(
        list(sessions.values()),
        [AttendanceRow(sessions[a.session].id, ids.people[a.person], a.day) for a in city.attendances],
        [supervisor_row(s, ids, as_of) for s in city.supervisors],
        [place_row(p) for p in city.practice],
    )


def session_row(s: Session) -> SessionRow:
    days = [DayRow(day, s.minutes) for day in s.days]
    return SessionRow(id_of(s.days[0], "session", s.key), s.title, s.kind, s.place.code, days, None, s.organizer)


def supervisor_row(s: Supervisor, ids: Ids, as_of: date) -> SupervisorRow:
    """Whose term has not begun is still proposed."""
    steps = [(state, days_before(s.start, days)) for state, days in BEFORE_APPOINTMENT.items()]
    steps.append((SupervisorState.APPOINTED, s.start))
    taken = [(state, min(day, as_of)) for state, day in steps if state is SupervisorState.NOMINATED or day <= as_of]
    person = ids.people[s.person] if s.person else None
    return SupervisorRow(
        id_of(taken[0][1], "supervisor", s.document), s.level, s.place.code, s.start, s.end, taken, person, s.expert,
        s.affiliation, s.fields, "济南市民政局（演示）", s.document, 10,
    )  # fmt: skip


def place_row(p: PracticePlace) -> PlaceRow:
    steps = [(PlaceState.APPLIED, days_before(p.start, 60)), (PlaceState.SITE_CHECKED, days_before(p.start, 20)),
             (PlaceState.APPROVED, p.start)]  # fmt: skip
    return PlaceRow(
        id_of(p.start, "place", p.number), p.kind, p.name, p.place.code, p.partner_kind, steps, p.partner, None,
        p.number, p.start, p.end, p.capacity, "演示导师甲、演示导师乙", CHECKED,
    )  # fmt: skip


# ── procurement ──────────────────────────────────────────────────────────────────────────────────────────────────────
def procurement(city: City, ids: Ids, as_of: date) -> Bulk:
    found = Bulk([], [], [], [])
    for project in city.projects:
        for all_rows, theirs in zip(found, project_rows(project, ids, as_of), strict=True):
            list.extend(all_rows, theirs)  # type: ignore[arg-type]
    return found


def project_rows(p: Project, ids: Ids, as_of: date) -> Bulk:
    id, over = id_of(p.start, "project", p.number), p.completed(as_of)
    contracts = {c.number: id_of(c.start, "contract", c.number) for c in p.contracts}
    project = ProjectRow(
        id, p.number, p.name, ids.organizations[p.buyer.uscc], ids.organizations[p.provider.uscc], p.buyer.place.code,
        p.fields, ProjectState.COMPLETED if over else ProjectState.ACTIVE, BUYER, p.contracts[-1].end if over else None,
    )  # fmt: skip
    return Bulk(
        [project],
        [ContractRow(contracts[c.number], id, c.number, c.signed, c.start, c.end, c.value, BUYER,
                     served_divisions=c.divisions, service_point_ids=[ids.points[n] for n in c.points])
         for c in p.contracts],
        [StaffRow(id_of(s.start, "staff", p.number, s.person), id, person_of(s.person, s.start, ids), s.role, s.fte,
                  s.start, s.end)
         for s in p.staff],
        [PaymentRow(id_of(y.day, "payment", y.document), contracts[y.contract], id, y.amount, y.day, p.provider.name,
                    y.document, BUYER, PaymentState.APPROVED if y.approved else PaymentState.REQUESTED,
                    PAYER if y.approved else None)
         for y in p.payments],
    )  # fmt: skip


def person_of(key: str, day: date, ids: Ids) -> UUID:
    """Of whoever has no certificate the registry knows nothing."""
    return id_of(day, "person", key) if key.startswith("?") else ids.people[key]


# ── coordination ─────────────────────────────────────────────────────────────────────────────────────────────────────
def services(city: City, ids: Ids) -> list[NewRecord]:
    return [
        NewRecord(ids.points[s.point], s.division, s.day, s.kind, s.field, s.persons,
                  sorted(ids.people[w] for w in s.workers), s.minutes, reference=s.reference)
        for s in city.services
    ]  # fmt: skip
