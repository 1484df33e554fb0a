"""A system with nothing running, for whoever looks at how it stands."""

from collections.abc import AsyncIterator

import pytest

from tests.services.stands import Stand, standing_still


@pytest.fixture
async def stand(database: str) -> AsyncIterator[Stand]:
    """Moved step by step by the test."""
    async with standing_still(database) as made:
        yield made
