"""What holds for the whole city, though whoever buys sees her own district only (row-level security)."""

from datetime import date

import pytest

from services.kernel.db import Database
from tests.keys import LICHENG, LIXIA
from tests.procurement.conftest import BUYING, Buyer, Client, told
from tests.procurement.factories import CERTIFIED, LIXIA_BUYER, LIXIA_POINT, PROVIDER, a_contract, a_person, a_project

pytestmark = pytest.mark.anyio


def neighbours(client: Client) -> list[Buyer]:
    return [Buyer(client(*BUYING, at=at, id=f"account:{at}")) for at in (LICHENG, LIXIA)]


async def test_a_number_is_given_once_though_nobody_sees_where(client: Client) -> None:
    here, there = neighbours(client)
    project, _ = await here.active(1)
    other = await there.project(2, buyer_id=LIXIA_BUYER)

    again = await there.post("/projects", a_project(1, buyer_id=LIXIA_BUYER), 409)
    twice = await there.post("/contracts", a_contract(other["id"], 1, service_point_ids=[LIXIA_POINT]), 409)

    assert (again["code"], twice["code"]) == ("number_taken", "number_taken")
    assert (await there.http.get(f"/projects/{project['id']}")).status_code == 404


async def test_somebody_engaged_by_two_districts_is_engaged_twice(client: Client, procurement: Database) -> None:
    """A provider's people work wherever it does: the warning counts both projects, and no district sees the other's."""
    here, there = neighbours(client)
    await told(procurement, [a_person(CERTIFIED, (date(2020, 1, 1), None), employer=PROVIDER)])
    project, _ = await here.active(1)
    other = await there.project(2, buyer_id=LIXIA_BUYER)
    await there.contract(other, 2, service_point_ids=[LIXIA_POINT])

    once, twice = await here.member(project), await there.member(other)

    assert once["warnings"] == []
    assert len(twice["warnings"]) == 1
    assert [s["id"] for s in (await there.http.get("/staff")).json()["items"]] == [twice["id"]]
