"""What lies under an old key comes under the current one: in small transactions, beside the requests, and resumable.

Every pass looks for what is not yet as it should be, so a pass that was cut off is simply begun again. Rows on which
somebody works are left to the next round.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.contracts.registry import IdType
from services.kernel.crypto import Vault, generation
from services.kernel.db import Database, run
from services.kernel.scope import EVERYWHERE
from services.registry.corrections.queries import place as correction_place
from services.registry.exams.sealing import place as candidate_place
from services.registry.imports.contents import place as content_place
from services.registry.keys.opening import index_rows, key_place, key_row, opened, place
from services.registry.personal import born_blind, id_blinds, phone_blind

FIRST = UUID(int=0)
PEOPLE, CONTENTS = 100, 4  # at a time; a piece of a file has a megabyte
PAUSE_SECONDS = 0.2  # before those are looked for again that somebody had locked
ROUNDS = 50
Rows = Sequence[Row[Any]]
Seal = Callable[[Vault, Rows], Mapping[str, object]]
# Keys are read after the rows of their people are locked: in the same statement they might be those of before.
PEOPLE_READ = text("""
select p.id, p.id_type, p.id_number, p.phone, k.wrapped from person p left join person_key k on k.person_id = p.id
where p.id = any(cast(:ids as uuid[])) order by p.id""")


@contextlib.asynccontextmanager
async def everybody(database: Database) -> AsyncIterator[AsyncSession]:
    """A transaction that reaches the people of every division: keys know none."""
    async with database.writing(info={"scope": EVERYWHERE}) as tx, tx.begin():
        yield tx


class Busy(Exception):
    """Rows stay locked by somebody else, or cannot be changed; the pass is to be said again later."""


class Pass:
    """`left` are the rows that are not yet as they should be, in SQL from its `from` on. They are locked, and those
    that somebody has locked are skipped; `changes` writes what `made` makes of them.
    """

    def __init__(
        self, name: str, left: str, made: Seal, changes: Sequence[str], *, limit: int, row: str = "p.id",
        key: str = "p.id", after: str = ">", of_people: bool = True,
    ) -> None:  # fmt: skip
        self.name, self.made, self.limit, self.of_people = name, made, limit, of_people
        table = key.partition(".")[0]
        self.found = text(f"select {row} {left} and {key} {after} :after order by {key} limit :limit "
                          f"for update of {table} skip locked")  # fmt: skip
        self.left, self.changes = text(f"select exists (select {left})"), [text(c) for c in changes]

    async def run(self, database: Database, vault: Vault) -> int:
        """Until none is left. Answers how many rows were changed."""
        done = 0
        for _ in range(ROUNDS):
            done += await self.once(database, vault)
            if not await self.remains(database, vault):
                return done
            await asyncio.sleep(PAUSE_SECONDS)
        raise Busy(self.name)

    async def remains(self, database: Database, vault: Vault) -> bool:
        async with everybody(database) as tx:
            return bool((await run(tx, self.left, self.asked(vault))).scalar_one())

    async def once(self, database: Database, vault: Vault) -> int:
        """One way through."""
        after, done = FIRST, 0
        while True:
            async with everybody(database) as tx:
                rows = await self.batch(tx, vault, after)
            if not rows:
                return done
            after, done = rows[-1].id, done + len(rows)

    async def batch(self, tx: AsyncSession, vault: Vault, after: UUID) -> Rows:
        asked = {**self.asked(vault), "after": after, "limit": self.limit}
        rows = (await run(tx, self.found, asked)).all()
        if rows and self.of_people:
            rows = (await run(tx, PEOPLE_READ, {"ids": [row.id for row in rows]})).all()
        if rows:
            told = await asyncio.to_thread(self.made, vault, rows)
            for change in self.changes:
                await run(tx, change, told)
        return rows

    def asked(self, vault: Vault) -> dict[str, object]:
        keys = vault.keys
        every = {
            "data": keys.data.current, "generation": generation(keys.data.writing), "index": keys.index.current,
            "master": keys.master.current,
        }  # fmt: skip
        return {name: value for name, value in every.items() if f":{name}" in self.left.text}


def columns(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    return {name: [row[name] for row in rows] for name in rows[0]}


# ── people: a key of their own, of today's generation ───────────────────────────────────────────────────────────────
def with_own_key(vault: Vault, rows: Rows) -> Mapping[str, object]:
    made = []
    for row in rows:
        known, own = opened(vault, row.id, row.id_number, row.phone, row.wrapped), vault.own_key()
        phone = None if known.phone is None else own.seal(known.phone.encode(), place("phone", row.id))
        number = own.seal((known.id_number or "").encode(), place("id_number", row.id))
        made.append({**key_row(vault, row.id, own), "id_number": number, "phone": phone})
    return columns(made)


MOVE_PEOPLE = Pass(
    "person",
    "from person p left join person_key k on k.person_id = p.id "
    "where p.id_number <> '' and k.generation is distinct from :generation",
    with_own_key,
    (
        """
insert into person_key (person_id, wrapped, master, generation) select * from unnest(
  cast(:person_id as uuid[]), cast(:wrapped as bytea[]), cast(:master as text[]), cast(:generation as text[]))
on conflict (person_id) do update
set wrapped = excluded.wrapped, master = excluded.master, generation = excluded.generation""",
        """
update person p set id_number = u.id_number, phone = u.phone
from unnest(cast(:person_id as uuid[]), cast(:id_number as bytea[]), cast(:phone as bytea[])) u(id, id_number, phone)
where p.id = u.id""",
    ),
    limit=PEOPLE,
)


# ── the keys of people: under today's master ────────────────────────────────────────────────────────────────────────
def wrapped_anew(vault: Vault, rows: Rows) -> Mapping[str, object]:
    return columns([key_row(vault, row.id, vault.unwrap(row.wrapped, key_place(row.id))) for row in rows])


MOVE_KEYS = Pass(
    "person_key",
    "from person_key k where k.master <> :master",
    wrapped_anew,
    (
        """
update person_key k set wrapped = u.wrapped, master = u.master
from unnest(cast(:person_id as uuid[]), cast(:wrapped as bytea[]), cast(:master as text[])) u(id, wrapped, master)
where k.person_id = u.id""",
    ),
    limit=PEOPLE * 5,
    row="k.person_id as id, k.wrapped",
    key="k.person_id",
    of_people=False,
)


# ── points and imports: under today's data key ──────────────────────────────────────────────────────────────────────
def phone_place(point: UUID) -> str:
    return f"service_point|phone|{point}"


def point_phones(vault: Vault, rows: Rows) -> Mapping[str, object]:
    opened_ones = [(row.id, vault.open(row.phone, phone_place(row.id))) for row in rows]
    return columns([{"id": id, "phone": vault.seal(phone, phone_place(id))} for id, phone in opened_ones])


MOVE_POINTS = Pass(
    "service_point",
    "from service_point s where s.phone is not null and sealed_under(s.phone) <> :data",
    point_phones,
    (
        """
update service_point s set phone = u.phone
from unnest(cast(:id as uuid[]), cast(:phone as bytea[])) u(id, phone) where s.id = u.id""",
    ),
    limit=PEOPLE,
    row="s.id, s.phone",
    key="s.id",
    of_people=False,
)


def pieces(vault: Vault, rows: Rows) -> Mapping[str, object]:
    made = []
    for row in rows:
        at = content_place(row.id, row.part, row.number)
        sealed = vault.seal_bytes(vault.open_bytes(row.sealed, at), at)
        made.append({"id": row.id, "part": row.part, "number": row.number, "sealed": sealed})
    return columns(made)


MOVE_CONTENTS = Pass(
    "import_content",
    "from import_content c where sealed_under(c.sealed) <> :data",
    pieces,
    (
        """
update import_content c set sealed = u.sealed
from unnest(cast(:id as uuid[]), cast(:part as text[]), cast(:number as integer[]), cast(:sealed as bytea[]))
  u(id, part, number, sealed)
where c.job_id = u.id and c.part = u.part and c.number = u.number""",
    ),
    limit=CONTENTS,
    row="c.job_id as id, c.part, c.number, c.sealed",
    key="c.job_id",
    after=">=",  # a job has many pieces; those that were changed are not found again
    of_people=False,
)


def corrections(vault: Vault, rows: Rows) -> Mapping[str, object]:
    opened_ones = [(row.id, vault.open(row.contents, correction_place(row.id))) for row in rows]
    return columns([{"id": id, "contents": vault.seal(text, correction_place(id))} for id, text in opened_ones])


MOVE_CORRECTIONS = Pass(
    "correction",
    "from correction k where k.contents is not null and sealed_under(k.contents) <> :data",
    corrections,
    (
        """
update correction k set contents = u.contents
from unnest(cast(:id as uuid[]), cast(:contents as bytea[])) u(id, contents) where k.id = u.id""",
    ),
    limit=PEOPLE,
    row="k.id, k.contents",
    key="k.id",
    of_people=False,
)


def candidates(vault: Vault, rows: Rows) -> Mapping[str, object]:
    opened_ones = [(row.id, vault.open(row.id_number, candidate_place(row.id))) for row in rows]
    return columns([{"id": id, "id_number": vault.seal(number, candidate_place(id))} for id, number in opened_ones])


MOVE_CANDIDATES = Pass(
    "exam_result",
    "from exam_result r where r.id_number <> '' and sealed_under(r.id_number) <> :data",
    candidates,
    (
        """
update exam_result r set id_number = u.id_number
from unnest(cast(:id as uuid[]), cast(:id_number as bytea[])) u(id, id_number) where r.id = u.id""",
    ),
    limit=PEOPLE * 5,
    row="r.id, r.id_number",
    key="r.id",
    of_people=False,
)


# ── blind indexes: a row of each person under today's key, and the phones' ──────────────────────────────────────────
def indexed(vault: Vault, rows: Rows) -> Mapping[str, object]:
    made: list[dict[str, object]] = []
    for row in rows:
        number = opened(vault, row.id, row.id_number, None, row.wrapped).id_number or ""
        made += index_rows(row.id, id_blinds(vault, IdType(row.id_type), number))
    return columns(made)


INDEX_PEOPLE = Pass(
    "person_index",
    "from person p where p.id_number <> '' "
    "and not exists (select from person_index i where i.person_id = p.id and i.key_id = :index)",
    indexed,
    (
        """
insert into person_index (key_id, blind, person_id)
select * from unnest(cast(:key_id as text[]), cast(:blind as bytea[]), cast(:person_id as uuid[]))
on conflict do nothing""",
    ),
    limit=PEOPLE * 5,
)


def person_phones(vault: Vault, rows: Rows) -> Mapping[str, object]:
    def blind(row: Row[Any]) -> bytes:
        return phone_blind(vault, opened(vault, row.id, row.id_number, row.phone, row.wrapped).phone or "")

    return columns([{"id": row.id, "phone_index": blind(row)} for row in rows])


INDEX_PERSON_PHONES = Pass(
    "person.phone_index",
    "from person p where p.phone_index is not null and blind_under(p.phone_index) <> :index",
    person_phones,
    (
        """
update person p set phone_index = u.phone_index
from unnest(cast(:id as uuid[]), cast(:phone_index as bytea[])) u(id, phone_index) where p.id = u.id""",
    ),
    limit=PEOPLE * 5,
)


def point_blinds(vault: Vault, rows: Rows) -> Mapping[str, object]:
    phones = [(row.id, vault.open(row.phone, phone_place(row.id))) for row in rows]
    return columns([{"id": id, "phone_index": phone_blind(vault, phone)} for id, phone in phones])


INDEX_POINT_PHONES = Pass(
    "service_point.phone_index",
    "from service_point s where s.phone_index is not null and blind_under(s.phone_index) <> :index",
    point_blinds,
    (
        """
update service_point s set phone_index = u.phone_index
from unnest(cast(:id as uuid[]), cast(:phone_index as bytea[])) u(id, phone_index) where s.id = u.id""",
    ),
    limit=PEOPLE * 5,
    row="s.id, s.phone",
    key="s.id",
    of_people=False,
)


def births(vault: Vault, rows: Rows) -> Mapping[str, object]:
    def blind(row: Row[Any]) -> bytes:
        number = opened(vault, row.id, row.id_number, None, row.wrapped).id_number or ""
        return born_blind(vault, IdType(row.id_type), number)

    return columns([{"id": row.id, "born_index": blind(row)} for row in rows])


# Of those, too, who were registered before birth dates were indexed. Whoever may be the same is found as it is written.
INDEX_BIRTHS = Pass(
    "person.born_index",
    "from person p where p.id_number <> '' and case when p.born_index is null then true "
    "when p.born_index = '' then false else blind_under(p.born_index) <> :index end",
    births,
    (
        """
update person p set born_index = u.born_index
from unnest(cast(:id as uuid[]), cast(:born_index as bytea[])) u(id, born_index) where p.id = u.id""",
    ),
    limit=PEOPLE * 5,
)


def candidate_blinds(vault: Vault, rows: Rows) -> Mapping[str, object]:
    def blind(row: Row[Any]) -> bytes:
        number = vault.open(row.id_number, candidate_place(row.id))
        return id_blinds(vault, IdType(row.id_type), number)[0].tagged

    return columns([{"id": row.id, "id_index": blind(row)} for row in rows])


INDEX_CANDIDATES = Pass(
    "exam_result.id_index",
    "from exam_result r where r.id_index is not null and blind_under(r.id_index) <> :index",
    candidate_blinds,
    (
        """
update exam_result r set id_index = u.id_index
from unnest(cast(:id as uuid[]), cast(:id_index as bytea[])) u(id, id_index) where r.id = u.id""",
    ),
    limit=PEOPLE * 5,
    row="r.id, r.id_type, r.id_number",
    key="r.id",
    of_people=False,
)

PASSES: Mapping[str, Sequence[Pass]] = {
    "data": (MOVE_PEOPLE, MOVE_POINTS, MOVE_CONTENTS, MOVE_CORRECTIONS, MOVE_CANDIDATES),
    "index": (INDEX_PEOPLE, INDEX_PERSON_PHONES, INDEX_POINT_PHONES, INDEX_BIRTHS, INDEX_CANDIDATES),
    "master": (MOVE_KEYS,),
}
