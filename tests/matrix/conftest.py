"""The houses of tests/hostile, and a walk through each."""

from collections.abc import AsyncIterator

import pytest

from services.kernel.actor import actor_of
from tests.conftest import Databases
from tests.hostile.houses import HOUSES, SERVICES
from tests.matrix.walk import Walk


@pytest.fixture(scope="module", params=SERVICES)
async def walk(databases: Databases, request: pytest.FixtureRequest) -> AsyncIterator[Walk]:
    async with HOUSES[request.param](databases) as house:
        house.app.state.actor_of = actor_of  # the gateway takes signed actors too: no sign-in for each cell
        yield await Walk(house, request.param).prepared()
