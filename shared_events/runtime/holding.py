"""The partitions that a worker holds of a consumer: where it stands in each, and which of them stand still."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from shared_events.figures import Figures
from shared_events.log.port import Log
from shared_events.runtime.ports import Checkpoint, Checkpointing, Fenced, Sharing

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Standing:
    """One partition in this worker's hands, and why it stands still, if it does."""

    at: Checkpoint
    parked: set[str] = field(default_factory=set)
    """The subjects that this worker has parked, as far as they are parked still."""
    stopped: Exception | None = None


class Holding:
    """Follows what `Sharing` says, under the epochs that it gives."""

    def __init__(self, checkpoints: Checkpointing, shares: Sharing, log: Log, figures: Figures) -> None:
        self._checkpoints = checkpoints
        self._shares = shares
        self._log = log
        self._figures = figures
        self._standings: dict[int, Standing] = {}
        self.parked: set[str] = set()
        """The subjects whose events wait for a retry."""

    def __getitem__(self, partition: int) -> Standing:
        return self._standings[partition]

    @property
    def stopped(self) -> dict[int, Exception]:
        """The partitions that stand still, and why."""
        return {partition: each.stopped for partition, each in self._standings.items() if each.stopped is not None}

    async def renew(self) -> Sequence[Checkpoint]:
        """Let go of what is not this worker's any more, and take over what has become so: where that stands."""
        epochs = await self._shares.hold()
        kept = {each: standing for each, standing in self._standings.items() if epochs.get(each) == standing.at.epoch}
        fresh = {each: epoch for each, epoch in epochs.items() if each not in kept}
        self._standings = kept
        if not fresh:
            return ()
        taken = await self._checkpoints.take_over(fresh, await self._log.log_id())
        # Now nobody else parks anything there any more; and they do not count as held before this is known, too.
        self.parked = await self._checkpoints.parked_subjects()
        for partition, epoch in fresh.items():
            self._standings[partition] = Standing(taken.get(partition, Checkpoint(partition, epoch=epoch)))
            if partition not in taken:
                self.stop(partition, Fenced(f"epoch {epoch} is over: another worker has taken the partition over"))
        return list(taken.values())

    def offsets(self) -> dict[int, int]:
        """From where to read on; not where it stands still."""
        return {
            partition: standing.at.next_offset
            for partition, standing in self._standings.items()
            if standing.stopped is None
        }

    def move(self, after: Checkpoint) -> None:
        """It was committed."""
        self._standings[after.partition].at = after

    def stop(self, partition: int, reason: Exception) -> None:
        """Until it changes hands, or another program is started."""
        self._standings[partition].stopped = reason
        named = {"consumer": self._checkpoints.consumer, "partition": partition, "reason": str(reason)}
        if isinstance(reason, Fenced):
            _log.warning("fenced", **named)
        else:
            self._figures.partition_stopped(self._checkpoints.consumer, reason)
            _log.critical("partition stopped", **named)

    def lose(self, partition: int, reason: Fenced) -> None:
        """Stop it, and find out at the next turn whose it is: what moved it may be a commit whose answer was lost."""
        self.stop(partition, reason)
        del self._standings[partition]

    async def look_at_parked(self) -> None:
        """What was retried meanwhile is not parked any more."""
        if self.parked:
            self.parked = await self._checkpoints.parked_subjects()
            for standing in self._standings.values():
                standing.parked &= self.parked
