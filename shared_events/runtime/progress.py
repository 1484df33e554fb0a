"""Knows how far each service has read the log, so that a request can wait for what its caller has seen (D14)."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from shared_events.clock import Clock
from shared_events.contracts.envelope import Position
from shared_events.runtime.ports import Checkpoint, Checkpointing

WAIT_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.05


class Progress:
    """Told at once by the runners of this process; looks into the checkpoints for those of others."""

    def __init__(
        self, consumers: Mapping[str, Checkpointing], clock: Clock, *, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        self._consumers = consumers
        self._clock = clock
        self._wait_seconds = wait_seconds
        self._seen: dict[tuple[str, int], Mapping[str, int]] = {}
        self._looked_at: dict[str, float] = {}
        self._moved = asyncio.Condition()

    async def moved(self, consumer: str, checkpoint: Checkpoint) -> None:
        """A runner of this process has committed."""
        self._seen[consumer, checkpoint.partition] = checkpoint.seen
        async with self._moved:
            self._moved.notify_all()

    async def consumed(self, service: str, positions: Sequence[Position]) -> bool:
        """Wait until `service` has consumed all these positions; false if it has not in time."""
        checkpoints = self._consumers.get(service)
        if checkpoints is None:
            return True
        end = self._clock.monotonic() + self._wait_seconds
        while not self._has(service, positions):
            if self._clock.monotonic() > end:
                return False
            try:
                async with asyncio.timeout(_LOOK_SECONDS), self._moved:
                    await self._moved.wait_for(lambda: self._has(service, positions))
            except TimeoutError:
                await self._look(service, checkpoints)
        return True

    def _has(self, service: str, positions: Sequence[Position]) -> bool:
        return all(
            self._seen.get((service, position.partition), {}).get(position.source, 0) >= position.sequence
            for position in positions
        )

    async def _look(self, service: str, checkpoints: Checkpointing) -> None:
        """For all who wait: one look serves them, however many they are."""
        now = self._clock.monotonic()
        if now - self._looked_at.get(service, float("-inf")) < _LOOK_SECONDS:
            return
        self._looked_at[service] = now
        for partition, seen in (await checkpoints.seen()).items():
            self._seen[service, partition] = seen
