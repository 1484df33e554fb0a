"""The smallest process: an alarm per subject, a minute after its last reception, that a withdrawal takes back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded
from shared_events.contracts.intake import ConsultationReceived, ConsultationWithdrawn
from shared_events.contracts.routing import ClosingCause, TicketClosed
from shared_events.runtime.commands import Call, append_of
from shared_events.runtime.process import Outcome, Timer
from shared_events.runtime.runner import Runner
from shared_events.store.appends import Append
from shared_events.store.partition import partition_of
from shared_events.store.port import Transaction
from tests.shared_events.runtime.world import World, drain
from tests.shared_events.store.drafts import NOON

AFTER = timedelta(minutes=1)
MINUTE = AFTER.total_seconds()

TABLES = """
create table routing.alarm (subject text primary key, partition int, due_at timestamptz);
create table routing.rung (place serial, subject text);
grant select, insert, update on routing.alarm, routing.rung to zixun_app;
grant usage on routing.rung_place_seq to zixun_app;
"""


@dataclass(slots=True)
class Rows:
    """What the process wants to be written."""

    due: dict[str, datetime | None] = field(default_factory=dict)
    rung: Sequence[str] = ()


class Alarms:
    """Rings by closing the ticket. Fails where it is told to, and takes back what it finds void."""

    handles: tuple[type[Fact], ...] = (ConsultationReceived, ConsultationWithdrawn)
    sources = ("intake",)

    def __init__(self, world: World) -> None:
        self.store = world.routing
        self._world = world
        self.broken: dict[str, Exception] = {}
        self.void: set[str] = set()
        self.asked = 0
        """How often it was asked for what is due."""
        self.others: list[Append] = []
        """What somebody else appends between deciding and committing, one at a time."""

    async def decide(self, batch: Sequence[Recorded[Fact]]) -> Outcome:
        rows = Rows()
        for recorded in batch:
            stored = recorded.stored
            self._break(stored.subject)
            is_open = isinstance(recorded.event, ConsultationReceived)
            rows.due[stored.subject] = stored.recorded_at + AFTER if is_open else None
        return Outcome([], rows, _earliest(rows.due))

    async def due(self, through: Mapping[int, datetime], limit: int, without: Collection[str]) -> Sequence[Timer]:
        self.asked += 1
        rows = await self._world.pool.fetch(
            """
            select a.subject, a.partition, a.due_at from routing.alarm a
            join unnest($1::int[], $2::timestamptz[]) t(partition, moment) using (partition)
            where a.due_at <= t.moment and a.subject <> all($4) order by a.due_at limit $3
            """,
            list(through.keys()),
            list(through.values()),
            limit,
            list(without),
        )
        return [Timer(row["subject"], row["partition"], row["due_at"], None) for row in rows]

    async def fire(self, timers: Sequence[Timer], through: Mapping[int, datetime]) -> Outcome:
        for timer in timers:
            assert timer.due_at <= through[timer.partition]
            self._break(timer.subject)
        ringing = [timer.subject for timer in timers if timer.subject not in self.void]
        streams = await self.store.load_many(ringing)
        closed = TicketClosed(at=NOON, by="system:test", customer_id="c-1", cause=ClosingCause.WITHDRAWN)
        appends = [append_of(streams[subject], [closed], Call("c"), ({}, self._world.ids)) for subject in ringing]
        if self.others and self.others[0].subject in ringing:
            await self.store.append(self.others.pop(0))
        return Outcome(appends, Rows(dict.fromkeys((timer.subject for timer in timers), None), ringing), {})

    async def next_due(self, partitions: Collection[int], without: Collection[str]) -> Mapping[int, datetime]:
        rows = await self._world.pool.fetch(
            """
            select partition, min(due_at) from routing.alarm
            where partition = any($1) and due_at is not null and subject <> all($2) group by partition
            """,
            list(partitions),
            list(without),
        )
        return {row["partition"]: row["min"] for row in rows}

    async def write(self, transaction: Transaction, outcome: Outcome) -> None:
        rows: Rows = outcome.rows
        for subject, due_at in rows.due.items():
            await transaction.execute(
                "insert into routing.alarm values ($1, $2, $3) on conflict (subject) do update set due_at = $3",
                subject,
                partition_of(subject),
                due_at,
            )
        for subject in rows.rung:
            await transaction.execute("insert into routing.rung (subject) values ($1)", subject)

    async def rung(self) -> list[str]:
        """In the order of the transactions, and within them."""
        rows = await self._world.pool.fetch("select subject from routing.rung order by place")
        return [row["subject"] for row in rows]

    def _break(self, subject: str) -> None:
        if subject in self.broken:
            raise self.broken[subject]


async def open_alarms(world: World, keeper: Runner, *subjects: str) -> None:
    """An alarm for each, a minute from now."""
    for subject in subjects:
        await world.happen(subject)
    await world.publish()
    await drain(keeper)


async def pass_time(world: World, seconds: float) -> None:
    """Time, after which the sources have beaten."""
    world.clock.advance(seconds)
    await world.publish()


def _earliest(due: Mapping[str, datetime | None]) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    for subject, moment in due.items():
        if moment is not None:
            found[partition_of(subject)] = min(moment, found.get(partition_of(subject), moment))
    return found
