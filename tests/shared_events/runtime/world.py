"""A store that writes, a log, and a consumer whose table refuses whatever comes twice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import asyncpg

from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded
from shared_events.contracts.intake import Channel, ConsultationReceived, ConsultationWithdrawn
from shared_events.contracts.routing import ClosingCause, TicketClosed
from shared_events.decider import Command, Decider
from shared_events.ids import IdSource
from shared_events.keys import KeyRing
from shared_events.log.postgres import PostgresLog
from shared_events.runtime.checkpoints import Checkpoints
from shared_events.runtime.commands import Aggregate, Call, append_of
from shared_events.runtime.effects import Effects
from shared_events.runtime.lease import Lease, Presence
from shared_events.runtime.ports import Checkpoint
from shared_events.runtime.process import Process
from shared_events.runtime.relay import Relay
from shared_events.runtime.runner import Resources, Runner
from shared_events.runtime.service import Reaction
from shared_events.runtime.sharing import Shares
from shared_events.runtime.views import View
from shared_events.store.appends import Appended, Stream
from shared_events.store.partition import partition_of
from shared_events.store.postgres import EventStore
from shared_events.store.rows import Connection
from tests.shared_events.conftest import FixedClock
from tests.shared_events.noted import NotedFigures
from tests.shared_events.store.drafts import NOON

TABLE = """
create table ledger.seen (
    subject text, source text, version int, partition int, "offset" bigint,
    primary key (subject, source, version)
);
grant select, insert on ledger.seen to zixun_app;
"""


class SeenView:
    """One row per event; no upsert, so an event that is taken in twice is an error. Breaks on subjects named to it."""

    name = "seen"
    handles: tuple[type[Fact], ...] = (ConsultationReceived, ConsultationWithdrawn, TicketClosed)

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.batches: list[int] = []

    async def apply(self, connection: Connection, batch: Sequence[Recorded[Any]]) -> None:
        self.batches.append(len(batch))
        for recorded in batch:
            stored = recorded.stored
            await connection.execute(
                "insert into ledger.seen values ($1, $2, $3, $4, $5)",
                stored.subject,
                stored.source,
                stored.version,
                stored.partition,
                recorded.offset,
            )
            if stored.subject in self.broken:
                raise ValueError(f"cannot fold {stored.subject}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseTicket(Command):
    """The reaction's command."""


def decide(command: CloseTicket, closed: int) -> Sequence[TicketClosed]:
    """Always closes once more, so that only the command key keeps it from doing so twice for one cause."""
    return [TicketClosed(at=command.at, by=command.by, customer_id="c-1", cause=ClosingCause.WITHDRAWN)]


CLOSINGS: Decider[CloseTicket, TicketClosed, int] = Decider(0, decide, lambda closed, _: closed + 1)


def close_withdrawn(recorded: Recorded[Any]) -> Sequence[Command]:
    """The policy under test."""
    return [CloseTicket(at=recorded.stored.recorded_at, by="system:test")]


class World:
    """Everything on one database; `runner()` gives a consumer as of a process of its own."""

    def __init__(self, pool: asyncpg.Pool, clock: FixedClock) -> None:
        self.pool = pool
        self.clock = clock
        self.ids = IdSource(clock)
        self.intake = EventStore("intake", pool, clock)
        self.routing = EventStore("routing", pool, clock)
        self.log = PostgresLog(pool)
        self.ring = KeyRing(pool, bytes(32), clock)
        self.view = SeenView()
        self.progressed: list[tuple[str, Checkpoint]] = []
        self.figures = NotedFigures()
        self.presences: dict[str, Presence] = {}

    def relay(self, store: EventStore, holder: str = "here") -> Relay:
        return Relay(store, self.log, self._lease(store.source, holder), self.clock, figures=self.figures)

    def runner(self, *, holder: str = "here", view: View | None = None) -> Runner:
        return self._runner("ledger", Effects([view or self.view], []), holder)

    def reactor(self, *, holder: str = "here") -> Runner:
        aggregate = Aggregate(CLOSINGS, self.routing, self.ring, self.ids)
        reaction = Reaction(
            name="test.close", handles=(ConsultationWithdrawn,), react=close_withdrawn, aggregate=aggregate
        )
        return self._runner("routing", Effects([], [reaction]), holder)

    def keeper(self, process: Process, *, holder: str = "here") -> Runner:
        return self._runner("routing", Effects([], [], process), holder)

    async def happen(self, subject: str, *, count: int = 1, kind: str = "received") -> None:
        """Append `count` events of a subject to intake."""
        events: list[Fact] = [_event(kind) for _ in range(count)]
        stream = await self.intake.load(subject)
        outcome = await self.intake.append(append_of(Stream(subject, stream.events), events, Call("c"), ({}, self.ids)))
        assert isinstance(outcome, Appended)

    async def publish(self) -> None:
        """Relay everything of both stores."""
        for store in (self.intake, self.routing):
            relay = self.relay(store)
            while await relay.turn():
                pass

    async def seen(self) -> list[tuple[str, int]]:
        rows = await self.pool.fetch('select subject, version from ledger.seen order by partition, "offset"')
        return [(row["subject"], row["version"]) for row in rows]

    def shares(self, consumer: str, holder: str) -> Shares:
        presence = self._presence(holder)
        return Shares(presence, self.pool, schema=consumer, consumer=consumer, holder=holder, clock=self.clock)

    def _lease(self, schema: str, holder: str) -> Lease:
        return Lease(self._presence(holder), self.pool, schema=schema, name="one", holder=holder, clock=self.clock)

    def _presence(self, holder: str) -> Presence:
        return self.presences.setdefault(holder, Presence(self.pool))

    async def _note(self, consumer: str, checkpoint: Checkpoint) -> None:
        self.progressed.append((consumer, replace(checkpoint)))

    def _runner(self, consumer: str, effects: Effects, holder: str) -> Runner:
        shares = self.shares(consumer, holder)
        resources = Resources(
            log=self.log, shares=shares, clock=self.clock, progressed=self._note, figures=self.figures
        )
        return Runner(Checkpoints(self.pool, consumer, consumer), effects, resources)


def same_partition(count: int) -> list[str]:
    """Subjects that share the partition of the first."""
    first = partition_of("t-0")
    return [name for number in range(100_000) if partition_of(name := f"t-{number}") == first][:count]


async def drain(runner: Runner) -> None:
    """Until there is nothing left to take in."""
    while await runner.turn():
        pass


async def tamper(database: str, statement: str) -> None:
    """As somebody who owns the database and has switched the guards off."""
    owner = await asyncpg.connect(database)
    await owner.execute("set session_replication_role = replica")
    await owner.execute(statement)
    await owner.close()


def _event(kind: str) -> Fact:
    if kind == "withdrawn":
        return ConsultationWithdrawn(at=NOON, by="agent-1", customer_id="c-1")
    return ConsultationReceived(
        at=NOON,
        by="agent-1",
        customer_id="c-1",
        number="1",
        channel=Channel.TELEPHONE,
        contacted_at=NOON - timedelta(minutes=1),
    )
