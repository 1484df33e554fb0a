"""A centre for the tests that ask for one: all services, relays and consumers on a database of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.routing_svc.desk import Desk, open_desk


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Desk]:
    """A service desk at work."""
    async with open_desk(database) as running:
        yield running
