"""Knows when the next timer of a process falls due, and through which moment its partitions are known (D11)."""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from shared_events.clock import Clock
from shared_events.log.port import Heartbeat, Log
from shared_events.runtime.ports import Checkpoint
from shared_events.runtime.process import Process

WAIT_SECONDS: Final = 10.0
"""So long a timer waits for a source that does not beat; what comes later still is the process's to put right."""

LOOK_SECONDS: Final = 0.05
"""So often the heartbeats are looked at while something that is due waits for them."""

SAMPLE_SECONDS: Final = 0.25
UNREACHED_MAX: Final = 8
"""Heartbeats of a source and partition that are remembered until the consumer has read up to them."""


class Timers:
    """Of the partitions that one worker holds. A look costs nothing while nothing is due."""

    def __init__(self, process: Process, log: Log, clock: Clock) -> None:
        self._process = process
        self._sources = frozenset(process.sources)
        self._log = log
        self._clock = clock
        self._partitions: dict[int, _Partition] = {}

    async def follow(self, held: Mapping[int, Checkpoint], without: Collection[str]) -> None:
        """Learn the next moments of partitions that are new; forget those that are gone."""
        known = self._partitions
        kept = {each: known[each] for each, at in held.items() if each in known and known[each].epoch == at.epoch}
        fresh = {each: _Partition(at.epoch) for each, at in held.items() if each not in kept}
        self._partitions = kept
        if fresh:
            next_due = await self._process.next_due(fresh, without)
            for each, partition in fresh.items():
                partition.next_due = next_due.get(each)
            self._partitions = kept | fresh

    async def look_again(self, partitions: Collection[int], without: Collection[str]) -> None:
        """What is the next moment there now?"""
        next_due = await self._process.next_due(partitions, without)
        for each in partitions:
            self._partitions[each].next_due = next_due.get(each)

    def lower(self, due: Mapping[int, datetime]) -> None:
        """Rows were committed of which the earliest fall due then."""
        for each, moment in due.items():
            partition = self._partitions.get(each)
            if partition is not None and (partition.next_due is None or moment < partition.next_due):
                partition.next_due = moment

    async def ripe(self, held: Mapping[int, Checkpoint], caught_up: Collection[int]) -> dict[int, datetime]:
        """Where something may be fired, and through which moment: it is due, and has waited for what it must."""
        now = self._clock.now()
        due = {each: partition for each, partition in self._partitions.items() if partition.is_due(now)}
        for each, partition in due.items():
            partition.reach(held[each].next_offset)
        if not all(partition.is_ripe(self._sources) for partition in due.values()):
            for beat in await self._log.heartbeats():
                if beat.source in self._sources and beat.partition in due:
                    due[beat.partition].hear(beat)
        ripe: dict[int, datetime] = {}
        for each, partition in due.items():
            partition.reach(held[each].next_offset)
            if not partition.is_ripe(self._sources):
                partition.wait(self._clock.monotonic(), now, is_caught_up=each in caught_up)
            through = partition.through(self._sources)
            if through is not None and partition.is_ripe(self._sources):
                ripe[each] = min(through, now)  # a source's clock may be ahead of this one
        return ripe

    def rest_seconds(self, at_most: float) -> float:
        """How long the worker may rest: until the next moment; if that is over, until the next look."""
        moments = [partition.next_due for partition in self._partitions.values() if partition.next_due is not None]
        if not moments:
            return at_most
        left = (min(moments) - self._clock.now()).total_seconds()
        return min(at_most, left if left > 0 else LOOK_SECONDS)


@dataclass(slots=True)
class _Partition:
    """What a worker knows of one that it holds under this epoch."""

    epoch: int
    next_due: datetime | None = None
    taken_in: dict[str, datetime] = field(default_factory=dict)
    """Of each source the moment before which all that it recorded is taken in."""
    unreached: dict[str, deque[Heartbeat]] = field(default_factory=dict)
    seen_due: deque[tuple[float, datetime]] = field(default_factory=deque)
    """When this worker looked and something had to wait, and what time it was then."""
    has_waited: datetime | None = None
    """What was due at this moment has been seen so for long enough."""
    waited_through: datetime | None = None
    """The same, at a time when the worker had caught up with the log."""

    def is_due(self, moment: datetime) -> bool:
        return self.next_due is not None and self.next_due <= moment

    def is_ripe(self, sources: Collection[str]) -> bool:
        through = self.through(sources)
        return through is not None and self.is_due(through)

    def through(self, sources: Collection[str]) -> datetime | None:
        """What falls due by then may be fired."""
        known = [self.taken_in[source] for source in sources if source in self.taken_in]
        moments = [min(known)] if known and len(known) == len(sources) else []
        if self.waited_through is not None:
            moments.append(self.waited_through)
        return max(moments, default=None)

    def hear(self, beat: Heartbeat) -> None:
        """Remember it until it is reached: it says what is taken in only when all before its offset is."""
        waiting = self.unreached.setdefault(beat.source, deque())
        if len(waiting) < UNREACHED_MAX and (not waiting or waiting[-1].relayed_through < beat.relayed_through):
            waiting.append(beat)

    def reach(self, offset: int) -> None:
        """All before this offset is taken in."""
        for source, waiting in self.unreached.items():
            while waiting and waiting[0].next_offset <= offset:
                self.taken_in[source] = waiting.popleft().relayed_through

    def wait(self, seconds: float, now: datetime, *, is_caught_up: bool) -> None:
        if not self.seen_due or seconds - self.seen_due[-1][0] >= SAMPLE_SECONDS:
            self.seen_due.append((seconds, now))
        while self.seen_due and seconds - self.seen_due[0][0] >= WAIT_SECONDS:
            self.has_waited = self.seen_due.popleft()[1]
        if is_caught_up:
            self.waited_through = self.has_waited
