"""Whether a division exists, before anything is granted there: coverage keeps a copy of what the registry says."""

from collections.abc import Sequence
from datetime import date

import asyncpg

from services.contracts.divisions import Tier, subtree, tier_by_code
from services.kernel.errors import Unavailable, Unprocessable

ABOVE = (Tier.NATION, Tier.PROVINCE)  # the registry need not speak of these: they are there if something lies below
HEARD = "select to_regclass('division') is not null"
ANY = "select exists (select 1 from division)"
THERE = """
select w.code from unnest($1::bigint[], $2::bigint[]) w(code, high)
where exists (select 1 from division d where d.code between w.code and w.high and d.valid_to > $3)"""


class NoSuchDivision(Unprocessable):
    english = "There is no such division on that day."


async def check_exist(db: asyncpg.Connection, codes: Sequence[str], on: date) -> None:
    """On the first day of the grant, or later. Before anything was heard of divisions nobody can say."""
    if not await db.fetchval(HEARD) or not await db.fetchval(ANY):
        detail = "区划数据还没有装载，无法核对区划代码。请一两分钟后重试；若一直如此，请联系运维人员检查登记服务。"
        raise Unavailable(detail, code="divisions_unheard", retry_after=30)
    highs = [int(subtree(c).high if tier_by_code(c) in ABOVE else c) for c in codes]
    there = {f"{row['code']:012}" for row in await db.fetch(THERE, [int(c) for c in codes], highs, on)}
    missing = "、".join(dict.fromkeys(c for c in codes if c not in there))
    if missing:
        raise NoSuchDivision(f"没有这些区划，或届时已撤销：{missing}。请核对十二位区划代码。", code="no_such_division")
