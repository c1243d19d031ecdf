"""The small demo city into a whole system: killed half-way, repeated, and never beside other data."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.demo.load import load
from deploy.demo.target import OWNERS, Target, asked
from deploy.local.errors import CannotRun
from tests.apps import System, whole_system
from tests.conftest import Databases

pytestmark = pytest.mark.anyio
JINAN = "370100000000"
WHOLE = "every row, whoever may see it"
COUNTS = {
    "registry": ("person", "certificate", "registration", "assignment", "service_point", "organization"),
    "training": ("session", "attendance", "supervisor", "practice_place"),
    "procurement": ("project", "contract", "project_staff", "payment"),
    "coordination": ("service_record",),
}


@pytest.fixture(scope="module")
async def system(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    async with whole_system(databases, tmp_path_factory.mktemp("city")) as running:
        yield running


@pytest.fixture
def target(system: System, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Target:
    told = {
        name: {
            "SHEGONG_DATABASE_URL": databases.url(name),
            "SHEGONG_READ_URL": databases.reader(name),
            WHOLE: databases.admin(name),
        }
        for name in (*OWNERS, "gateway")
    }
    client: dict[str, str] = system.told["client"]  # type: ignore[assignment]
    return Target(system.gateway, client, told, tmp_path_factory.getbasetemp() / "demo-city.json")


async def counts(target: Target) -> dict[str, object]:
    return {
        table: await asked(target.told[name][WHOLE], f"select count(*) from {table}")
        for name, tables in COUNTS.items()
        for table in (*tables, "event")
    }


async def until_people_are_there(target: Target) -> None:
    while not await asked(target.told["registry"][WHOLE], "select count(*) from person"):  # noqa: ASYNC110 - committed by others
        await asyncio.sleep(0.02)


async def test_begun_and_killed_it_is_completed_by_the_same_command(target: Target) -> None:
    begun = asyncio.create_task(load(target, 54, small=True))
    await until_people_are_there(target)
    begun.cancel()
    await asyncio.gather(begun, return_exceptions=True)
    assert not await asked(target.told["training"][WHOLE], "select count(*) from session")

    city = await load(target, 54, small=True)

    whole = await counts(target)
    assert whole["person"] == len(city.holders) == 340
    assert whole["service_point"] == len(city.points)
    assert whole["attendance"] == len(city.attendances)
    assert whole["contract"] == sum(len(p.contracts) for p in city.projects)
    assert whole["service_record"] == len(city.services)


async def test_repeated_it_changes_nothing(target: Target) -> None:
    before = await counts(target)

    await load(target, 54, small=True)

    assert await counts(target) == before


async def test_every_number_of_the_city_is_live(system: System, target: Target) -> None:
    door = await system.signed_in("city")
    coverage = (await door.get(f"/coverage/{JINAN}")).raise_for_status().json()
    items = (await door.get(f"/indicators/{JINAN}")).raise_for_status().json()["items"]

    of = {tier["tier"]: tier for tier in coverage["tiers"]}
    assert (of["district"]["established"], of["street"]["established"]) == (12, 12)
    assert of["street"]["effective"] < 12
    assert of["village"]["served"] > 0
    assert coverage["unrecorded"] == []
    live = {i["id"] for i in items if i["value"] is not None and float(i["value"]) > 0}
    assert live >= {
        "certified_people", "certificates_issued", "registered_workers", "supervisors", "training_bases",
        "internship_sites", "annual_training_hours", "annual_training_compliance", "qualified_project_staff",
        "projects_in_force", "amount_paid", "coverage_street", "coverage_village", "persons_served",
    }  # fmt: skip


async def test_another_city_is_refused_before_anything_is_written(target: Target) -> None:
    before = await counts(target)

    with pytest.raises(CannotRun, match="已装入另一座演示城市"):
        await load(target, 55, small=True)

    assert await counts(target) == before


async def test_beside_other_data_nothing_is_written(target: Target, tmp_path: Path) -> None:
    before = await counts(target)

    with pytest.raises(CannotRun, match="数据库里已有其他数据"):
        await load(Target(target.gateway, target.client, target.told, tmp_path / "no-marker.json"), 54, small=True)

    assert await counts(target) == before


async def test_the_record_of_another_cluster_counts_for_nothing(target: Target, tmp_path: Path) -> None:
    elsewhere = tmp_path / "copied.json"
    elsewhere.write_text('{"seed": 54, "small": true, "as_of": "2026-11-24", "cluster": "elsewhere"}')

    with pytest.raises(CannotRun, match="数据库里已有其他数据"):
        await load(Target(target.gateway, target.client, target.told, elsewhere), 54, small=True)
