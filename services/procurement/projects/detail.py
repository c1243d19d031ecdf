"""One project as a page shows it: with its contracts, whoever works on it on a day, and how many are qualified."""

from datetime import date
from uuid import UUID

import asyncpg

from services.contracts.procurement import ProjectDetail
from services.kernel.actor import Actor
from services.procurement.contracts import queries as contracts
from services.procurement.projects import queries
from services.procurement.staff import queries as staff

MOST = 500  # contracts, or people, that are shown; the lists have them all


async def detail(db: asyncpg.Connection, actor: Actor, id: UUID, on: date) -> ProjectDetail:
    found = await queries.project(db, actor, id, on=on)
    signed = await contracts.contracts(db, actor, contracts.Sought(project_id=id), within=[], limit=MOST, cursor=None)
    there = staff.Sought(project_id=id, there=True)
    people = await staff.staff(db, actor, there, within=[], on=on, limit=MOST, cursor=None)
    share = await staff.share(db, id, on)
    return ProjectDetail(**found.model_dump(), contracts=signed.items, staff=people.items, staff_share=share)
