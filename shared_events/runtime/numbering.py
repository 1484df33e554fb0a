"""Checks the numbers of what a consumer reads: loss and duplication are arithmetic (P2, D8)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from shared_events.figures import Figures
from shared_events.log.port import Entry, Log
from shared_events.runtime.ports import Checkpoint, Move

_log = structlog.get_logger(__name__)


class NumbersBroken(Exception):
    """The numbers of a source are not what they must be: an event is missing, or another stands in its place."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read of one partition, and what of it is new."""

    before: Checkpoint
    entries: Sequence[Entry]
    fresh: Sequence[Entry]

    def move(self) -> Move:
        """What the checkpoint does when it is taken in."""
        return Move(self.before, checkpoint_after(self.before, self.entries))


async def batch_of(log: Log, before: Checkpoint, entries: Sequence[Entry]) -> Batch:
    """What was read. A repetition must be the same event, to the digest; `NumbersBroken` else, and for a gap."""
    seen = dict(before.seen)
    fresh: list[Entry] = []
    for entry in entries:
        stored = entry.stored
        last = seen.get(stored.source, 0)
        if stored.sequence > last + 1:
            raise NumbersBroken(
                f"{stored.source}:{stored.partition} goes from {last} to {stored.sequence} at offset "
                f"{entry.offset}: {stored.sequence - last - 1} events are missing"
            )
        if stored.sequence <= last:
            await _check_repetition(log, entry)
            continue
        seen[stored.source] = stored.sequence
        fresh.append(entry)
    return Batch(before, entries, fresh)


def count_taken_in(figures: Figures, consumer: str, batches: Sequence[Batch]) -> None:
    """Of batches that were just committed."""
    recorded_at = [entry.stored.recorded_at for batch in batches for entry in batch.fresh]
    figures.taken_in(consumer, recorded_at, sum(len(batch.entries) for batch in batches) - len(recorded_at))


def checkpoint_after(before: Checkpoint, entries: Sequence[Entry]) -> Checkpoint:
    """Where a consumer stands when it has taken in these."""
    seen = dict(before.seen)
    for entry in entries:
        seen[entry.stored.source] = max(seen.get(entry.stored.source, 0), entry.stored.sequence)
    return replace(before, next_offset=entries[-1].offset + 1, seen=seen)


async def _check_repetition(log: Log, entry: Entry) -> None:
    stored = entry.stored
    original = await log.original(entry)
    if original is None or (original.event_id, original.digest) != (stored.event_id, stored.digest):
        raise NumbersBroken(
            f"{stored.source}:{stored.partition}:{stored.sequence} at offset {entry.offset} is event "
            f"{stored.event_id}, which is not the one that had this number first"
        )
    _log.info("repetition dropped", event_id=str(stored.event_id))
