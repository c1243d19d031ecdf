"""Every question put to the table of divisions. Every official may read all of them."""

from collections.abc import Sequence
from datetime import date

import asyncpg

from services.contracts.divisions import Tier
from services.contracts.registry import DivisionOut, DivisionVersion
from services.kernel import listing
from services.kernel.errors import FieldError, NotFound, Unprocessable
from services.kernel.listing import Conditions
from services.kernel.paging import Page

COLUMNS = """
code, name, tier, kind, parent, zone, counts, mca_code, nbs_code, valid_from, valid_to, successor"""
SELECT = f"select {COLUMNS}{{keys}} from division {{rows}}"
BY_CODE: listing.Key = [("code", str)]
VERSIONS = """
select v.*, h.recorded_from, h.recorded_to{keys}
from division_history h cross join lateral jsonb_populate_record(null::division, h.row) v
{rows}"""


def made(row: asyncpg.Record) -> DivisionOut:
    return DivisionOut.model_validate(dict(row))


def version(row: asyncpg.Record) -> DivisionVersion:
    return DivisionVersion.model_validate(dict(row))


def valid(on: date) -> Conditions:
    conditions = Conditions()
    conditions.add("valid_from <= {} and (valid_to is null or {} < valid_to)", on, on)
    return conditions


async def divisions(
    db: asyncpg.Connection,
    *,
    on: date,
    q: str | None,
    tier: Tier | None,
    parent: str | None,
    codes: Sequence[str] | None,
    limit: int,
    cursor: str | None,
) -> Page[DivisionOut]:
    conditions = valid(on)
    if q is not None:
        conditions.add("name like {}", f"%{listing.literally(q)}%")
    if tier is not None:
        conditions.add("tier = {}", tier.value)
    if parent is not None:
        conditions.add("parent = {}", parent)
    if codes is not None:
        conditions.add("code = any({})", codes)
    return await listing.page(db, SELECT, conditions, key=BY_CODE, cursor=cursor, limit=limit, made=made)


async def division(db: asyncpg.Connection, code: str) -> DivisionOut:
    conditions = Conditions()
    conditions.add("code = {}", code)
    return await listing.one(db, SELECT, conditions, made=made)


async def children(db: asyncpg.Connection, code: str, *, on: date, limit: int, cursor: str | None) -> Page[DivisionOut]:
    """One tier down; of a zone, the streets it manages (COV-09)."""
    await division(db, code)
    conditions = valid(on)
    conditions.add("(parent = {} or (zone = {} and tier = 'street'))", code, code)
    return await listing.page(db, SELECT, conditions, key=BY_CODE, cursor=cursor, limit=limit, made=made)


async def history(db: asyncpg.Connection, code: str, *, limit: int, cursor: str | None) -> Page[DivisionVersion]:
    """Every version of the record, the oldest first."""
    await division(db, code)
    conditions = Conditions()
    conditions.add("h.id = {}", code)
    conditions.add("(h.recorded_to is null or h.recorded_to > h.recorded_from)")
    key: listing.Key = [("h.recorded_from::text", str)]
    return await listing.page(db, VERSIONS, conditions, key=key, cursor=cursor, limit=limit, made=version)


async def existing(db: asyncpg.Connection, code: str) -> DivisionOut:
    """The division that a request names in its body."""
    try:
        return await division(db, code)
    except NotFound as error:
        wrong = FieldError(field="division", code="no_such_division", detail="没有这个区划")
        raise Unprocessable("没有这个区划，请核对区划代码。", code="no_such_division", errors=[wrong]) from error
