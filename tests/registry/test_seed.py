"""Divisions sown from their file; the schema as models and migration say it; history of every row."""

import asyncio

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import CheckConstraint, PrimaryKeyConstraint, text

from services.contracts.metrics import Metric
from services.registry import models, seed
from services.registry.facts import of_division
from services.registry.seed import DivisionRecord
from tests.conftest import ROOT
from tests.registry.conftest import a_corner
from tests.registry.factories import DIVISIONS, STREET

pytestmark = pytest.mark.anyio
CONSTRAINTS = """
select conrelid::regclass::text as table, conname as name from pg_constraint
where connamespace = 'public'::regnamespace and contype in ('c', 'f', 'u', 'x', 'p')"""


async def one(db, sql: str, **parameters: object):
    return (await (await db.connection()).execute(text(sql), parameters)).one()


def test_the_file_has_the_four_tiers_of_jinan():
    units = [f for d in seed.parsed(DIVISIONS) for f in of_division(DivisionRecord(**d.model_dump())).facts]
    tiers = [d.tier for d in seed.parsed(DIVISIONS) if d.counts]

    assert {f.metric for f in units} == {Metric.UNIT}
    assert {tier: tiers.count(tier) for tier in set(tiers)} == {
        "city": 1,
        "district": 12,
        "street": 161,
        "village": 5752,
    }
    assert len(units) == 5926
    since_merger = [f for f in units if f.start.isoformat() == "2019-01-01"]
    assert {f.division[:6] for f in since_merger} == {"370116", "370117"}


async def test_sowing_again_writes_nothing_and_a_change_is_one_change(tx):
    assert await seed.sow(tx, a_corner()) == 0
    renamed = [d.model_copy(update={"name": "新名街道"}) if d.code == STREET else d for d in a_corner()]

    assert await seed.sow(tx, renamed) == 1

    event = await one(tx, "select kind, subject, body from event order by xact desc, seq desc limit 1")
    assert (event.kind, event.subject, event.body["fields"]) == ("DivisionChanged", f"division:{STREET}", ["name"])
    record = await one(tx, "select record->>'name' as name from subject where subject = :s", s=f"division:{STREET}")
    assert record.name == "新名街道"


async def test_parents_come_before_their_children_in_the_feed(tx):
    rows = (
        (await (await tx.connection()).execute(text("select subject from subject order by xact, seq"))).scalars().all()
    )
    codes = [s.removeprefix("division:") for s in rows]
    parents = {d.code: d.parent for d in a_corner()}
    assert all(parents[c] not in codes or codes.index(parents[c]) < codes.index(c) for c in codes)


@pytest.mark.parametrize("parent", [STREET, "370112001001"])
async def test_d06_a_circle_of_parents_is_refused_by_the_database(tx, parent):
    with pytest.raises(Exception, match="ck_division_parent_above"):
        await (await tx.connection()).execute(
            text("update division set parent = :parent where code = :code"), {"parent": parent, "code": STREET}
        )


async def test_models_and_migration_agree_on_every_constraint(registry, databases):
    """`alembic check` compares tables, columns and indexes; constraints are compared here by name."""
    config = Config(str(ROOT / "migrations/alembic.ini"), ini_section="registry")
    config.attributes["url"] = databases.owner("registry").replace("postgresql://", "postgresql+asyncpg://", 1)
    await asyncio.to_thread(command.check, config)

    async with registry.hot() as db:
        there = {(r["table"], r["name"]) for r in await db.fetch(CONSTRAINTS) if is_ours(r["table"])}
    tables = models.METADATA.tables.values()
    assert there == {(t.name, named(t.name, c)) for t in tables for c in t.constraints if not is_empty(c)}


def is_ours(table: str) -> bool:
    """The job queue's tables are pgqueuer's own."""
    return table != "alembic_version" and not table.startswith("pgqueuer")


def is_empty(constraint) -> bool:
    """A history twin has no primary key."""
    return isinstance(constraint, PrimaryKeyConstraint) and not constraint.columns


def named(table: str, constraint) -> str:
    """The check of an enum is given its prefix only when it is written down."""
    name, prefix = str(constraint.name), f"ck_{table}_"
    return prefix + name if isinstance(constraint, CheckConstraint) and not name.startswith(prefix) else name
