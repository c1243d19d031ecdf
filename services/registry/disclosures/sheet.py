"""The file of an export with personal data: its columns, and in the first line and in every row whose copy it is."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime

from pydantic import BaseModel

from services.contracts.disclosure import PURPOSE_NAMES, DisclosureColumn, Purpose
from services.contracts.registry import ID_TYPE_NAMES, LEVEL_NAMES, PersonOut
from services.kernel.clock import SHANGHAI
from services.kernel.export import DEMO, Column, Rows, Table, of_xlsx
from services.registry.disclosures.models import Disclosure
from services.registry.listing import last_day


class Line(BaseModel):
    """A person, with what was opened."""

    person: PersonOut
    id_number: str | None
    phone: str | None


C = DisclosureColumn
COLUMNS: Mapping[DisclosureColumn, Column[Line]] = {
    C.NAME: Column("姓名", lambda x: x.person.name),
    C.ID_TYPE: Column("证件类型", lambda x: ID_TYPE_NAMES[x.person.id_type]),
    C.ID_NUMBER: Column("证件号码", lambda x: x.id_number, 22),
    C.PHONE: Column("手机", lambda x: x.phone),
    C.LEVEL: Column("证书级别", lambda x: x.person.level and LEVEL_NAMES[x.person.level]),
    C.REGISTERED_UNTIL: Column("登记有效期止", lambda x: last_day(x.person.registered_until)),
    C.EMPLOYER: Column("工作单位", lambda x: x.person.employer_name, 30),
    C.DIVISION: Column("所在区划", lambda x: x.person.division_name),
    C.EDUCATION: Column("学历", lambda x: x.person.education),
    C.MAJOR: Column("专业", lambda x: x.person.major),
}


def mark(disclosure: Disclosure, at: datetime, *, demo: bool) -> str:
    """Who, when, what for, under which number (PI-13)."""
    parts = [
        f"编号 {disclosure.number}",
        *([DEMO] if demo else []),
        f"{disclosure.requester_name}（{disclosure.requested_by}）",
        f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        f"用途：{PURPOSE_NAMES[Purpose(disclosure.purpose)]}",
        "含个人信息，不得转发",
    ]
    return "；".join(parts)


def table(disclosure: Disclosure, mark: str) -> Table[Line]:
    said: Callable[[Line], str] = lambda _: mark  # noqa: E731
    columns = [COLUMNS[DisclosureColumn(c)] for c in disclosure.columns]
    return Table("disclosure", f"导出 {disclosure.number}", [*columns, Column("水印", said, 60)])


async def written(disclosure: Disclosure, mark: str, pages: AsyncIterator[list[Line]]) -> bytes:
    """A page of people in memory at a time."""
    marked = table(disclosure, mark)

    async def rows() -> AsyncIterator[Rows]:
        async for page in pages:
            yield [[c.value(line) for c in marked.columns] for line in page]

    file = await of_xlsx(mark, marked, [], rows())
    with file:
        return await asyncio.to_thread(file.read)
