"""Each service made once for a module, with a record of every kind."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Databases
from tests.hostile.houses import HOUSES, SERVICES, House


@pytest.fixture(scope="module", params=SERVICES)
async def house(databases: Databases, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """Of every service in turn, unless a test names one."""
    async with HOUSES[request.param](databases) as made:
        yield made
