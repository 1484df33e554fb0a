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
    """What was read, up to where the numbers break; `NumbersBroken` if there is nothing before that.

    They break at a gap, and at a repetition that is not the same event, to the digest.
    """
    seen = dict(before.seen)
    fresh: list[Entry] = []
    for place, entry in enumerate(entries):
        last = seen.get(entry.stored.source, 0)
        if entry.stored.sequence == last + 1:
            seen[entry.stored.source] = entry.stored.sequence
            fresh.append(entry)
            continue
        broken = await _broken(log, entry, last)
        if broken is not None and place > 0:
            return Batch(before, entries[:place], fresh)
        if broken is not None:
            raise broken
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


async def _broken(log: Log, entry: Entry, last: int) -> NumbersBroken | None:
    """What is wrong with an entry that is not the next one after `last`; nothing, if it is an exact repetition."""
    stored = entry.stored
    if stored.sequence > last:
        return NumbersBroken(
            f"{stored.source}:{stored.partition} goes from {last} to {stored.sequence} at offset "
            f"{entry.offset}: {stored.sequence - last - 1} events are missing"
        )
    original = await log.original(entry)
    if original is None or (original.event_id, original.digest) != (stored.event_id, stored.digest):
        return NumbersBroken(
            f"{stored.source}:{stored.partition}:{stored.sequence} at offset {entry.offset} is event "
            f"{stored.event_id}, which is not the one that had this number first"
        )
    _log.info("repetition dropped", event_id=str(stored.event_id))
    return None
