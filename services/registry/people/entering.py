"""One person entered by hand: the number first, exactly; whoever may be the same by name and birth date is found, too.

Whoever is known already is not entered again: the refusal names them, masked, or says that the city knows.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.people import EnterPerson
from services.contracts.registry_events import PersonAdded
from services.kernel.actor import Actor
from services.kernel.crypto import Blind, Vault
from services.kernel.db import copy_rows, everywhere, run
from services.kernel.errors import Conflict, FieldError, Unprocessable
from services.kernel.feed import record
from services.kernel.listing import plain
from services.registry.changes import new_ids
from services.registry.divisions.queries import existing
from services.registry.keys.opening import index_rows, key_row, place
from services.registry.people import rules
from services.registry.people.models import Person
from services.registry.personal import born_blind, id_blinds, masked_id, sealed_phone
from services.registry.publishing import publish_people

WRITE = "registry:write"
EMPLOYER = text("select division from organization where id = :id for share")
KNOWN = text("""
select p.id, p.name, p.id_masked, p.division from person_index i
join person q on q.id = i.person_id join person p on p.id = coalesce(q.merged_into, q.id)
where (i.key_id, i.blind) in (select * from unnest(cast(:keys as text[]), cast(:blinds as bytea[]))) limit 1""")


class KnownAlready(Conflict):
    english = "This identity number is registered already."


class NoPlace(Unprocessable):
    english = "Say where the person counts: an employer, or a division."


async def enter(tx: AsyncSession, actor: Actor, vault: Vault, order: EnterPerson, today: date) -> UUID:
    name, number = rules.person_name(order.name), rules.id_number(order.id_type, order.id_number, today)
    division = await counts_at(tx, order)
    actor.require_at(WRITE, division)
    blinds = id_blinds(vault, order.id_type, number)
    [id] = await new_ids(tx, 1)
    own = vault.own_key()
    phone, phone_index, phone_masked = sealed_phone(vault, "person", id, order.phone, own)
    tx.add(Person(
        id=id, id_type=order.id_type, id_number=own.seal(number.encode(), place("id_number", id)),
        id_masked=masked_id(number), born_index=born_blind(vault, order.id_type, number), name=name,
        canonical=rules.canonical(name), phone=phone, phone_index=phone_index, phone_masked=phone_masked,
        education=order.education, major=order.major, related_major=rules.is_related(order.major),
        employer_id=order.employer_id, division=division, direct_service=order.direct_service,
    ))  # fmt: skip
    await tx.flush()  # whoever may not write there learns nothing of anybody
    await check_new(tx, actor, blinds)
    for table, rows in (("person_key", [key_row(vault, id, own)]), ("person_index", index_rows(id, blinds))):
        await copy_rows(tx, table, list(rows[0]), [tuple(row.values()) for row in rows])
    await record(tx, actor, f"person:{id}", PersonAdded(person_id=id, division=division))
    await publish_people(tx, [id])
    return id


async def counts_at(tx: AsyncSession, order: EnterPerson) -> str:
    """Where the employer is; else where it is said."""
    if order.employer_id is not None:
        found = (await run(tx, EMPLOYER, {"id": order.employer_id})).scalar_one_or_none()
        if found is None:
            wrong = FieldError(field="employer_id", code="no_such_organization", detail="没有这个机构")
            raise Unprocessable("没有这个工作单位，请核对机构编号。", code="no_such_organization", errors=[wrong])
        return str(found)
    if order.division is None:
        wrong = FieldError(field="employer_id", code="no_place", detail="请填写工作单位，或选择区划")
        raise NoPlace("请填写工作单位；没有工作单位的，请选择计入的区划。", code="no_place", errors=[wrong])
    await existing(await plain(tx), order.division)
    return order.division


async def check_new(tx: AsyncSession, actor: Actor, blinds: Sequence[Blind]) -> None:
    """Wherever somebody lies; who that is, is told to whoever may see them."""
    asked = {"keys": [b.key for b in blinds], "blinds": [b.mac for b in blinds]}
    wrong = FieldError(field="id_number", code="known_already", detail="这个证件号码已经登记")
    near = (await run(tx, KNOWN, asked)).one_or_none()
    if near is not None and actor.reaches("registry:read", near.division):
        detail = f"这个证件号码已登记为{near.name}（{near.id_masked}），请勿重复登记；请在该人员的记录上办理。"
        raise KnownAlready(detail, code="known_already", params={"person_id": str(near.id)}, errors=[wrong])
    async with everywhere(tx, "whether somebody is registered already is asked of the whole city"):
        known = (await run(tx, KNOWN, asked)).one_or_none()
    if known is not None:
        raise KnownAlready("这个证件号码已在另一区县登记，请联系市级核对。", code="ask_city", errors=[wrong])
