"""A centre for the tests that ask for one: all services, relays and consumers on a database of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.system.serving import Centre, serving


@pytest.fixture
async def centre(database: str) -> AsyncIterator[Centre]:
    """The whole system at work."""
    async with serving(database) as running:
        yield running
