"""Following training's feed: its word on a person takes the place of the one before, a reversal too (CE-11)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from services.contracts.facts import SubjectState
from services.contracts.training import TrainingStanding
from services.kernel.app import Task
from services.kernel.copies import Source, heard
from services.kernel.db import everywhere_over
from services.registry.education.rules import SOURCE

PERSON = "person:"
WHY = "training's word may be about anybody"
FORGET = "delete from education_credit where person_id = any($1::uuid[])"
FORGET_ALL = "delete from education_credit"
# Whoever is not here (any more) has nothing to be renewed.
KEEP = """
insert into education_credit (person_id, day, form, minutes)
select said.* from unnest($1::uuid[], $2::date[], $3::text[], $4::int[]) said(person_id, day, form, minutes)
join person p on p.id = said.person_id order by said.person_id, said.day, said.form"""


def following(services: Mapping[str, str]) -> list[Task]:
    """Without training's address it follows nobody: then nothing is known, and nothing taken for done."""
    address = services.get(SOURCE)
    return [heard(Source(SOURCE, "培训服务", address), take_in, forget)] if address else []


async def take_in(db: asyncpg.Connection, items: Sequence[SubjectState]) -> None:
    """The last word of each person of one page; of supervisors, bases and sites nothing is kept."""
    said = {UUID(i.subject.removeprefix(PERSON)): i.record for i in items if i.subject.startswith(PERSON)}
    rows = [
        (person, credit.day, credit.form.value, credit.minutes)
        for person, record in said.items()
        if record is not None
        for credit in TrainingStanding.model_validate(record).credits
    ]
    async with everywhere_over(db, WHY):
        await db.execute(FORGET, list(said))
        await db.execute(KEEP, *([row[n] for row in rows] for n in range(4)))


async def forget(db: asyncpg.Connection) -> None:
    """The feed begins anew: until all of it has been heard again, nothing can be decided."""
    async with everywhere_over(db, WHY):
        await db.execute(FORGET_ALL)
