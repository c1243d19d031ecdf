"""`/audit/identity`: what was done to accounts, grants and sign-in, for the auditor. It reads the event log itself."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

import asyncpg
import orjson
from fastapi import APIRouter, Query

from gateway.identity.administration.rules import name_of
from gateway.identity.areas import ACCOUNT, AUDITING, area_of
from gateway.identity.queries import division_names
from services.contracts.administration import PlaceOut
from services.contracts.days import Day
from services.contracts.identity_audit import KIND_NAMES, IdentityEventOut
from services.kernel.actor import Actor, Requires
from services.kernel.clock import SHANGHAI, Today
from services.kernel.db import Hot
from services.kernel.listing import Conditions, Key, check_period, page
from services.kernel.paging import Cursor, Limit, Page

router = APIRouter(prefix="/audit", tags=["audit"])
Auditing = Annotated[Actor, Requires(AUDITING)]
KEY: Key = [("id", UUID)]
# The grant that an event names says which role it was about; the event of a new one says it itself.
EVENTS = f"""
select e.*, by.name as actor_name, by.username as actor_username, of.name as subject_name,
       of.username as subject_username, coalesce(e.body->>'role', g.role) as role,
       coalesce(case when jsonb_typeof(e.body->'divisions') = 'array'
                     then array(select jsonb_array_elements_text(e.body->'divisions')) end, g.divisions) as held
from (select id, at, actor, kind, subject, body{{keys}} from event {{rows}}) e
left join account by on by.id = {ACCOUNT.format("e.actor")}
left join account of on of.id = {ACCOUNT.format("e.subject")}
left join role_grant g on g.id = case when e.body ? 'grant' then (e.body->>'grant')::uuid end
{{order}}"""


@router.get("/identity", summary="账号与授权记录")
async def identity_events(
    actor: Auditing,
    db: Hot,
    today: Today,
    account: Annotated[UUID | None, Query(description="办理人或被办理的账号")] = None,
    kind: Annotated[str | None, Query(pattern="^[A-Za-z]{1,60}$", description="事项，例如 GrantApproved")] = None,
    from_: Annotated[Day | None, Query(alias="from", description="从这一天起")] = None,
    to: Annotated[Day | None, Query(description="到这一天为止，含当天")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[IdentityEventOut]:
    """谁在什么时候对哪个账号办了什么，新的在前，只限本管辖范围；不含姓名以外的个人信息和密码、验证码。"""
    check_period(from_, to)
    conditions = Conditions()
    area = area_of(actor, AUDITING, conditions)
    conditions.parts.append(area.holds_event(f"{conditions.value(today)}::date"))
    if account is not None:
        conditions.add("(actor = {} or subject = {})", f"account:{account}", f"account:{account}")
    if kind is not None:
        conditions.add("kind = {}", kind)
    if from_ is not None:
        conditions.add("at >= {}", midnight(from_))
    if to is not None:
        conditions.add("at < {}", midnight(to + timedelta(days=1)))
    return await events(db, conditions, cursor=cursor, limit=limit)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


async def events(
    db: asyncpg.Connection, conditions: Conditions, *, cursor: str | None, limit: int
) -> Page[IdentityEventOut]:
    """With one question for the names of all their divisions."""
    found = await page(
        db, EVENTS, conditions, key=KEY, cursor=cursor, limit=limit, made=event_out, descending=True
    )  # fmt: skip
    names = await division_names(db, sorted({place.code for event in found.items for place in event.places}))
    for event in found.items:
        event.places = [named(place, names) for place in event.places]
    return found


def named(place: PlaceOut, names: Mapping[str, tuple[str, str]]) -> PlaceOut:
    return PlaceOut(code=place.code, name=names.get(place.code, (place.code, ""))[0])


def event_out(row: asyncpg.Record) -> IdentityEventOut:
    return IdentityEventOut(
        **{**dict(row), "body": orjson.loads(row["body"])},
        kind_name=KIND_NAMES.get(row["kind"], row["kind"]),
        role_name=name_of(row["role"]) if row["role"] else None,
        places=[PlaceOut(code=code, name=code) for code in row["held"] or ()],
    )
