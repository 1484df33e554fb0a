"""The whole installation at a glance: who does what, what waits, and what somebody should look at, the worst first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import asyncpg

from services.observability.probing import Answer
from services.observability.standing import Standing, standing
from services.observability.timers import TimersStanding
from services.observability.workers import Workers, workers
from shared_events.clock import Clock
from shared_events.store.partition import PARTITIONS

RELAY_LAG_SECONDS_MAX: Final = 30.0
CONSUMER_LAG_SECONDS_MAX: Final = 60.0
TIMERS_LATE_SECONDS_MAX: Final = 60.0
"""Longer waits are trouble, as in `deploy/observability/alerts.yaml`."""


class Severity(StrEnum):
    """How soon somebody should look."""

    NOW = "now"
    SOON = "soon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is wrong, in a sentence, and what to do about it."""

    severity: Severity
    said: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayRow:
    """One source: what it has stored, and what of it waits for the log."""

    source: str
    stored_events: int
    lag_events: int
    lag_seconds: float
    relayed: bool
    """Whether some process does it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerRow:
    """One consumer, its partitions taken together."""

    consumer: str
    lag_events: int
    lag_seconds: float
    partitions_behind: Sequence[int]
    partitions_held: int
    workers: int
    parked_subjects: int
    parked_events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All of it, each list with the worst first."""

    at: datetime
    engine: str
    troubles: Sequence[Trouble]
    processes: Sequence[Answer]
    relays: Sequence[RelayRow]
    consumers: Sequence[ConsumerRow]
    timers: TimersStanding


async def overview(pool: asyncpg.Pool, clock: Clock, processes: Sequence[Answer]) -> Overview:
    """From the database, and from what the processes have answered."""
    stands, who = await standing(pool, clock), await workers(pool)
    relays = sorted(_relay_rows(stands, who), key=lambda row: -row.lag_seconds)
    consumers = sorted(_consumer_rows(stands, who), key=lambda row: (-row.lag_seconds, -row.parked_subjects))
    return Overview(
        at=clock.now(),
        engine=stands.engine,
        troubles=troubles_of(processes, relays, consumers, stands.timers),
        processes=processes,
        relays=relays,
        consumers=consumers,
        timers=stands.timers,
    )


def troubles_of(
    processes: Sequence[Answer],
    relays: Sequence[RelayRow],
    consumers: Sequence[ConsumerRow],
    timers: TimersStanding,
) -> list[Trouble]:
    """What somebody should look at; what is urgent comes first."""
    troubles = [
        *_of_processes(processes),
        *_of_workers(relays, consumers),
        *_of_relays(relays),
        *_of_consumers(consumers),
        *_of_timers(timers, consumers),
    ]
    return sorted(troubles, key=lambda trouble: list(Severity).index(trouble.severity))


def duration(seconds: float) -> str:
    """As people say it: 40 s, 3 min, 2 h, 5 days."""
    for limit, unit, size in ((120, "s", 1), (7200, "min", 60), (172_800, "h", 3600)):
        if seconds < limit:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} days"


def _relay_rows(stands: Standing, who: Workers) -> Iterator[RelayRow]:
    for each in stands.relays:
        yield RelayRow(
            source=each.source,
            stored_events=each.stored_events,
            lag_events=each.lag_events,
            lag_seconds=each.lag_seconds,
            relayed=each.source in who.relays,
        )


def _consumer_rows(stands: Standing, who: Workers) -> Iterator[ConsumerRow]:
    for parked in stands.parked:
        partitions = [each for each in stands.consumers if each.consumer == parked.consumer]
        holders = who.consumers.get(parked.consumer, {})
        yield ConsumerRow(
            consumer=parked.consumer,
            lag_events=sum(each.lag_events for each in partitions),
            lag_seconds=max(each.lag_seconds for each in partitions),
            partitions_behind=[each.partition for each in partitions if each.lag_seconds > CONSUMER_LAG_SECONDS_MAX],
            partitions_held=sum(holders.values()),
            workers=len(holders),
            parked_subjects=parked.subjects,
            parked_events=parked.events,
        )


def _of_processes(processes: Sequence[Answer]) -> Iterator[Trouble]:
    for process in processes:
        for problem in process.problems:
            said = f"{process.address} is not ready. {problem}"
            yield Trouble(severity=Severity.NOW, said=said, remedy="The log of that process says more.")


def _of_workers(relays: Sequence[RelayRow], consumers: Sequence[ConsumerRow]) -> Iterator[Trouble]:
    """Who is missing. Where nobody is there at all, and nothing waits, nothing has to run either."""
    start = "Start `zixun run`, or `zixun work` beside services that run apart."
    waiting = max([*(row.lag_events for row in relays), *(row.lag_events for row in consumers)], default=0)
    idle = [row.source for row in relays if not row.relayed]
    if len(idle) == len(relays) and not any(row.workers for row in consumers):
        if waiting:
            said = f"Nobody relays or consumes, and {waiting:,} events wait."
            yield Trouble(severity=Severity.NOW, said=said, remedy=start)
        return
    if idle:
        yield Trouble(severity=Severity.NOW, said=f"Nobody relays {', '.join(idle)}.", remedy=start)
    for row in consumers:
        if row.partitions_held < PARTITIONS:
            said = f"{PARTITIONS - row.partitions_held} of {PARTITIONS} partitions of {row.consumer} are nobody's."
            yield Trouble(severity=Severity.NOW, said=said, remedy=start)


def _of_relays(relays: Sequence[RelayRow]) -> Iterator[Trouble]:
    for row in relays:
        if row.relayed and row.lag_seconds > RELAY_LAG_SECONDS_MAX:
            oldest = duration(row.lag_seconds)
            said = f"{row.lag_events:,} events of {row.source} wait for the log, the oldest for {oldest}."
            remedy = "See whether the log can be reached; writing goes on meanwhile."
            yield Trouble(severity=Severity.NOW, said=said, remedy=remedy)


def _of_consumers(consumers: Sequence[ConsumerRow]) -> Iterator[Trouble]:
    for row in consumers:
        if row.workers and row.partitions_behind:
            which = ", ".join(map(str, row.partitions_behind))
            said = (
                f"{row.consumer} is {row.lag_events:,} events behind, the oldest for {duration(row.lag_seconds)}, "
                f"in {'partition' if len(row.partitions_behind) == 1 else 'partitions'} {which}."
            )
            remedy = "If it does not shrink, the log of the worker says why the partitions stand still."
            yield Trouble(severity=Severity.NOW, said=said, remedy=remedy)
        if row.parked_subjects:
            said = f"{row.consumer} could not take in {row.parked_subjects:,} tickets ({row.parked_events:,} events)."
            remedy = "`zixun parked list` says why, `zixun parked retry` tries again."
            yield Trouble(severity=Severity.SOON, said=said, remedy=remedy)


def _of_timers(timers: TimersStanding, consumers: Sequence[ConsumerRow]) -> Iterator[Trouble]:
    """While nobody takes in for SLA, that is the trouble."""
    works = any(row.workers for row in consumers if row.consumer == "sla")
    if works and timers.late_seconds > TIMERS_LATE_SECONDS_MAX:
        said = f"SLA is late: the first of its timers was due {duration(timers.late_seconds)} ago."
        remedy = 'After an outage or an import it catches up; else the log of the worker says why ("timer failed").'
        yield Trouble(severity=Severity.NOW, said=said, remedy=remedy)
