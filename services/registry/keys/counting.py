"""How many rows lie under which key: what a rotation has still to do, and whether a key may go."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.kernel.db import run

# What lies under each key of a ring, by its id. Of an own key the generation is named after the data key.
USES: Mapping[str, str] = {
    "data": """
select substr(generation, 5) as key, 'person_key' as what, count(*) as rows from person_key group by 1
union all select sealed_under(id_number), 'person.id_number', count(*) from person
  where id_number <> '' and sealed_under(id_number) not like 'own-%' group by 1
union all select sealed_under(phone), 'person.phone', count(*) from person
  where phone is not null and sealed_under(phone) not like 'own-%' group by 1
union all select sealed_under(phone), 'service_point.phone', count(*) from service_point
  where phone is not null group by 1
union all select sealed_under(sealed), 'import_content', count(*) from import_content group by 1
union all select sealed_under(id_number), 'exam_result', count(*) from exam_result where id_number <> '' group by 1
union all select sealed_under(contents), 'correction', count(*) from correction
  where contents is not null group by 1""",
    "index": """
select key_id as key, 'person_index' as what, count(*) as rows from person_index group by 1
union all select blind_under(phone_index), 'person.phone_index', count(*) from person
  where phone_index is not null group by 1
union all select blind_under(nullif(born_index, '')), 'person.born_index', count(*) from person
  where born_index <> '' group by 1
union all select blind_under(phone_index), 'service_point.phone_index', count(*) from service_point
  where phone_index is not null group by 1
union all select blind_under(id_index), 'exam_result.id_index', count(*) from exam_result
  where id_index is not null group by 1""",
    "master": "select master as key, 'person_key' as what, count(*) as rows from person_key group by 1",
}
# Written while nobody else writes: what is not committed yet counts too.
LOCKED = {
    "data": "person, person_key, service_point, import_content, correction, exam_result",
    "index": "person, person_index, service_point, exam_result",
    "master": "person_key",
}
UNINDEXED = text("""
select count(*) from person p where p.id_number <> ''
and not exists (select from person_index i where i.person_id = p.id and i.key_id = :index)""")
Uses = dict[str, dict[str, int]]


async def uses(tx: AsyncSession, ring: str) -> Uses:
    """By key id: where, and how many rows."""
    found: Uses = {}
    for row in (await run(tx, text(f"{USES[ring]} order by 1, 2"), {})).all():
        found.setdefault(row.key, {})[row.what] = row.rows
    return found


async def unindexed(tx: AsyncSession, index: str) -> int:
    """People whom the index key does not find."""
    return int((await run(tx, UNINDEXED, {"index": index})).scalar_one())


async def lock_writers(tx: AsyncSession, ring: str) -> None:
    """Readers go on; whoever writes waits, and whoever has written is waited for, four seconds at most."""
    await run(tx, text("set local lock_timeout = '4s'"), {})
    await run(tx, text(f"lock table {LOCKED[ring]} in share mode"), {})
