"""What an approved correction changes: the row itself, what is sealed and found by it, and the events that say so."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.corrections import Correctable, Of
from services.contracts.registry import IdType, Level
from services.contracts.registry_events import CertificateChanged, PersonChanged, RegistrationChanged
from services.contracts.same_people import NameSource
from services.kernel.actor import Actor
from services.kernel.crypto import Vault
from services.kernel.db import run
from services.kernel.feed import record
from services.kernel.listing import plain
from services.registry.corrections.fields import Values
from services.registry.corrections.reading import Standing
from services.registry.corrections.rules import NumberTaken
from services.registry.keys.opening import own_keys, place
from services.registry.people import rules as people
from services.registry.personal import born_blind, id_blinds, masked_id, sealed_phone
from services.registry.same_people.names import keep

F = Correctable
CHANGED = text("""
update person set name = cast(:name as varchar), canonical = :canonical, education = :education, major = :major,
  related_major = :related, direct_service = :direct, version = version + 1,
  name_confirmed = case when name = cast(:name as varchar) then name_confirmed else cast(:name as varchar) end
where id = :id""")
NUMBER = text("""
update person set id_type = :kind, id_number = :sealed, id_masked = :masked, id_index = null, born_index = :born
where id = :id""")
PHONE = text("update person set phone = :sealed, phone_index = :blind, phone_masked = :masked where id = :id")
UNINDEX = text("delete from person_index where person_id = :id")
INDEX = text("""
insert into person_index (key_id, blind, person_id)
select k, b, :id from unnest(cast(:keys as text[]), cast(:blinds as bytea[])) t(k, b)""")
WHOSE = text("""
select exists (select from person_index where person_id <> :id
  and (key_id, blind) in (select * from unnest(cast(:keys as text[]), cast(:blinds as bytea[]))))""")
CERTIFICATE = text("""
update certificate set level = :level, management_number = :number, approved_on = :approved, version = version + 1
where id = :id""")
REGISTRATION = text("update registration set start_on = :start, end_on = :end where id = :id")
CERTIFICATE_OF = text("select certificate_id from registration where id = :id")


WRONG_NAME = "经批准更正"


async def check_free(tx: AsyncSession, vault: Vault, of: Of, standing: Standing, changes: Values) -> None:
    """A number is one person's, wherever they count: whose it is, is not said (ID-01)."""
    if of is Of.PERSON and {F.ID_NUMBER, F.ID_TYPE} & changes.keys():
        blinds = blinds_of(vault, {**standing.values, **changes})
        if (await run(tx, WHOSE, {"id": standing.person_id, **blinds})).scalar_one():
            raise NumberTaken(
                "该证件号码已登记给另一人，不能更正为这个号码。请核对；如是同一人，请办理合并。", code="number_taken",
                rule="ID-01",
            )  # fmt: skip


def blinds_of(vault: Vault, values: Values) -> dict[str, object]:
    blinds = id_blinds(vault, IdType(str(values[F.ID_TYPE])), str(values[F.ID_NUMBER]))
    return {"keys": [b.key for b in blinds], "blinds": [b.mac for b in blinds]}


async def apply(tx: AsyncSession, actor: Actor, vault: Vault, of: Of, standing: Standing, changes: Values) -> None:
    after: Mapping[Correctable, str | None] = {**standing.values, **changes}
    event: BaseModel
    if of is Of.PERSON:
        event = await person(tx, vault, standing, after, changes)
        if F.NAME in changes:  # whoever knows the wrong one still finds them
            await keep(tx, actor, standing.person_id, standing.person_name, NameSource.COMPLETED, note=WRONG_NAME)
    elif of is Of.CERTIFICATE:
        event = await certificate(tx, standing, after, changes)
    else:
        event = await registration(tx, standing, after, changes)
    await record(tx, actor, f"{of.value}:{standing.record_id}", event)


async def person(tx: AsyncSession, vault: Vault, standing: Standing, after: Values, changes: Values) -> BaseModel:
    id, name, major, direct = standing.person_id, str(after[F.NAME]), after[F.MAJOR], after[F.DIRECT_SERVICE]
    said = {
        "id": id, "name": name, "canonical": people.canonical(name), "education": after[F.EDUCATION], "major": major,
        "related": people.is_related(major), "direct": None if direct is None else direct == "true",
    }  # fmt: skip
    await run(tx, CHANGED, said)
    if {F.ID_NUMBER, F.ID_TYPE} & changes.keys():
        await renumber(tx, vault, id, after)
    if F.PHONE in changes:
        own = (await own_keys(await plain(tx), vault, [id])).get(id)
        sealed, blind, masked = sealed_phone(vault, "person", id, after[F.PHONE], own)
        await run(tx, PHONE, {"id": id, "sealed": sealed, "blind": blind, "masked": masked})
    return PersonChanged(person_id=id, division=standing.division, fields=[f.value for f in changes])


async def renumber(tx: AsyncSession, vault: Vault, id: UUID, after: Values) -> None:
    """Sealed with the person's own key, and found under every index key, as when it was first written (PI-14)."""
    number, at = str(after[F.ID_NUMBER]), place("id_number", id)
    own = (await own_keys(await plain(tx), vault, [id])).get(id)
    sealed = vault.seal(number, at) if own is None else own.seal(number.encode(), at)
    born = born_blind(vault, IdType(str(after[F.ID_TYPE])), number)
    said = {"kind": after[F.ID_TYPE], "sealed": sealed, "masked": masked_id(number), "born": born}
    await run(tx, NUMBER, {"id": id, **said})
    await run(tx, UNINDEX, {"id": id})
    await run(tx, INDEX, {"id": id, **blinds_of(vault, after)})


async def certificate(tx: AsyncSession, standing: Standing, after: Values, changes: Values) -> BaseModel:
    level, approved = Level(str(after[F.LEVEL])), date.fromisoformat(str(after[F.APPROVED_ON]))
    said = {"id": standing.record_id, "level": level.value, "number": after[F.MANAGEMENT_NUMBER], "approved": approved}
    await run(tx, CERTIFICATE, said)
    return CertificateChanged(
        certificate_id=standing.record_id, person_id=standing.person_id, level=level, approved_on=approved,
        fields=[f.value for f in changes],
    )  # fmt: skip


async def registration(tx: AsyncSession, standing: Standing, after: Values, changes: Values) -> BaseModel:
    """An overlap with another term of the same certificate the database refuses."""
    start, end = (date.fromisoformat(str(after[f])) for f in (F.START_ON, F.END_ON))
    await run(tx, REGISTRATION, {"id": standing.record_id, "start": start, "end": end})
    of = (await run(tx, CERTIFICATE_OF, {"id": standing.record_id})).scalar_one()
    words = {F.START_ON: "start", F.END_ON: "end"}
    return RegistrationChanged(
        registration_id=standing.record_id, person_id=standing.person_id, certificate_id=of, start=start, end=end,
        fields=[words[f] for f in changes],
    )  # fmt: skip
