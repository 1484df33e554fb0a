"""Keeps the log of Kafka in the ledger's database, under the offsets that it has there (D7)."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import structlog

from shared_events.figures import UNCOUNTED, Figures
from shared_events.log.archive import Archive
from shared_events.log.port import Entry, Log, PartitionBroken
from shared_events.runtime.numbering import Batch, NumbersBroken, batch_of, count_taken_in
from shared_events.runtime.ports import Checkpoint, ForeignLog, Leasing

NAME: Final = "archiver"
"""Under which it is counted like any consumer."""
BATCH_MAX: Final = 1000
POLL_SECONDS: Final = 0.25

_log = structlog.get_logger(__name__)


class Archiver:
    """The ledger's first consumer; `stopped` has the partitions that stand still, and why.

    Where it stands is where the archive ends. Two of them do no harm: each write says where it goes on from.
    """

    def __init__(self, kafka: Log, archive: Archive, lease: Leasing, *, figures: Figures = UNCOUNTED) -> None:
        self._kafka = kafka
        self._archive = archive
        self._lease = lease
        self._figures = figures
        self._held = False
        self._at: dict[int, Checkpoint] = {}
        self.stopped: dict[int, Exception] = {}
        self.turns = 0
        """How many have ended well."""

    async def turn(self) -> bool:
        """Keep what there is; whether there was anything."""
        held = await self._lease.hold() is not None
        if not held:
            # It neither waits for what another process reads, nor answers for what that one has met.
            self._at, self.stopped = {}, {}
        elif not self._held:
            await adopt(self._archive, await self._kafka.log_id())
            kept = await self._archive.kept()
            self._at = {partition: Checkpoint(partition, end, seen) for partition, (end, seen) in kept.items()}
            self.stopped = {}
        self._held = held
        return held and await self._copy()

    async def rest(self) -> None:
        """Until there may be more."""
        await self._kafka.wait(self._offsets(), POLL_SECONDS)

    async def run(self) -> None:
        """Keep for ever."""
        while True:
            found = await self.turn()
            self.turns += 1
            if not found:
                await self.rest()

    async def stop(self) -> None:
        """Give the lease back."""
        await self._lease.release()

    async def _copy(self) -> bool:
        try:
            entries = await self._kafka.read(self._offsets(), BATCH_MAX)
        except PartitionBroken as broken:
            self._stop(broken.partition, broken)
            return True
        batches = [batch for partition in entries if (batch := await self._checked(partition, entries[partition]))]
        if not batches:
            return bool(entries)
        moves = [batch.move() for batch in batches]
        ends = {move.after.partition: (move.before.next_offset, move.after.next_offset) for move in moves}
        if not await self._archive.keep(ends, [entry for batch in batches for entry in batch.fresh]):
            _log.warning("fenced", archiver=True, reason="another process has kept these entries")
            self._held = False
            return True
        count_taken_in(self._figures, NAME, batches)
        self._at.update((move.after.partition, move.after) for move in moves)
        return True

    async def _checked(self, partition: int, entries: Sequence[Entry]) -> Batch | None:
        try:
            return await batch_of(self._kafka, self._at[partition], entries)
        except NumbersBroken as broken:
            self._stop(partition, broken)
            return None

    def _stop(self, partition: int, reason: Exception) -> None:
        self.stopped[partition] = reason
        self._figures.partition_stopped(NAME, reason)
        _log.critical("partition stopped", archiver=True, partition=partition, reason=str(reason))

    def _offsets(self) -> dict[int, int]:
        return {
            partition: checkpoint.next_offset
            for partition, checkpoint in self._at.items()
            if partition not in self.stopped
        }


async def adopt(archive: Archive, identity: UUID) -> None:
    """Make the archive that of this log; `ForeignLog` if it has kept another one."""
    if not await archive.adopt(identity):
        raise ForeignLog(
            f"what this installation has kept is not of log {identity}; a log that is in PostgreSQL is moved to Kafka "
            "with `zixun log migrate`, and an installation that has read another log belongs to that one"
        )
