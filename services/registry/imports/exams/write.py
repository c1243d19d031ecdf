"""A decided list of exam results, written."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel

from services.contracts.exams import Paper
from services.contracts.registry_events import ExamResultAdded, ExamResultChanged
from services.kernel.crypto import Vault
from services.kernel.db import everywhere
from services.registry.exams.rules import Sitting
from services.registry.exams.sealing import place
from services.registry.imports.exams.plan import Decided, Draft, Plan
from services.registry.imports.writing import Batch, given
from services.registry.personal import masked_id

CHANGE = """
update exam_result r set division = u.division, unit_type = u.unit_type, comprehensive = u.comprehensive,
  policy = u.policy, practice = u.practice, absent = string_to_array(u.absent, ','), stated = u.stated,
  verdict = u.verdict, version = r.version + 1
from unnest(
  cast(:id as uuid[]), cast(:division as text[]), cast(:unit_type as text[]), cast(:comprehensive as numeric[]),
  cast(:policy as numeric[]), cast(:practice as numeric[]), cast(:absent as text[]), cast(:stated as boolean[]),
  cast(:verdict as text[]))
  u(id, division, unit_type, comprehensive, policy, practice, absent, stated, verdict)
where r.id = u.id"""
DECIDE = """
update exam_result r set verdict = u.verdict, version = r.version + 1
from unnest(cast(:id as uuid[]), cast(:verdict as text[])) u(id, verdict) where r.id = u.id"""
CARRIED = "what a candidate has passed in one division counts in the next year in another"


async def write(batch: Batch, plan: Plan, vault: Vault, subjects: Mapping[int, UUID]) -> set[UUID]:
    """Whatever is new gets the id that was shown for its row. No point has anything to do with it."""
    new, known = [d for d in plan.results if d.id is None], [d for d in plan.results if d.id is not None]
    for draft in new:
        draft.id = subjects[draft.candidate.cells.row.number]
    await batch.copy("exam_result", await asyncio.to_thread(lambda: [new_row(d, vault) for d in new]))
    changed = [{**told(d), "absent": ",".join(absent(d.candidate.sitting))} for d in known]
    await batch.update(CHANGE, changed)
    async with everywhere(batch.tx, CARRIED):
        await batch.update(DECIDE, [{"id": d.known.id, "verdict": d.verdict.value} for d in plan.decided])
    await batch.tell((f"exam_result:{d.id}", event(d, batch.id, added=True)) for d in new)
    await batch.tell((f"exam_result:{d.id}", event(d, batch.id)) for d in known)
    await batch.tell((f"exam_result:{d.known.id}", decided(d, batch.id)) for d in plan.decided)
    return set()


def new_row(draft: Draft, vault: Vault) -> dict[str, object]:
    c, id = draft.candidate, given(draft.id)
    return {
        **told(draft),
        "absent": absent(c.sitting),
        "exam_year": c.sitting.exam_year,
        "level": c.sitting.level.value,
        "id_type": c.id_type.value,
        "id_number": vault.seal(c.id_number, place(id)),
        "id_index": c.forms[0],
        "id_masked": masked_id(c.id_number),
        "name": c.name,
    }


def told(draft: Draft) -> dict[str, object]:
    """The columns that a row may change."""
    sitting = draft.candidate.sitting
    scores: Mapping[str, Decimal | None] = {paper.value: sitting.scores.get(paper) for paper in Paper}
    return {
        "id": given(draft.id),
        "division": sitting.division,
        "unit_type": draft.unit_type.value,
        **scores,
        "stated": draft.stated,
        "verdict": draft.verdict.value,
    }


def absent(sitting: Sitting) -> list[str]:
    return sorted(paper.value for paper, score in sitting.scores.items() if score is None)


def event(draft: Draft, batch: UUID, *, added: bool = False) -> BaseModel:
    sitting = draft.candidate.sitting
    said = ExamResultAdded(
        result_id=given(draft.id), exam_year=sitting.exam_year, level=sitting.level, division=sitting.division,
        batch_id=batch,
    )  # fmt: skip
    return said if added else ExamResultChanged(**dict(said), fields=draft.fields or ["verdict"])


def decided(one: Decided, batch: UUID) -> BaseModel:
    sitting = one.known.sitting
    return ExamResultChanged(
        result_id=one.known.id, exam_year=sitting.exam_year, level=sitting.level, division=sitting.division,
        fields=["verdict"], batch_id=batch,
    )  # fmt: skip
