"""Checkpoints in PostgreSQL do what all checkpoints do."""

import asyncpg
import pytest

from shared_events.runtime.checkpoints import Checkpoints
from tests.shared_events.runtime.suites import CheckpointingSuite


class TestCheckpoints(CheckpointingSuite):
    """The suite, on PostgreSQL."""

    @pytest.fixture
    def checkpoints(self, pool: asyncpg.Pool) -> Checkpoints:
        return Checkpoints(pool, "ledger", "ledger")
