"""Every question put to the tables of identity; the first two are asked by nearly every request."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity.models import FOUR_EYES, Account, MachineClient, OldPassword, Password, RoleGrant, Session
from services.kernel.db import run

# Our copy of the divisions belongs to coverage and may not be there yet: then nothing has ended.
ENDED = """(select coalesce(array_agg(d.code), '{{}}') from division d
        where d.valid_to <= $2 and d.code in (select unnest({held})::bigint {of}))"""
NONE_ENDED = "(select '{}'::bigint[] where $2::date is not null)"
# First password: who made it knows it. An authenticator that is older is the owner's.
HANDOVER = f"""(a.first_password_at is not null and a.first_password_at <= coalesce(f.enrolled_at, 'infinity')
        and exists (select 1 from role_grant r where r.account_id = a.id and not r.pending and r.{FOUR_EYES}
                    and r.start <= {{today}} and ({{today}} < r."end" or r."end" is null)))"""
# One prepared statement, two index rows, the grants in force, and which of their divisions have ended.
OF_SESSION = f"""
select s.id, s.seen_at, s.expires_at, s.factor_at, s.proved_at, a.id as account_id, a.name, a.must_change_password,
       p.changed_at as password_changed_at, f.enrolled_at, {HANDOVER.format(today="$2")} as handover,
       (select coalesce(jsonb_agg(jsonb_build_array(g.role, g.divisions) order by g.id), '[]') from role_grant g
        where g.account_id = a.id and not g.pending and g.start <= $2 and ($2 < g."end" or g."end" is null)) as grants,
       {{ended}} as ended
from session s join account a on a.id = s.account_id
left join password p on p.account_id = a.id left join second_factor f on f.account_id = a.id
where s.token_hash = $1 and a.disabled_at is null"""
HANDOVER_OF = text(f"""
select {HANDOVER.format(today="cast(:today as date)")} from account a
left join second_factor f on f.account_id = a.id where a.id = :account""")
ENDED_OF_ACCOUNT = ENDED.format(held="r.divisions", of="from role_grant r where r.account_id = a.id")
OF_CLIENT = """
select c.id, c.name, c.secret_hash, c.scopes, c.divisions, {ended} as ended
from machine_client c where c.id = $1 and c.disabled_at is null and (c."end" is null or $2 < c."end")"""
ENDED_OF_CLIENT = ENDED.format(held="c.divisions", of="")
ENDED_OF_CODES = "select code from division where code = any($1::bigint[]) and valid_to <= $2"

NAMES = "select code, name, tier from division where code = any($1::bigint[])"
IN_ZONES = """
select zone, array_agg(division order by division) as divisions from (
  select distinct on (division) division, zone from placement where start <= $1 order by division, start desc) now
where zone is not null group by zone"""


async def of_session(db: asyncpg.Connection, token: bytes, today: date) -> asyncpg.Record | None:
    """The session, its account unless disabled, and the grants in force."""
    return await _with_ended(db, OF_SESSION, ENDED_OF_ACCOUNT, token, today)


async def of_client(db: asyncpg.Connection, client: str, today: date) -> asyncpg.Record | None:
    return await _with_ended(db, OF_CLIENT, ENDED_OF_CLIENT, client, today)


async def _with_ended(
    db: asyncpg.Connection, asked: str, ended: str, who: bytes | str, today: date
) -> asyncpg.Record | None:
    try:
        return await db.fetchrow(asked.format(ended=ended), who, today)
    except asyncpg.UndefinedTableError:
        return await db.fetchrow(asked.format(ended=NONE_ENDED), who, today)


async def ended_divisions(db: asyncpg.Connection, codes: Sequence[str], today: date) -> frozenset[str]:
    """Of these, the ones that are no more."""
    try:
        rows = await db.fetch(ENDED_OF_CODES, [int(c) for c in codes], today)
    except asyncpg.UndefinedTableError:
        return frozenset()
    return codes_of(row["code"] for row in rows)


def codes_of(numbers: Iterable[int]) -> frozenset[str]:
    """As the API writes them."""
    return frozenset(f"{number:012}" for number in numbers)


async def division_names(db: asyncpg.Connection, codes: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Name and tier by code; of those not known, nothing."""
    try:
        rows = await db.fetch(NAMES, [int(c) for c in codes])
    except asyncpg.UndefinedTableError:
        return {}
    return {f"{code:012}": (name, tier) for code, name, tier in rows}


async def streets_of_zones(db: asyncpg.Connection, today: date) -> dict[str, list[str]]:
    """What a functional zone manages today: divisions whose codes lie elsewhere."""
    try:
        rows = await db.fetch(IN_ZONES, today)
    except asyncpg.UndefinedTableError:
        return {}
    return {f"{zone:012}": [f"{d:012}" for d in divisions] for zone, divisions in rows}


async def account_named(db: AsyncSession, username: str) -> tuple[Account, str | None] | None:
    """An account and the hash of its password, if it has one."""
    both = select(Account, Password.hash).join(Password, isouter=True)
    found = (await db.exec(both.where(Account.username == username))).first()
    return None if found is None else (found[0], found[1])


async def account_for_update(tx: AsyncSession, id: UUID) -> Account:
    return await tx.get_one(Account, id, with_for_update=True)


async def roles_of(db: AsyncSession, account: UUID, today: date) -> Sequence[str]:
    """Of the grants in force; a person has few."""
    own = (RoleGrant.account_id == account, ~col(RoleGrant.pending), RoleGrant.start <= today)
    held = select(RoleGrant.role).where(*own)
    return (await db.exec(held.where(or_(col(RoleGrant.end).is_(None), col(RoleGrant.end) > today)).limit(1000))).all()


async def handover_due(tx: AsyncSession, account: UUID, today: date) -> bool:
    """Whether another administrator has still to see it handed over to its owner."""
    return bool((await run(tx, HANDOVER_OF, {"account": account, "today": today})).scalar_one())


async def old_passwords(db: AsyncSession, account: UUID, *, limit: int) -> Sequence[str]:
    """Hashes of those before the present one, latest first."""
    old = select(OldPassword.hash).where(OldPassword.account_id == account)
    return (await db.exec(old.order_by(col(OldPassword.ended_at).desc()).limit(limit))).all()


async def sessions_of(db: AsyncSession, account: UUID, at: datetime, *, limit: int = 100) -> Sequence[Session]:
    """Those that have not reached their end, newest first."""
    own = select(Session).where(Session.account_id == account, Session.expires_at > at)
    return (await db.exec(own.order_by(col(Session.created_at).desc()).limit(limit))).all()


async def client_named(db: AsyncSession, id: str) -> MachineClient | None:
    return await db.get(MachineClient, id)
