"""A list of exam results held against what is known: what is new, what changes, what contradicts."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.contracts.exams import PAPER_NAMES, UNIT_TYPE_NAMES, ExamVerdict, Paper, UnitType
from services.contracts.imports import Change
from services.contracts.registry import Level
from services.registry.exams import rules
from services.registry.exams.rules import Sitting
from services.registry.imports.exams.rows import BY_FIELD, Candidate
from services.registry.imports.organizations import Organizations
from services.registry.imports.roster import Findings, Shown
from services.registry.people.rules import canonical

# Row by row (`offset 0`): of a table that an import is just filling PostgreSQL knows too little to choose a join.
KNOWN = """
select known.* from unnest($1::bytea[]) b(blind) cross join lateral (
  select r.id, r.id_index, r.name, r.exam_year, r.level, r.division, r.unit_type, r.comprehensive, r.policy, r.practice,
    r.absent, r.stated, r.verdict
  from exam_result r where r.id_index = b.blind offset 0) known"""


class Known(NamedTuple):
    """A result of the register."""

    id: UUID
    name: str
    sitting: Sitting
    unit_type: UnitType
    stated: bool | None
    verdict: ExamVerdict


@dataclass(eq=False)
class Draft:
    """A result to be written: `id` None if it is new, and given before the writing."""

    id: UUID | None
    candidate: Candidate
    unit_type: UnitType
    stated: bool | None
    verdict: ExamVerdict = ExamVerdict.CANNOT_DECIDE
    fields: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def changes_to(self, name: str, before: str | None, after: str | None) -> None:
        self.fields.append(name)
        self.changes.append(Change(column=BY_FIELD[name].title, before=before, after=after))


class Decided(NamedTuple):
    """Another result of the same candidate, whose verdict these rows change."""

    known: Known
    verdict: ExamVerdict


@dataclass
class Plan:
    results: list[Draft] = field(default_factory=list)  # new, or with changes
    decided: list[Decided] = field(default_factory=list)
    shown: Shown = field(default_factory=Shown)


Of = dict[bytes, list[Known]]  # by the candidate's index


async def load_known(db: asyncpg.Connection, candidates: Sequence[Candidate]) -> Of:
    """Every result of these candidates, of whichever year: papers are carried over (CERT-02)."""
    found: Of = defaultdict(list)
    for r in await db.fetch(KNOWN, list({form for c in candidates for form in c.forms})):
        scores: dict[Paper, Decimal | None] = {Paper(paper): None for paper in r["absent"]}
        scores |= {paper: r[paper.value] for paper in Paper if r[paper.value] is not None}
        sitting = Sitting(r["exam_year"], Level(r["level"]), r["division"], scores)
        known = Known(r["id"], r["name"], sitting, UnitType(r["unit_type"]), r["stated"], ExamVerdict(r["verdict"]))
        found[r["id_index"]].append(known)
    return found


def decide(
    candidates: Sequence[Candidate], known: Of, _: Organizations, reaches: Callable[[str], bool], findings: Findings
) -> Plan:
    plan, sat = Plan(), defaultdict[bytes, list[Draft]](list)
    for candidate in candidates:
        others = [k for form in candidate.forms for k in known.get(form, ())]
        draft = draft_of(candidate, others, reaches)
        if draft is not None and findings.outcome(candidate.cells.row.number) is None:
            plan.shown.add(candidate.cells.row.number, draft.id, draft.changes, known=draft.id is not None)
            sat[candidate.forms[0]].append(draft)
    for drafts in sat.values():
        judge(plan, drafts, [k for form in drafts[0].candidate.forms for k in known.get(form, ())])
    return plan


def draft_of(candidate: Candidate, others: Sequence[Known], reaches: Callable[[str], bool]) -> Draft | None:
    """Somebody under another name is for a person to decide; what lies elsewhere is not hers to see."""
    cells, year, level = candidate.cells, candidate.sitting.exam_year, candidate.sitting.level
    same = next((k for k in others if (k.sitting.exam_year, k.sitting.level) == (year, level)), None)
    if same is None:
        return Draft(None, candidate, candidate.unit_type or UnitType.UNKNOWN, candidate.stated)
    if not reaches(same.sitting.division):
        cells.elsewhere("id_number")
        return None
    if canonical(same.name) != canonical(candidate.name):
        cells.conflict("name", "other_name", "该考生这一年度的成绩已登记为另一姓名，请核对。")
        return None
    stated = same.stated if candidate.stated is None else candidate.stated
    draft = Draft(same.id, candidate, candidate.unit_type or same.unit_type, stated)
    note_changes(draft, same)
    return draft


def note_changes(draft: Draft, before: Known) -> None:
    """What the row says, and says differently."""
    now, then = draft.candidate.sitting, before.sitting
    if now.division != then.division:
        draft.changes_to("division_code", then.division, now.division)
    for paper in PAPER_NAMES:
        if in_words(now.scores, paper) != in_words(then.scores, paper):
            draft.changes_to(paper.value, in_words(then.scores, paper), in_words(now.scores, paper))
    if draft.unit_type is not before.unit_type:
        draft.changes_to("unit_type", UNIT_TYPE_NAMES[before.unit_type], UNIT_TYPE_NAMES[draft.unit_type])
    if draft.stated != before.stated:
        draft.changes_to("stated", yes(before.stated), yes(draft.stated))


def in_words(scores: Mapping[Paper, Decimal | None], paper: Paper) -> str | None:
    if paper not in scores:
        return None
    score = scores[paper]
    return "缺考" if score is None else f"{score.normalize():f}"


def yes(value: bool | None) -> str | None:
    return None if value is None else "是" if value else "否"


def judge(plan: Plan, drafts: Sequence[Draft], others: Iterable[Known]) -> None:
    """All of one candidate: what is known beside what is new, for each may decide on another year."""
    written = {draft.id for draft in drafts}
    rest = [k for k in others if k.id not in written]
    sittings = [d.candidate.sitting for d in drafts] + [k.sitting for k in rest]

    def of(sitting: Sitting) -> list[Sitting]:
        return [s for s in sittings if s.level is sitting.level and s.exam_year < sitting.exam_year]

    known = {k.id: k for k in others}
    for draft in drafts:
        sitting = draft.candidate.sitting
        note_stated(draft, rules.computed(sitting, of(sitting)))
        draft.verdict = rules.verdict(sitting, of(sitting), draft.stated)
        before = None if draft.id is None else known[draft.id].verdict
        if draft.id is None or draft.fields or draft.verdict is not before:
            plan.results.append(draft)
    for one in rest:
        verdict = rules.verdict(one.sitting, of(one.sitting), one.stated)
        if verdict is not one.verdict:
            plan.decided.append(Decided(one, verdict))


def note_stated(draft: Draft, ours: ExamVerdict) -> None:
    """The official list may know what we do not, a line of its own in its notice (CERT-03): it warns."""
    if rules.differs(ours, draft.candidate.stated):
        detail = "与按合格标准判断的结果不一致，将按名册登记。请对照考试机构的通知核对。"
        draft.candidate.cells.note("stated", "stated_otherwise", detail)
