"""A whole city of projects at once; the schema as models and migration say it."""

import asyncio
import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import CheckConstraint, PrimaryKeyConstraint

from services.contracts.practice import PracticeField
from services.contracts.procurement import PaymentState, ProjectState, StaffRole
from services.kernel.actor import Actor
from services.procurement import models
from services.procurement.bulk import Bulk, ContractRow, PaymentRow, ProjectRow, StaffRow, load
from tests.conftest import ROOT
from tests.keys import LICHENG
from tests.procurement.conftest import told
from tests.procurement.factories import BUYER, POINT, PROVIDER, VILLAGE_POINT, a_person
from tests.procurement.test_together import agree

pytestmark = pytest.mark.anyio
DEMO = Actor(id="demo", name="演示数据", kind="service")
CONSTRAINTS = """
select conrelid::regclass::text as table, conname as name from pg_constraint
where connamespace = 'public'::regnamespace and contype in ('c', 'f', 'u', 'x', 'p')"""


def a_city(projects: int, people: list[uuid.UUID]) -> Bulk:
    """Each project with two contracts, eight people and ten payments, one of which came back."""
    bulk = Bulk([], [], [], [])
    for n in range(projects):
        project, start = uuid.uuid4(), date(2025, 1, 1) + timedelta(n % 200)
        bulk.projects.append(
            ProjectRow(project, f"B-{n}", f"演示项目{n}", BUYER, PROVIDER, LICHENG, [PracticeField.LEGAL_AID],
                       ProjectState.ACTIVE, "account:buyer")
        )  # fmt: skip
        for year in range(2):
            contract, begins = uuid.uuid4(), start + timedelta(365 * year)
            bulk.contracts.append(
                ContractRow(contract, project, f"B-{n}-{year}", begins, begins, begins + timedelta(365),
                            Decimal("500000.00"), "account:buyer", service_point_ids=[POINT, VILLAGE_POINT])
            )  # fmt: skip
            for k in range(5):
                state = PaymentState.REVERSED if k == 0 else PaymentState.APPROVED
                undone = ("重复", begins + timedelta(40), Decimal("100.00")) if k == 0 else (None, None, None)
                bulk.payments.append(
                    PaymentRow(uuid.uuid4(), contract, project, Decimal("60000.00"), begins + timedelta(30 * k),
                               "演示机构", f"Z-{n}-{year}-{k}", "account:buyer", state, "account:payer", *undone)
                )  # fmt: skip
        for k in range(8):
            person = people[(n * 8 + k) % len(people)]
            bulk.staff.append(StaffRow(uuid.uuid4(), project, person, StaffRole.SOCIAL_WORKER, Decimal("0.50"), start))
    return bulk


async def test_a_city_is_loaded_and_says_what_is_so(procurement, buyer):
    people = [uuid.uuid4() for _ in range(60)]
    await told(procurement, [a_person(p, (date(2025, 6, 1), None), related=n % 5 == 0) for n, p in enumerate(people)])

    async with procurement.writing.begin() as tx:
        await load(tx, DEMO, a_city(20, people))

    await agree(procurement)
    async with procurement.hot() as db:
        assert await db.fetchval("select count(*) from event") == 20 + 40 + 160 + 200
        assert await db.fetchval("select count(*) from payment_history") == 200
        sums = await db.fetchrow("select min(committed) as low, max(paid) as high from contract")
    assert (sums["low"], sums["high"]) == (Decimal("299900.00"), Decimal("299900.00"))
    first = (await buyer.get("/projects", params={"q": "B-0"})).json()["items"][0]
    assert (first["state"], first["value"], first["paid"]) == ("active", "1000000.00", "599800.00")


async def test_copies_may_come_after_the_city(procurement):
    people = [uuid.uuid4() for _ in range(16)]
    async with procurement.writing.begin() as tx:
        await load(tx, DEMO, a_city(2, people))
    await agree(procurement)

    await told(procurement, [a_person(p, (date(2025, 6, 1), None)) for p in people])

    await agree(procurement)


async def test_a_wrong_row_leaves_nothing(procurement):
    city = a_city(2, [uuid.uuid4()] * 20)  # one person eight times on a project

    with pytest.raises(Exception, match="ex_project_staff_never_twice"):
        async with procurement.writing.begin() as tx:
            await load(tx, DEMO, city)

    async with procurement.hot() as db:
        assert await db.fetchval("select count(*) from project") == 0


async def test_models_and_migration_agree_on_every_constraint(procurement, databases):
    """`alembic check` compares tables, columns and indexes; constraints are compared here by name."""
    config = Config(str(ROOT / "migrations/alembic.ini"), ini_section="procurement")
    config.attributes["url"] = databases.owner("procurement").replace("postgresql://", "postgresql+asyncpg://", 1)
    await asyncio.to_thread(command.check, config)

    async with procurement.hot() as db:
        there = {(r["table"], r["name"]) for r in await db.fetch(CONSTRAINTS) if r["table"] != "alembic_version"}
    tables = [t for t in models.METADATA.tables.values() if t.name != "feed_epoch"]
    there = {(table, name) for table, name in there if table != "feed_epoch"}
    assert there == {(t.name, named(t.name, c)) for t in tables for c in t.constraints if not is_empty(c)}


def is_empty(constraint) -> bool:
    """A history twin has no primary key."""
    return isinstance(constraint, PrimaryKeyConstraint) and not constraint.columns


def named(table: str, constraint) -> str:
    """The check of an enum is given its prefix only when it is written down."""
    name, prefix = str(constraint.name), f"ck_{table}_"
    return prefix + name if isinstance(constraint, CheckConstraint) and not name.startswith(prefix) else name
