"""Processes that write, relay and consume on one simulated database, until a seed kills, delays or cuts them off."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from intake_svc.domain.commands import ClassifyConsultation, ReceiveConsultation, WithdrawConsultation
from intake_svc.domain.consultation import DECIDER as CONSULTATION
from routing_svc.domain.policy import close_withdrawn, route_technical
from routing_svc.domain.ticket import DECIDER as TICKET
from shared_events.contracts import REGISTRY
from shared_events.contracts.intake import (
    Category,
    Channel,
    Complexity,
    ConsultationClassified,
    ConsultationWithdrawn,
    RequestKind,
    Urgency,
)
from shared_events.ids import IdSource
from shared_events.keys import PersonKey
from shared_events.runtime.commands import Aggregate, Call, Contended
from shared_events.runtime.effects import Effects
from shared_events.runtime.relay import Relay
from shared_events.runtime.runner import Resources, Runner
from shared_events.runtime.service import Reaction
from shared_events.store.appends import CommandKey
from tests.system.simulation.alarms import Alarms
from tests.system.simulation.consuming import ConsumerTables, MemoryCheckpoints, MemoryView
from tests.system.simulation.database import Database
from tests.system.simulation.log import Entries, MemoryLog
from tests.system.simulation.sharing import LeaseRow, MemoryLease, MemoryShares, ShareTables
from tests.system.simulation.store import MemoryStore, Tables
from tests.system.simulation.tickets import MemoryTickets, TicketTables
from tests.system.simulation.virtual_time import LoopClock

SOURCES = ("intake", "routing", "sla")
CONSUMERS = ("routing", "ledger", "sla")


class MemoryRing:
    """One key for everybody: the simulation is not about secrets."""

    async def of_person(self, person: str) -> PersonKey:
        return PersonKey(f"key-of-{person}", AESGCM(bytes(32)))

    async def new_person(self, new_id: Callable[[], str]) -> str:
        return new_id()


@dataclass(slots=True)
class Parts:
    """What a process is made of; a test may put a broken part in the place of a good one."""

    store: Callable[..., MemoryStore] = MemoryStore
    log: Callable[..., MemoryLog] = MemoryLog
    checkpoints: Callable[..., MemoryCheckpoints] = MemoryCheckpoints
    shares: Callable[..., MemoryShares] = MemoryShares
    relay: Callable[..., Relay] = Relay


@dataclass(slots=True)
class Disk:
    """What survives."""

    database: Database
    tables: dict[str, Tables] = field(default_factory=lambda: {source: Tables() for source in SOURCES})
    entries: Entries = field(default_factory=Entries)
    consumers: dict[str, ConsumerTables] = field(default_factory=lambda: {name: ConsumerTables() for name in CONSUMERS})
    tickets: TicketTables = field(default_factory=TicketTables)
    leases: dict[str, LeaseRow] = field(default_factory=dict)
    shares: dict[str, ShareTables] = field(default_factory=lambda: {name: ShareTables() for name in CONSUMERS})


class Process:
    """One running program, which may be killed at any await."""

    def __init__(self, name: str, disk: Disk, random: Random, parts: Parts) -> None:
        clock = LoopClock(asyncio.get_running_loop())
        self.ids = IdSource(clock, random.getrandbits)
        self.clock = clock
        self._disk = disk
        self.name = name
        self._parts = parts
        self._tasks: list[asyncio.Task[Any]] = []
        database = disk.database
        stores = {source: parts.store(source, database, disk.tables[source], clock) for source in SOURCES}
        log = parts.log(database, disk.entries)
        self.consultations = Aggregate(CONSULTATION, stores["intake"], MemoryRing(), self.ids)
        tickets = Aggregate(TICKET, stores["routing"], MemoryRing(), self.ids)
        relays = [parts.relay(store, log, self._lease(f"{store.source} relay"), clock) for store in stores.values()]
        reactions = [
            Reaction(name="route", handles=(ConsultationClassified,), react=route_technical, aggregate=tickets),
            Reaction(name="close", handles=(ConsultationWithdrawn,), react=close_withdrawn, aggregate=tickets),
        ]
        effects = {
            "routing": Effects([], reactions),
            "ledger": Effects([MemoryView(tuple(REGISTRY.values()), disk.consumers["ledger"], database)], []),
            "sla": Effects([], [], Alarms(stores["sla"], MemoryTickets(database, disk.tickets), self.ids)),
        }
        self.runners = [
            Runner(
                parts.checkpoints(consumer, database, disk.consumers[consumer]),
                effects[consumer],
                Resources(log=log, shares=self._shares(consumer), clock=clock, progressed=_unheard),
            )
            for consumer in CONSUMERS
        ]
        for run in (*(relay.run for relay in relays), *(runner.run for runner in self.runners)):
            self._spawn(_keep_running(run))

    async def kill(self) -> None:
        """At once, wherever it is: what it had not committed is gone, what it holds stays until that runs out."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Something that dies with the process."""
        return self._spawn(work)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task

    def _lease(self, name: str) -> MemoryLease:
        row = self._disk.leases.setdefault(name, LeaseRow())
        return MemoryLease(self._disk.database, row, holder=self.name, clock=self.clock)

    def _shares(self, consumer: str) -> MemoryShares:
        tables = self._disk.shares[consumer]
        return self._parts.shares(self._disk.database, tables, consumer=consumer, holder=self.name, clock=self.clock)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call with a key, so that its caller may repeat it."""

    call: Call

    async def expected_version(self, source: str) -> int | None:  # noqa: ARG002 - has seen nothing
        return None


async def consult(process: Process, ticket: str, random: Random, acknowledged: set[tuple[str, str]]) -> None:
    """A customer's consultation; whatever was acknowledged is written down."""
    now = process.clock.now()
    received = ReceiveConsultation(
        at=now, by="agent", customer_id=f"c-{ticket}", serial=1, channel=Channel.TELEPHONE, contacted_at=now
    )
    await _ask(process, ticket, "receive", received, acknowledged)
    classified = ClassifyConsultation(
        at=process.clock.now(),
        by="agent",
        category=Category.TECHNICAL_SUPPORT,
        request_kind=RequestKind.IN_CONTRACT_SERVICE,
        complexity=Complexity.COMPLEX,
        urgency=Urgency.NORMAL,
    )
    await _ask(process, ticket, "classify", classified, acknowledged)
    if random.random() < 0.5:
        withdrawn = WithdrawConsultation(at=process.clock.now(), by="agent")
        await _ask(process, ticket, "withdraw", withdrawn, acknowledged)


async def _ask(process: Process, ticket: str, name: str, command: Any, acknowledged: set[tuple[str, str]]) -> None:
    """Until it is acknowledged, as a client with an Idempotency-Key does."""
    key = CommandKey("client", f"{ticket} {name}", name.encode())
    while True:
        with suppress(ConnectionError, TimeoutError, Contended):
            handled = await process.consultations.handle(ticket, command, Asked(Call(ticket, command_key=key)))
            assert handled.refused is None, handled.refused
            acknowledged.add((ticket, name))
            return
        await asyncio.sleep(0.1)


async def _keep_running(run: Callable[[], Coroutine[Any, Any, None]]) -> None:
    while True:
        with suppress(ConnectionError, TimeoutError):
            await run()
        await asyncio.sleep(0.1)


async def _unheard(_consumer: str, _checkpoint: object) -> None:
    return
