"""Drives one consumer: reads the log, checks the numbers, takes events in once, sets bad ones aside (D8, D9)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from shared_events.clock import Clock
from shared_events.figures import UNCOUNTED, Figures
from shared_events.log.port import Entry, Log, PartitionBroken
from shared_events.runtime.effects import Effects, Moved
from shared_events.runtime.firing import Firing
from shared_events.runtime.holding import Holding
from shared_events.runtime.numbering import Batch, NumbersBroken, batch_of, checkpoint_after, count_taken_in
from shared_events.runtime.ports import Checkpoint, Checkpointing, Fenced, Move, Sharing
from shared_events.runtime.process import Process
from shared_events.runtime.retrying import DECIDE_AGAIN_MAX, MovesOn, is_away, retry
from shared_events.runtime.timers import Timers

BATCH_MAX: Final = 1000
TOGETHER_MAX: Final = 500
"""More events than this are taken in partition by partition, so that other tasks of the process get their turn."""

ABREAST: Final = 3
POLL_SECONDS: Final = 0.25
PARKED_SUBJECTS_MAX: Final = 20
"""More subjects than this parked in one partition by one process mean a broken release, not broken events."""

_log = structlog.get_logger(__name__)


class TooManyParked(Exception):
    """So many subjects fail that the release is at fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a runner works with."""

    log: Log
    shares: Sharing
    clock: Clock
    progressed: Callable[[str, Checkpoint], Awaitable[None]]
    """Told after each commit, with the consumer's name."""
    figures: Figures = UNCOUNTED


class Runner:
    """One worker of a consumer of the log: takes in what comes in the partitions that it holds."""

    def __init__(self, checkpoints: Checkpointing, effects: Effects, resources: Resources) -> None:
        self._checkpoints = checkpoints
        self._effects = effects
        self._with = resources
        self._held = Holding(checkpoints, resources.shares, resources.log, resources.figures)
        self._firing = self._firing_of(effects.process)
        self.turns = 0
        """How many have ended well."""

    @property
    def name(self) -> str:
        """The consumer's name."""
        return self._checkpoints.consumer

    @property
    def stopped(self) -> dict[int, Exception]:
        """The partitions that stand still, and why."""
        return self._held.stopped

    async def turn(self) -> bool:
        """Take in what there is, then fire what is due; whether there was anything."""
        for taken_over in await self._held.renew():  # no batch is in hand now: here partitions come and go
            await self._with.progressed(self.name, taken_over)
        offsets = self._held.offsets()
        if not offsets:
            return False
        try:
            entries = await self._with.log.read(offsets, BATCH_MAX)
        except PartitionBroken as broken:
            self._held.stop(broken.partition, broken)
            return True
        await self._held.look_at_parked()
        if not await self._take_together(entries):
            await self._take_apart(entries)
        caught_up = {partition for partition in offsets if len(entries.get(partition, ())) < BATCH_MAX}
        has_fired = self._firing is not None and await self._firing.fire(caught_up)
        return bool(entries) or has_fired

    async def rest(self) -> None:
        """Until there may be more."""
        seconds = POLL_SECONDS if self._firing is None else self._firing.rest_seconds(POLL_SECONDS)
        await self._with.log.wait(self._held.offsets(), seconds)

    async def run(self) -> None:
        """Take in for ever."""
        while True:
            found = await self.turn()
            self.turns += 1
            if not found:
                await self.rest()

    async def stop(self) -> None:
        """Let other workers have the partitions."""
        await self._with.shares.release()

    async def retry(self, subject: str) -> int:
        """Take in the parked events of a subject, in order, up to the first that still fails; how many went in."""
        return await retry(self._checkpoints, self._effects, subject)

    async def _take_together(self, entries: Mapping[int, Sequence[Entry]]) -> bool:
        """A little of several partitions in one transaction, so that it is soon done; whether that went well.

        Whatever does not go well is met again, and dealt with, partition by partition.
        """
        together = {entry.stored.subject for batch in entries.values() for entry in batch}
        if len(entries) < 2 or sum(map(len, entries.values())) > TOGETHER_MAX or together & self._held.parked:
            return False
        try:
            log = self._with.log
            await self._commit([await batch_of(log, self._held[each].at, entries[each]) for each in entries])
        except Exception as error:
            if is_away(error):
                raise
            _log.info("partitions are taken in one by one", consumer=self.name, reason=str(error))
            return False
        return True

    async def _take_apart(self, entries: Mapping[int, Sequence[Entry]]) -> None:
        """Each partition by itself, several at a time: while one waits for the database, another one is folded."""
        free = asyncio.Semaphore(ABREAST)

        async def take(partition: int) -> None:
            async with free:
                await self._with.shares.stay()
                await self._take_or_stop(partition, entries[partition])

        for failed in await asyncio.gather(*map(take, entries), return_exceptions=True):
            if failed is not None:
                raise failed

    async def _take_or_stop(self, partition: int, entries: Sequence[Entry]) -> None:
        try:
            await self._take(self._held[partition].at, entries)
        except (NumbersBroken, TooManyParked) as error:
            self._held.stop(partition, error)
        except Fenced as error:
            self._held.lose(partition, error)

    async def _take(self, before: Checkpoint, entries: Sequence[Entry]) -> None:
        """The whole batch at once; if anything in it fails, entry by entry."""
        batch = await batch_of(self._with.log, before, entries)
        try:
            if self._held.parked.isdisjoint(entry.stored.subject for entry in batch.entries):
                await self._commit([batch])
                return
        except Exception as error:
            if isinstance(error, Fenced) or is_away(error):
                raise
            # Whatever fails is looked for entry by entry, below.
            _log.info("batch is taken in one by one", consumer=self.name, reason=str(error))
        offsets = {entry.offset for entry in batch.fresh}
        for entry in batch.entries:
            await self._with.shares.stay()
            at = self._held[before.partition].at
            await self._take_alone(at, entry, is_fresh=entry.offset in offsets)

    async def _take_alone(self, before: Checkpoint, entry: Entry, *, is_fresh: bool) -> None:
        subject = entry.stored.subject
        if is_fresh and subject in self._held.parked and await self._park_behind(before, entry):
            return
        for _ in range(DECIDE_AGAIN_MAX):
            try:
                await self._commit([Batch(before, [entry], [entry] if is_fresh else [])])
            except (Moved, Fenced) as error:
                if isinstance(error, Fenced):
                    raise
            except Exception as error:
                if is_away(error):
                    raise
                await self._park(before, entry, f"{type(error).__name__}: {error}")
                return
            else:
                return
        raise MovesOn(self.name, subject)

    async def _commit(self, batches: Sequence[Batch]) -> None:
        """All or none. What reactions append to several partitions must go into one call, which locks their heads."""
        events = [event for batch in batches for event in self._effects.decoded(batch.fresh)]
        decisions = await self._effects.decide(events)
        if len(batches) > 1 and decisions.appends_twice:
            raise Moved("a subject is appended to twice")
        moves = [batch.move() for batch in batches]
        async with self._checkpoints.transaction() as transaction:
            await self._checkpoints.advance(transaction, moves)
            if events:
                await self._effects.commit(transaction, events, decisions)
        count_taken_in(self._with.figures, self.name, batches)
        for move in moves:
            await self._moved_to(move.after)
        self._effects.announce(decisions)
        if self._firing is not None:
            self._firing.committed(decisions)

    async def _park(self, before: Checkpoint, entry: Entry, reason: str) -> None:
        subject = entry.stored.subject
        here = self._held[before.partition].parked
        if len(here | {subject}) > PARKED_SUBJECTS_MAX:
            raise TooManyParked(
                f"{len(here)} subjects of partition {before.partition} are parked already; then: {reason}"
            )
        after = checkpoint_after(before, [entry])
        async with self._checkpoints.transaction() as transaction:
            await self._checkpoints.park(transaction, entry, reason, self._with.clock.now())
            await self._checkpoints.advance(transaction, [Move(before, after)])
        here.add(subject)
        self._held.parked.add(subject)
        stored = entry.stored
        _log.error("event parked", consumer=self.name, subject=subject, event_id=str(stored.event_id), type=stored.type)
        await self._moved_to(after)

    async def _park_behind(self, before: Checkpoint, entry: Entry) -> bool:
        """Whether the entry was parked: not if a retry has meanwhile taken in all that it would stand behind."""
        subject = entry.stored.subject
        after = checkpoint_after(before, [entry])
        async with self._checkpoints.transaction() as transaction:
            await self._checkpoints.lock(transaction, before.partition)
            if not await self._checkpoints.parked(subject, transaction):
                self._held.parked.discard(subject)
                return False
            reason = "an earlier event of this subject is parked"
            await self._checkpoints.park(transaction, entry, reason, self._with.clock.now())
            await self._checkpoints.advance(transaction, [Move(before, after)])
        await self._moved_to(after)
        return True

    async def _moved_to(self, after: Checkpoint) -> None:
        self._held.move(after)
        await self._with.progressed(self.name, after)

    def _firing_of(self, process: Process | None) -> Firing | None:
        if process is None:
            return None
        return Firing(
            process,
            Timers(process, self._with.log, self._with.clock),
            checkpoints=self._checkpoints,
            effects=self._effects,
            held=self._held,
            shares=self._with.shares,
            clock=self._with.clock,
        )
