"""The names of a person: the right one given, the one of before kept, so that whoever knows it still finds them."""

from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registry_events import PersonChanged
from services.contracts.same_people import AddFormerName, FormerNameAdded, GiveName, NameConfirmed, NameKind, NameSource
from services.kernel.actor import Actor
from services.kernel.db import run
from services.kernel.errors import NotFound
from services.kernel.feed import record
from services.kernel.listing import NOT_HERE
from services.kernel.versions import check_version
from services.registry.people.models import Person
from services.registry.people.queries import merged
from services.registry.people.rules import canonical, person_name
from services.registry.same_people import rules

WRITE = "registry:write"
KEEP = text("""
insert into person_former_name (person_id, name, canonical, start_on, end_on, source, note, recorded_by)
values (:person, :name, :canonical, :start_on, :end_on, :source, :note, :by)
on conflict (person_id, canonical) do nothing returning id""")


async def person_for_update(tx: AsyncSession, actor: Actor, id: UUID, if_match: str | None) -> Person:
    found = (await tx.exec(select(Person).where(col(Person.id) == id).with_for_update())).one_or_none()
    if found is None or not found.id_number:
        raise NotFound(NOT_HERE)
    actor.require_at(WRITE, found.division)
    if found.merged_into is not None:
        raise merged(found.merged_into)
    if if_match is not None:
        check_version(found.version, if_match)
    return found


async def give(
    tx: AsyncSession, actor: Actor, id: UUID, order: GiveName, if_match: str | None, today: date
) -> None:  # fmt: skip
    """The right name, as the document has it; said again as it is, it is confirmed, whatever its characters."""
    person = await person_for_update(tx, actor, id, if_match)
    check_days(order.changed_on, None, today)
    before, name = person.name, person_name(order.name)
    if name == before and (person.name_confirmed == name or order.kind is NameKind.RENAMED):
        raise rules.SameName("姓名没有变化，无须办理。", code="same_name")
    person.name_confirmed, person.version = name, person.version + 1
    if name == before:
        await record(tx, actor, f"person:{id}", NameConfirmed(person_id=id))
        return
    person.name, person.canonical = name, canonical(name)
    source = NameSource(order.kind.value)
    await keep(tx, actor, id, before, source, end_on=order.changed_on, note=order.reason)
    changed = PersonChanged(person_id=id, division=person.division, fields=["name"])
    await record(tx, actor, f"person:{id}", changed)


async def add_former(tx: AsyncSession, actor: Actor, id: UUID, order: AddFormerName, today: date) -> None:
    """One that somebody once had."""
    person = await person_for_update(tx, actor, id, None)
    check_days(order.start_on, order.end_on, today)
    name = person_name(order.name)
    if canonical(name) == person.canonical:
        raise rules.SameName("这是现在的姓名，不是曾用名，请核对。", code="same_name")
    kept = await keep(
        tx, actor, id, name, NameSource.TOLD, start_on=order.start_on, end_on=order.end_on, note=order.note
    )
    if not kept:
        raise rules.SameName("这个曾用名已经登记，无须重复。", code="known_already")


async def keep(
    tx: AsyncSession, actor: Actor, person: UUID, name: str, source: NameSource, *, start_on: date | None = None,
    end_on: date | None = None, note: str,
) -> bool:  # fmt: skip
    """As a former name, unless it is known as one."""
    await tx.flush()
    kept = await run(tx, KEEP, {
        "person": person, "name": name, "canonical": canonical(name), "start_on": start_on, "end_on": end_on,
        "source": source.value, "note": note, "by": actor.id,
    })  # fmt: skip
    if kept.one_or_none() is None:
        return False
    await record(tx, actor, f"person:{person}", FormerNameAdded(person_id=person, source=source))
    return True


def check_days(start: date | None, end: date | None, today: date) -> None:
    if any(day is not None and day > today for day in (start, end)):
        raise rules.WrongDay("日期在今天之后，请核对。", code="in_future")
    if start is not None and end is not None and end <= start:
        raise rules.WrongDay("起始日期晚于截止日期，请核对。", code="backwards")
