"""Every question put to the table of contracts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID

import asyncpg
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.facts import Period
from services.contracts.procurement import ContractOut, ProjectState
from services.kernel import listing
from services.kernel.actor import Actor
from services.kernel.db import everywhere
from services.kernel.errors import NotFound
from services.kernel.listing import Conditions
from services.kernel.paging import Page
from services.procurement.asking import READ, WRITE
from services.procurement.contracts import rules
from services.procurement.contracts.models import Contract
from services.procurement.projects.models import Project
from services.procurement.projects.queries import LIVE, Within
from services.procurement.projects.queries import for_update as project_for_update

SELECT = """
select c.id, c.project_id, p.name as project_name, p.state, c.number, p.division, c.signed_on, c.start_on as start,
  c.end_on as end, c.value, c.committed, c.paid, c.stable, c.served_divisions, c.service_point_ids, c.ended_on,
  c.end_reason, c.version{keys}
from contract c join project p on p.id = c.project_id {rows}"""
IN_ORDER: listing.Key = [("p.division", str), ("p.id", UUID), ("c.id", UUID)]


@dataclass(frozen=True)
class Sought:
    """What a list of contracts is narrowed to; with a day, to those in force on it."""

    q: str | None = None
    project_id: UUID | None = None
    service_point_id: UUID | None = None
    on: date | None = None


def made(row: asyncpg.Record, *, actor: Actor) -> ContractOut:
    may: list[str] = []
    if actor.reaches(WRITE, row["division"]):
        changeable = row["state"] == ProjectState.ACTIVE and row["ended_on"] is None
        payable = bool(rules.in_force(row["start"], row["end"], row["ended_on"]))
        may = ["update", "terminate"] * changeable + ["request_payment"] * payable
    warned = rules.warnings(row["signed_on"], row["start"], row["end"], stable=row["stable"])
    return ContractOut.model_validate({**row, "warnings": warned, "may": may})


async def contracts(
    db: asyncpg.Connection, actor: Actor, sought: Sought, *, within: Within, limit: int, cursor: str | None
) -> Page[ContractOut]:
    conditions = Conditions()
    for ranges in within:
        conditions.within("p.division", ranges)
    if sought.q is not None:
        conditions.add("(p.name like {} or c.number = {})", f"%{listing.literally(sought.q)}%", sought.q)
    if sought.project_id is not None:
        conditions.add("c.project_id = {}", sought.project_id)
    if sought.service_point_id is not None:
        conditions.add("c.service_point_ids @> array[{}::uuid]", sought.service_point_id)
    if sought.on is not None:
        conditions.add(LIVE.format(f"{conditions.value(sought.on)}::date"))
    made_ = partial(made, actor=actor)
    return await listing.page(db, SELECT, conditions, key=IN_ORDER, cursor=cursor, limit=limit, made=made_)


async def contract(db: asyncpg.Connection, actor: Actor, id: UUID, permission: str = READ) -> ContractOut:
    conditions = Conditions()
    conditions.add("c.id = {}", id)
    conditions.within("p.division", actor.ranges(permission))
    return await listing.one(db, SELECT, conditions, made=partial(made, actor=actor))


# ── to be changed ────────────────────────────────────────────────────────────────────────────────────────────────────
async def for_update(tx: AsyncSession, actor: Actor, id: UUID) -> tuple[Project, Contract]:
    """The project first: project, contract, copies is the one order in which everybody locks."""
    project = (await tx.exec(select(Contract.project_id).where(Contract.id == id))).first()
    if project is None:
        raise NotFound(listing.NOT_HERE)
    found = await project_for_update(tx, actor, project)
    return found, await tx.get_one(Contract, id, with_for_update=True)


async def of_project(tx: AsyncSession, project: UUID) -> Sequence[Contract]:
    theirs = select(Contract).where(Contract.project_id == project).order_by(col(Contract.id)).with_for_update()
    return (await tx.exec(theirs)).all()


async def contracted(tx: AsyncSession, project: UUID) -> list[Period]:
    """When the project has a contract in force."""
    return [p for c in await of_project(tx, project) for p in rules.in_force(c.start_on, c.end_on, c.ended_on)]


async def number_taken(tx: AsyncSession, number: str) -> bool:
    async with everywhere(tx, "a number is given once in the whole city"):
        return (await tx.exec(select(Contract.id).where(Contract.number == number))).first() is not None
