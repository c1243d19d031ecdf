"""What an approved change does to its person: name, phone, employer, place; no day of a term is touched (REG-19)."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registrations import Change
from services.contracts.registry_events import Event, PersonChanged
from services.contracts.same_people import NameSource
from services.kernel.actor import Actor
from services.kernel.crypto import Key, Undecipherable, Vault
from services.kernel.db import run
from services.kernel.errors import Conflict
from services.kernel.listing import plain
from services.registry.keys.opening import own_keys, place
from services.registry.people.rules import canonical, person_name
from services.registry.personal import masked_phone, sealed_phone
from services.registry.registrations.models import RegistrationApplication
from services.registry.same_people.names import keep

NOTE = "变更登记第 {} 号"
NAMED = text("select name from person where id = :id for update")
EMPLOYED = text("select division from organization where id = :id for share")
MOVE = text("""
update person set employer_id = coalesce(:employer, employer_id), division = coalesce(:division, division),
  name = coalesce(:name, name), canonical = coalesce(:canonical, canonical), version = version + 1
where id = :id returning division""")
PHONE = text("update person set phone = :sealed, phone_index = :blind, phone_masked = :masked where id = :id")


class PhoneUnreadable(Conflict):
    english = "The new phone cannot be read any more; it must be given again."


class NoKey(Conflict):
    english = "This person has no key to seal a phone with."


async def own_key(tx: AsyncSession, vault: Vault, person: UUID) -> Key:
    """Somebody erased has none."""
    own = (await own_keys(await plain(tx), vault, [person])).get(person)
    if own is None:
        raise NoKey("此人的个人信息已清除或密钥尚未就绪，不能登记联系电话。请稍后再试。", code="no_key")
    return own


async def sealed(tx: AsyncSession, vault: Vault, person: UUID, change: Change | None) -> dict[str, Any]:
    """The phone as an application keeps it, until it is done: with the person's own key, with which it goes (PI-14)."""
    if change is not None and change.name is not None:
        person_name(change.name)
    if change is None or change.phone is None:
        return {"new_phone": None, "new_phone_masked": None}
    own = await own_key(tx, vault, person)
    cipher = own.seal(change.phone.encode(), place("new_phone", person))
    return {"new_phone": cipher, "new_phone_masked": masked_phone(change.phone)}


async def change_person(
    tx: AsyncSession, actor: Actor, vault: Vault, application: RegistrationApplication, day: date
) -> list[Event]:
    """To another employer, and so to where that one is; or to another place. The name of before stays a former one."""
    id, employer, division = application.person_id, application.new_employer_id, application.new_division
    if employer is not None:
        division = (await run(tx, EMPLOYED, {"id": employer})).scalar_one()
    before: str = (await run(tx, NAMED, {"id": id})).scalar_one()
    name = application.new_name if application.new_name != before else None
    said = {"name": name, "canonical": name and canonical(name), "division": division, "employer": employer, "id": id}
    at = str((await run(tx, MOVE, said)).scalar_one())
    if name is not None:
        await keep(tx, actor, id, before, NameSource.RENAMED, end_on=day, note=NOTE.format(application.number))
    phoned = await change_phone(tx, vault, application)
    changed = {"division": division, "employer_id": employer, "name": name, "phone": phoned}
    fields = [field for field, value in changed.items() if value]
    return [PersonChanged(person_id=id, division=at, fields=fields)]


async def change_phone(tx: AsyncSession, vault: Vault, application: RegistrationApplication) -> bool:
    """Sealed anew where it lies from now on; in the application what is left of it is the mask."""
    if application.new_phone is None:
        return False
    id, own = application.person_id, await own_key(tx, vault, application.person_id)
    try:
        number = own.open(application.new_phone, place("new_phone", id)).decode()
    except Undecipherable as error:
        detail = "新的联系电话已无法读取（密钥已更换），请不予通过并重新申请。"
        raise PhoneUnreadable(detail, code="phone_unreadable") from error
    cipher, blind, masked = sealed_phone(vault, "person", id, number, own)
    await run(tx, PHONE, {"id": id, "sealed": cipher, "blind": blind, "masked": masked})
    application.new_phone = None
    return True
