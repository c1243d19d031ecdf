"""The whole system for a test that goes through all of it."""

from collections.abc import AsyncIterator

import pytest

from tests.apps import System, whole_system
from tests.conftest import Databases


@pytest.fixture(scope="module")
async def system(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """Started once for a module: its tests use numbers and places of their own."""
    async with whole_system(databases, tmp_path_factory.mktemp("system")) as running:
        yield running
