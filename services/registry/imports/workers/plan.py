"""A roster of workers held against what is known: what is new, what changes, what contradicts. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.contracts.facts import Period, overlap
from services.contracts.imports import Change
from services.contracts.registry import LEVEL_NAMES
from services.registry.imports.organizations import Known as Employer
from services.registry.imports.organizations import Organizations
from services.registry.imports.roster import NEW, Findings, Shown
from services.registry.imports.workers.known import (
    Known,
    KnownAssignment,
    KnownCertificate,
    KnownPerson,
    KnownPoint,
)
from services.registry.imports.workers.rows import BY_FIELD, Worker
from services.registry.listing import last_day
from services.registry.personal import masked_phone
from services.registry.points.rules import is_open


@dataclass(eq=False)
class Person:
    """Whom a row speaks of; `id` is there from the start, or given before the writing."""

    id: UUID | None
    worker: Worker
    employer: Employer
    fields: list[str] = field(default_factory=list)  # that change, of somebody known
    changes: list[Change] = field(default_factory=list)  # of all that the row says

    def changes_to(self, name: str, before: str | None, after: str | None) -> None:
        self.changes.append(Change(column=BY_FIELD[name].title, before=before, after=after))


@dataclass(eq=False)
class Certificate:
    id: UUID | None
    person: Person
    changed: bool = False


@dataclass(frozen=True)
class Registration:
    """Of a new one, `id` is None; of a known one, its end changes."""

    id: UUID | None
    certificate: Certificate
    start: date
    end: date


@dataclass(frozen=True)
class Assignment:
    """Of a new one, `id` is None; of a known one, its start is put right."""

    id: UUID | None
    person: Person
    point: KnownPoint
    started_on: date


@dataclass
class Plan:
    people: list[Person] = field(default_factory=list)  # new, or with changed fields
    certificates: list[Certificate] = field(default_factory=list)
    registrations: list[Registration] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    touched: list[Person] = field(default_factory=list)  # whose facts may have changed
    shown: Shown = field(default_factory=Shown)


def decide(
    workers: Sequence[Worker],
    known: Known,
    employers: Organizations,
    reaches: Callable[[str], bool],
    findings: Findings,
) -> Plan:
    plan = Plan()
    for worker in workers:
        before = known.person(worker.id_blinds)
        if is_elsewhere(worker, before, known, reaches):
            worker.cells.elsewhere("id_number")
            continue
        person = decide_person(worker, before, employers, reaches)
        if person is None:
            continue
        drafts = Plan()
        note_alike(worker, before, known, reaches)
        certificate = decide_certificate(drafts, person, known)
        if certificate is not None and worker.registered is not None:
            decide_registration(drafts, certificate, known)
        decide_assignment(drafts, person, known, reaches)
        if findings.outcome(worker.cells.row.number) is None:
            take_up(plan, drafts, person, known=before is not None)
    return plan


def take_up(plan: Plan, drafts: Plan, person: Person, *, known: bool) -> None:
    plan.certificates += drafts.certificates
    plan.registrations += drafts.registrations
    plan.assignments += drafts.assignments
    told = bool(drafts.certificates or drafts.registrations or drafts.assignments)
    if person.fields or not known:
        plan.people.append(person)
    if person.fields or told or not known:
        plan.touched.append(person)
    plan.shown.add(person.worker.cells.row.number, person.id, person.changes, known=known)


def is_elsewhere(worker: Worker, before: KnownPerson | None, known: Known, reaches: Callable[[str], bool]) -> bool:
    """The number, or that of the certificate, is somebody's whom the uploader may not see."""
    places = [] if before is None else [before.division]
    places += known.holders.get(worker.management_number, {}).values()
    return not all(map(reaches, places))


def decide_person(
    worker: Worker, before: KnownPerson | None, employers: Organizations, reaches: Callable[[str], bool]
) -> Person | None:
    """Somebody known under another name is for a person to decide, never merged silently (P11)."""
    cells = worker.cells
    if before is not None and worker.canonical not in (before.canonical, *before.former):
        cells.conflict("name", "other_name", "该证件号码已登记为另一姓名，请核对；如确已改名，请由人工办理变更。")
        return None
    employer = employers.of(cells, worker.employer_uscc, worker.employer_name, worker.place)
    if employer is None:
        return None
    if not reaches(employer.division):
        cells.elsewhere("id_number")
        return None
    if employer.division != worker.place.code:
        cells.note("division_name", "employer_elsewhere", "该单位登记在另一区划，人员将计入单位登记的区划，请核对。")
    person = Person(None if before is None else before.id, worker, employer)
    if before is not None:
        note_changes(person, before)
    elif employer.new:
        person.changes_to("employer_name", None, f"{employer.name}{NEW}")
    return person


def note_alike(worker: Worker, before: KnownPerson | None, known: Known, reaches: Callable[[str], bool]) -> None:
    """Of the same name and birth date, by another number: nothing is refused, and both will be looked at."""
    others = [] if before else known.alike.get((worker.born_blind, worker.canonical), [])
    near = [o for o in others if reaches(o.division)]
    if others:
        who = "、".join(f"{o.name}（{o.id_masked}）" for o in near) or "另一区县的人员（由市级核对）"
        detail = f"与已登记的{who}姓名、出生日期相同，导入后列入疑似重复。请核对证件号码是否有误。"
        worker.cells.note("name", "possible_duplicate", detail)


def note_changes(person: Person, before: KnownPerson) -> None:
    """What the row says, and says differently. A blank cell says nothing."""
    worker, employer = person.worker, person.employer
    if worker.phone is not None and before.phone_blind not in worker.phone_blinds:
        person.fields.append("phone")
        person.changes_to("phone", before.phone_masked, masked_phone(worker.phone))
    for name in ("education", "major", "direct_service"):
        now, then = getattr(worker, name), getattr(before, name)
        if now is not None and now != then:
            person.fields.append(name)
            person.changes_to(name, in_words(then), in_words(now))
    if employer.division != before.division:
        person.fields.append("division")
        person.changes_to("division_code", before.division, employer.division)
    if employer.id is None or employer.id != before.employer_id:
        person.fields.append("employer")
        person.changes_to("employer_name", before.employer, f"{employer.name}{NEW if employer.new else ''}")


def in_words(value: str | bool | None) -> str | None:
    return ("是" if value else "否") if isinstance(value, bool) else value


def decide_certificate(plan: Plan, person: Person, known: Known) -> Certificate | None:
    """Another level is another certificate, and the highest decides (CERT-08): a lower one replaces nothing."""
    worker, cells = person.worker, person.worker.cells
    if known.holders.get(worker.management_number, {}).keys() - {person.id}:
        cells.wrong("management_number", "number_taken", "该管理号已登记给另一人，请核对。")
        return None
    held = known.certificates.get(person.id, []) if person.id else []
    found = next((c for c in held if c.management_number == worker.management_number), None)
    if found is None:
        return new_certificate(plan, person, held)
    if found.level is not worker.level:
        detail = f"该管理号已登记为{LEVEL_NAMES[found.level]}，请核对证书级别和管理号。"
        cells.wrong("level", "other_level", detail)
        return None
    certificate = Certificate(found.id, person, changed=found.approved_on != worker.approved_on)
    if certificate.changed and found.ended_on is not None and found.ended_on <= worker.approved_on:
        cells.wrong("approved_on", "after_end", "该证书在这一批准日期之前已失效，请核对。")
    elif certificate.changed:
        plan.certificates.append(certificate)
        person.changes_to("approved_on", str(found.approved_on), str(worker.approved_on))
    return certificate


def new_certificate(plan: Plan, person: Person, held: Sequence[KnownCertificate]) -> Certificate | None:
    worker = person.worker
    if any(c.level is worker.level and c.ended_on is None for c in held):
        detail = f"此人已登记有{LEVEL_NAMES[worker.level]}证书，管理号与本行不同，请核对。"
        worker.cells.wrong("management_number", "other_number", detail)
        return None
    certificate = Certificate(None, person)
    plan.certificates.append(certificate)
    if person.id is not None:
        person.changes_to("level", None, f"{LEVEL_NAMES[worker.level]}（{worker.approved_on} 批准）")
    return certificate


def decide_registration(plan: Plan, certificate: Certificate, known: Known) -> None:
    """One that starts on the same day is the same, and its end may be put right; no other may overlap it."""
    worker = certificate.person.worker
    start, end = worker.registered or (date.min, date.min)
    held = known.registrations.get(certificate.id, []) if certificate.id else []
    same = next((r for r in held if r.start == start), None)
    if same is not None and same.end == end:
        return
    if same is not None and same.ended_early:
        worker.cells.wrong("registered_last", "ended_early", "该登记已注销、撤销或被更高级别取代，不能由名册恢复。")
        return
    others = [Period(r.start, r.end) for r in held if r is not same]
    if overlap([Period(start, end)], others):
        worker.cells.wrong("registered_on", "overlapping", "与该证书已有的登记有效期重叠，请核对登记日期。")
        return
    plan.registrations.append(Registration(None if same is None else same.id, certificate, start, end))
    if certificate.person.id is not None:
        before = None if same is None else period(same.start, same.end)
        certificate.person.changes_to("registered_last", before, period(start, end))


def period(start: date, end: date) -> str:
    return f"{start} 至 {last_day(end)}"


def decide_assignment(plan: Plan, person: Person, known: Known, reaches: Callable[[str], bool]) -> None:
    """The point is there, within reach, and open on that day."""
    worker, cells = person.worker, person.worker.cells
    if worker.point_number is None or worker.started_on is None:
        return
    point = known.points.get(worker.point_number)
    if point is None or not reaches(point.division):
        cells.wrong("point_number", "no_such_point", "没有这个站点，或不在您的管辖范围内，请核对站点编号。")
        return
    if not is_open(worker.started_on, opened_on=point.opened_on, closed_on=point.closed_on):
        cells.wrong("started_on", "point_not_open", "到岗当日该站点没有开放，请核对到岗日期。")
        return
    held = known.assignments.get(person.id, []) if person.id else []
    here = [a for a in held if a.point_id == point.id]
    if any(a.started_on == worker.started_on for a in here):
        return
    assignment = with_start(person, point, worker.started_on, here)
    if assignment is None:
        cells.wrong("started_on", "overlapping", "与此人在该站点已有的在岗记录重叠，请核对到岗日期。")
        return
    note_elsewhere(worker, [a for a in held if a.point_id != point.id])
    plan.assignments.append(assignment)
    if person.id is not None:
        before = next((str(a.started_on) for a in here if a.id == assignment.id), None)
        person.changes_to("started_on", before, f"{worker.started_on}（{point.name}）")


def with_start(
    person: Person, point: KnownPoint, started_on: date, here: Sequence[KnownAssignment]
) -> Assignment | None:
    """Whoever works there still has their start put right; whoever has left may come back."""
    running = next((a for a in here if a.ended_on in (None, point.closed_on)), None)
    others = [Period(a.started_on, a.ended_on) for a in here if a is not running]
    if overlap([Period(started_on, point.closed_on)], others):
        return None
    return Assignment(None if running is None else running.id, person, point, started_on)


def note_elsewhere(worker: Worker, others: Sequence[KnownAssignment]) -> None:
    if any(a.ended_on is None for a in others):
        worker.cells.note(
            "point_number", "works_elsewhere", "此人在另一站点仍登记为在岗。请核对；如已离开，请登记离岗。"
        )
