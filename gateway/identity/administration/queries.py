"""Accounts and grants as an administrator sees them: no secret, no hash."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity.administration.rules import name_of, state_of
from gateway.identity.models import Account, RoleGrant
from gateway.identity.policy import policy
from gateway.identity.queries import ended_divisions
from services.contracts.administration import AccountDetail, AccountOut, GrantOut, PermissionOut, PolicyOut, RoleOut
from services.kernel.actor import Actor
from services.kernel.clock import business_date, today
from services.kernel.errors import NotFound
from services.kernel.listing import Conditions, Key, literally, page
from services.kernel.paging import BadCursor, Page, decode_cursor, page_of

NO_ACCOUNT = "没有这个账号，请刷新后查看。"
GRANTS = 200
KEY: Key = [("a.username", str)]
ACCOUNTS = """
select a.id, a.username, a.name, a.disabled_at, a.must_change_password, f.enrolled_at is not null as second_factor,
       array(select distinct g.role from role_grant g where g.account_id = a.id and not g.pending
             and g.start <= $1 and ($1 < g."end" or g."end" is null) order by g.role) as roles,
       (select count(*) from session s where s.account_id = a.id and s.expires_at > $2) as sessions{keys}
from account a left join second_factor f on f.account_id = a.id {rows}"""


def at_instant(at: datetime) -> Conditions:
    """The first two parameters of ACCOUNTS."""
    conditions = Conditions()
    conditions.value(business_date(at))
    conditions.value(at)
    return conditions


async def accounts(
    db: asyncpg.Connection, at: datetime, *, search: str | None, disabled: bool | None, cursor: str | None, limit: int
) -> Page[AccountOut]:
    conditions = at_instant(at)
    if search is not None:
        part = f"%{literally(search)}%"
        conditions.add("(a.name ilike {} or a.username ilike {})", part, part)
    if disabled is not None:
        conditions.add("(a.disabled_at is not null) = {}", disabled)
    return await page(db, ACCOUNTS, conditions, key=KEY, cursor=cursor, limit=limit, made=of_row)


def of_row(row: asyncpg.Record) -> AccountOut:
    return AccountOut(**{field: row[field] for field in AccountOut.model_fields})


async def account(db: asyncpg.Connection, id: UUID, at: datetime) -> AccountOut:
    conditions = at_instant(at)
    conditions.add("a.id = {}", id)
    row = await db.fetchrow(ACCOUNTS.format(keys="", rows=f"where {conditions.sql()}"), *conditions.parameters)
    if row is None:
        raise NotFound(NO_ACCOUNT)
    return of_row(row)


async def detail(db: asyncpg.Connection, orm: AsyncSession, id: UUID, at: datetime) -> AccountDetail:
    shown = await account(db, id, at)
    own = select(RoleGrant).where(RoleGrant.account_id == id).order_by(col(RoleGrant.id).desc()).limit(GRANTS)
    grants = await grants_out(db, (await orm.exec(own)).all(), at)
    return AccountDetail(**shown.model_dump(), grants=grants)


async def grants_out(db: asyncpg.Connection, grants: Sequence[RoleGrant], at: datetime) -> list[GrantOut]:
    """With one question for the divisions of all of them."""
    today = business_date(at)
    ended = await ended_divisions(db, sorted({d for grant in grants for d in grant.divisions}), today)
    return [grant_out(grant, today, ended) for grant in grants]


def grant_out(grant: RoleGrant, today: date, ended: Collection[str] = ()) -> GrantOut:
    said = grant.model_dump(exclude={"role_class", "pending"})
    return GrantOut(**said, role_name=name_of(grant.role), state=state_of(grant, today, ended))


async def pending(db: AsyncSession, at: datetime, *, cursor: str | None, limit: int) -> Page[GrantOut]:
    """The oldest first; what was refused has an end and waits no more."""
    waiting = select(RoleGrant).where(col(RoleGrant.pending), col(RoleGrant.id) > after(cursor))
    waiting = waiting.where(or_(col(RoleGrant.end).is_(None), col(RoleGrant.end) > business_date(at)))
    rows = (await db.exec(waiting.order_by(col(RoleGrant.id)).limit(limit + 1))).all()
    shown, following = page_of(rows, limit, lambda grant: [str(grant.id)])
    return Page(items=[grant_out(grant, business_date(at)) for grant in shown], next=following)


def after(cursor: str | None) -> UUID:
    if cursor is None:
        return UUID(int=0)
    try:
        return UUID(str(decode_cursor(cursor, 1)[0]))
    except ValueError as error:
        raise BadCursor("翻页游标无效，请从第一页重新查询。") from error


async def account_to_change(tx: AsyncSession, actor: Actor, permission: str, id: UUID) -> Account:
    """Whoever administers one district has no say over somebody of another, or of the city."""
    actor.require(permission)
    found = await tx.get(Account, id, with_for_update=True)
    if found is None:
        raise NotFound(NO_ACCOUNT)
    for grant in await not_ended(tx, id):
        if not all(actor.reaches(permission, division) for division in grant.divisions):
            raise NotFound(NO_ACCOUNT)
    return found


async def not_ended(tx: AsyncSession, account: UUID) -> Sequence[RoleGrant]:
    lasting = select(RoleGrant).where(RoleGrant.account_id == account)
    return (
        await tx.exec(lasting.where(or_(col(RoleGrant.end).is_(None), col(RoleGrant.end) > today())).limit(1000))
    ).all()


async def grant_to_change(tx: AsyncSession, id: UUID) -> RoleGrant:
    found = await tx.get(RoleGrant, id, with_for_update=True)
    if found is None:
        raise NotFound("没有这项授权，请刷新后查看。")
    return found


async def held_beside(tx: AsyncSession, account: UUID, start: date, end: date | None) -> Sequence[RoleGrant]:
    """Grants of which some day is also a day of the wanted one."""
    held = select(RoleGrant).where(RoleGrant.account_id == account)
    held = held.where(or_(col(RoleGrant.end).is_(None), col(RoleGrant.end) > start))
    if end is not None:
        held = held.where(RoleGrant.start < end)
    return (await tx.exec(held.limit(1000))).all()


def the_policy() -> PolicyOut:
    """Roles and permissions in the order of the file."""
    known = policy()
    return PolicyOut(
        roles=[
            RoleOut(
                id=id, name=role.name, kind=role.kind, four_eyes=role.four_eyes,
                permissions=[
                    PermissionOut(id=p, name=permission.name, writes=permission.writes)
                    for p, permission in known.permissions.items()
                    if p in known.of_role(id)
                ],
            )
            for id, role in known.roles.items()
        ]
    )  # fmt: skip
