"""Accounts and grants as an administrator sees them: no secret, no hash."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.identity.administration.rules import SECURITY, name_of, state_of, waits_for_its_end
from gateway.identity.areas import LOOKING, area_of
from gateway.identity.models import Account, RoleGrant
from gateway.identity.policy import policy
from gateway.identity.queries import HANDOVER, division_names, ended_divisions
from services.contracts.administration import (
    AccountDetail,
    AccountOut,
    GrantOut,
    PermissionOut,
    PlaceOut,
    PolicyOut,
    RoleOut,
)
from services.contracts.divisions import CodeRange
from services.kernel.actor import Actor
from services.kernel.clock import business_date, today
from services.kernel.errors import NotFound
from services.kernel.listing import Conditions, Key, literally, page, plain
from services.kernel.paging import Page

NO_ACCOUNT = "没有这个账号，请刷新后查看。"
GRANTS = 200
ENDING = {"ending_on", "ending_by", "ending_reason"}
KEY: Key = [("a.username", str)]
GRANT_KEY: Key = [("g.id", UUID)]
ACCOUNTS = f"""
select a.id, a.username, a.name, a.disabled_at, a.must_change_password, f.enrolled_at is not null as second_factor,
       a.version, a.first_password_by, l.at as last_sign_in_at, {HANDOVER.format(today="$1")} as handover_due,
       array(select distinct g.role from role_grant g where g.account_id = a.id and not g.pending
             and g.start <= $1 and ($1 < g."end" or g."end" is null) order by g.role) as roles,
       (select count(*) from session s where s.account_id = a.id and s.expires_at > $2) as sessions{{keys}}
from account a left join second_factor f on f.account_id = a.id
left join last_sign_in l on l.account_id = a.id {{rows}}"""
GRANTS_OF = "select g.*{keys} from role_grant g {rows}"
WAITING = """(g.pending or (g.ending_by is not null and g.ending_agreed_by is null))
  and (g."end" is null or g."end" > {})"""
IS_THERE = "select exists (select from account a where a.id = {id} and {reached})"
HOLDS = """exists (select 1 from role_grant g where g.account_id = a.id and not g.pending
  and g.start <= $1 and ($1 < g."end" or g."end" is null) and {})"""


def seen_by(actor: Actor, at: datetime) -> Conditions:
    """Of ACCOUNTS, with its first two parameters."""
    conditions = Conditions()
    today = conditions.value(business_date(at))
    conditions.value(at)
    conditions.parts.append(area_of(actor, LOOKING, conditions).holds_account("a.id", today))
    return conditions


async def accounts(
    db: asyncpg.Connection, actor: Actor, at: datetime, *, search: str | None = None, disabled: bool | None = None,
    role: str | None = None, within: Sequence[CodeRange] | None = None, cursor: str | None, limit: int,
) -> Page[AccountOut]:  # fmt: skip
    """`role`, `within`: whose grants of today are of it, or name a division there."""
    conditions = seen_by(actor, at)
    if search is not None:
        part = f"%{literally(search)}%"
        conditions.add("(a.name ilike {} or a.username ilike {})", part, part)
    if disabled is not None:
        conditions.add("(a.disabled_at is not null) = {}", disabled)
    if role is not None or within is not None:
        conditions.parts.append(HOLDS.format(held(conditions, role, within)))
    return await page(db, ACCOUNTS, conditions, key=KEY, cursor=cursor, limit=limit, made=of_row)


def held(conditions: Conditions, role: str | None, within: Sequence[CodeRange] | None) -> str:
    """Of one and the same grant."""
    there = " or ".join(f"d between {conditions.value(r.low)} and {conditions.value(r.high)}" for r in within or ())
    of_role = f"g.role = {conditions.value(role)}" if role is not None else "true"
    inside = f"exists (select 1 from unnest(g.divisions) d where {there or 'false'})" if within is not None else "true"
    return f"{of_role} and {inside}"


def of_row(row: asyncpg.Record) -> AccountOut:
    return AccountOut(**{field: row[field] for field in AccountOut.model_fields})


async def account(db: asyncpg.Connection, actor: Actor, id: UUID, at: datetime) -> AccountOut:
    conditions = seen_by(actor, at)
    conditions.add("a.id = {}", id)
    row = await db.fetchrow(ACCOUNTS.format(keys="", rows=f"where {conditions.sql()}"), *conditions.parameters)
    if row is None:
        raise NotFound(NO_ACCOUNT)
    return of_row(row)


async def detail(db: asyncpg.Connection, actor: Actor, id: UUID, at: datetime) -> AccountDetail:
    """Without what it held elsewhere before."""
    shown, conditions = await account(db, actor, id, at), Conditions()
    conditions.add("g.account_id = {}", id)
    conditions.parts.append(area_of(actor, LOOKING, conditions).holds("g.divisions"))
    held = await page(
        db, GRANTS_OF, conditions, key=GRANT_KEY, cursor=None, limit=GRANTS, made=grant_of, descending=True
    )  # fmt: skip
    return AccountDetail(**shown.model_dump(), grants=await grants_out(db, held.items, at))


def grant_of(row: asyncpg.Record) -> RoleGrant:
    return RoleGrant(**{field: row[field] for field in RoleGrant.model_fields})


async def grants_out(db: asyncpg.Connection, grants: Sequence[RoleGrant], at: datetime) -> list[GrantOut]:
    """With two questions for the divisions of all of them: which have ended, and what they are called."""
    today, codes = business_date(at), sorted({d for grant in grants for d in grant.divisions})
    ended, names = await ended_divisions(db, codes, today), await division_names(db, codes)
    return [grant_out(grant, today, ended, names) for grant in grants]


def grant_out(
    grant: RoleGrant, today: date, ended: Collection[str], names: Mapping[str, tuple[str, str]]
) -> GrantOut:  # fmt: skip
    decided = set() if waits_for_its_end(grant) else ENDING
    said = grant.model_dump(exclude={"role_class", "pending"} | decided)
    places = [PlaceOut(code=d, name=names.get(d, (d, ""))[0]) for d in grant.divisions]
    return GrantOut(**said, places=places, role_name=name_of(grant.role), state=state_of(grant, today, ended))


async def pending(
    db: asyncpg.Connection, actor: Actor, at: datetime, *, cursor: str | None, limit: int
) -> Page[GrantOut]:
    """What waits to begin, or to end: the oldest first. What was refused has an end and waits no more."""
    conditions = Conditions()
    conditions.add(WAITING, business_date(at))
    conditions.parts.append(area_of(actor, LOOKING, conditions).holds("g.divisions"))
    found = await page(db, GRANTS_OF, conditions, key=GRANT_KEY, cursor=cursor, limit=limit, made=grant_of)
    return Page(items=await grants_out(db, found.items, at), next=found.next)


async def account_to_change(tx: AsyncSession, actor: Actor, permission: str, id: UUID) -> Account:
    """Whoever administers one district has no say over somebody of another, or of the city."""
    actor.require(permission)
    found = await tx.get(Account, id, with_for_update=True)
    await check_reached(await plain(tx), actor, permission, id)
    if found is None:
        raise NotFound(NO_ACCOUNT)
    return found


async def check_reached(db: asyncpg.Connection, actor: Actor, permission: str, id: UUID) -> None:
    """404 for an account elsewhere as for one that there is not."""
    conditions = Conditions()
    own, day = conditions.value(id), conditions.value(today())
    reached = area_of(actor, permission, conditions).holds_account("a.id", f"{day}::date")
    if not await db.fetchval(IS_THERE.format(id=own, reached=reached), *conditions.parameters):
        raise NotFound(NO_ACCOUNT)


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


async def security_grants(tx: AsyncSession, on: date) -> Sequence[RoleGrant]:
    """Of all security administrators who are active on a day."""
    held = select(RoleGrant).join(Account).where(RoleGrant.role == SECURITY, ~col(RoleGrant.pending))
    held = held.where(col(Account.disabled_at).is_(None), RoleGrant.start <= on)
    return (await tx.exec(held.where(or_(col(RoleGrant.end).is_(None), col(RoleGrant.end) > on)).limit(1000))).all()


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
