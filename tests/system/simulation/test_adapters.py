"""The adapters in memory do what those on PostgreSQL do: they pass the same suites."""

from contextlib import AbstractAsyncContextManager
from random import Random
from typing import Any

import pytest

from shared_events.store.port import Store
from sla_svc.ports import ClockRow
from tests.shared_events.conftest import FixedClock
from tests.shared_events.log.suite import LogSuite
from tests.shared_events.runtime.suites import CheckpointingSuite, SharingSuite
from tests.shared_events.store.suite import StoreSuite
from tests.sla_svc.adapters.suite import TicketsSuite
from tests.system.simulation.consuming import ConsumerTables, MemoryCheckpoints
from tests.system.simulation.database import Database, Transaction
from tests.system.simulation.log import Entries, MemoryLog
from tests.system.simulation.sharing import MemoryShares, ShareTables
from tests.system.simulation.store import MemoryStore, Tables
from tests.system.simulation.tickets import MemoryTickets, TicketTables


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


class TestMemoryStore(StoreSuite):
    """The suite of stores."""

    @pytest.fixture
    def store(self, clock: FixedClock) -> Store:
        return MemoryStore("intake", Database(Random(1), delay_seconds_max=0), Tables(), clock)


class TestMemoryCheckpoints(CheckpointingSuite):
    """The suite of checkpoints."""

    @pytest.fixture
    def checkpoints(self) -> MemoryCheckpoints:
        return MemoryCheckpoints("ledger", Database(Random(1), delay_seconds_max=0), ConsumerTables())


class InMemory:
    """Workers on the same tables."""

    def __init__(self, clock: FixedClock) -> None:
        self._database = Database(Random(1), delay_seconds_max=0)
        self._tables = ShareTables()
        self._clock = clock

    def join(self, name: str) -> MemoryShares:
        return MemoryShares(self._database, self._tables, consumer="ledger", holder=name, clock=self._clock)

    async def die(self, name: str) -> None:
        del self._tables.members[name]

    async def oversleep(self, name: str) -> None:
        self._tables.members[name] = 0.0


class TestMemoryShares(SharingSuite):
    """The suite of shares."""

    @pytest.fixture
    def workers(self, clock: FixedClock) -> InMemory:
        return InMemory(clock)


class TestMemoryLog(LogSuite):
    """The suite of logs."""

    @pytest.fixture
    def log(self) -> MemoryLog:
        return MemoryLog(Database(Random(1), delay_seconds_max=0), Entries())


class RowsInMemory:
    """Rows and the database that they are in."""

    def __init__(self) -> None:
        self._database = Database(Random(1), delay_seconds_max=0)
        self._tables = TicketTables()
        self.tickets = MemoryTickets(self._database, self._tables)

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        return self._database.transaction()

    async def clocks(self) -> list[dict[str, Any]]:
        return [
            {"ticket_id": ticket} | {name: getattr(clock, name) for name in ClockRow.__slots__}
            for (ticket, _), clock in sorted(self._tables.clocks.items())
        ]


class TestMemoryTickets(TicketsSuite):
    """The suite of the rows of tickets."""

    @pytest.fixture
    def ground(self) -> RowsInMemory:
        return RowsInMemory()
