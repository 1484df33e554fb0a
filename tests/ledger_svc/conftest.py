"""A running ledger for the tests that ask for one."""

from collections.abc import AsyncIterator

import pytest

from tests.ledger_svc import serving
from tests.ledger_svc.serving import Ledger


@pytest.fixture
async def ledger(database: str) -> AsyncIterator[Ledger]:
    """A ledger on a database of its own."""
    async with serving.ledger(database) as running:
        yield running
