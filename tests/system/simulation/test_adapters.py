"""The adapters in memory do what those on PostgreSQL do: they pass the same suites."""

from random import Random

import pytest

from shared_events.store.port import Store
from tests.shared_events.conftest import FixedClock
from tests.shared_events.log.suite import LogSuite
from tests.shared_events.store.suite import StoreSuite
from tests.system.simulation.database import Database
from tests.system.simulation.log import Entries, MemoryLog
from tests.system.simulation.store import MemoryStore, Tables


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


class TestMemoryStore(StoreSuite):
    """The suite of stores."""

    @pytest.fixture
    def store(self, clock: FixedClock) -> Store:
        return MemoryStore("intake", Database(Random(1), delay_seconds_max=0), Tables(), clock)


class TestMemoryLog(LogSuite):
    """The suite of logs."""

    @pytest.fixture
    def log(self) -> MemoryLog:
        return MemoryLog(Database(Random(1), delay_seconds_max=0), Entries())
