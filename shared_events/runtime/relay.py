"""Publishes a store's events to the log: the event table is the outbox (D5)."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from shared_events.clock import Clock
from shared_events.figures import UNCOUNTED, Figures
from shared_events.log.port import Log, LogRefused
from shared_events.runtime.ports import Leasing
from shared_events.store.port import Store

POLL_SECONDS: Final = 0.25
HEARTBEAT_SECONDS: Final = 1
NOTE_SECONDS: Final = 5.0
BATCH_MAX: Final = 1000
"""Events of one partition that are read at once."""

_JUST_BEFORE: Final = timedelta(milliseconds=1)

_log = structlog.get_logger(__name__)


class LogAhead(Exception):
    """The log has events that the store does not know: the store was restored from a backup."""


class LogLost(Exception):
    """The log has not any more what was relayed to it."""


class Relay:
    """Relays one source; of all processes that try, the holder of the lease does it.

    A beat comes right after each full second: whatever waits for one falls due at one.
    """

    def __init__(
        self,
        store: Store,
        log: Log,
        lease: Leasing,
        clock: Clock,
        *,
        figures: Figures = UNCOUNTED,
    ) -> None:
        self._store = store
        self._log = log
        self._lease = lease
        self._clock = clock
        self._figures = figures
        self.turns = 0
        """How many have ended well."""
        self._appended = asyncio.Event()
        self._epoch: int | None = None
        self._after: dict[int, int] = {}
        self._noted_at = float("-inf")
        self._closed_slot: int | None = None
        self._closed: dict[int, tuple[int, datetime]] = {}
        store.on_append(self._appended.set)

    @property
    def source(self) -> str:
        """The store's."""
        return self._store.source

    async def turn(self) -> bool:
        """Relay what there is; whether there may be more."""
        epoch = await self._lease.hold()
        if epoch is None:
            if self._epoch is not None:
                _log.warning("fenced", relay=self._store.source, reason="another process has taken over the lease")
            self._epoch = None
            return False
        if epoch != self._epoch:
            self._after = await self._start()
            self._epoch = epoch
        events = await self._store.read(self._after, BATCH_MAX)
        if events:
            await self._log.publish(self._store.source, events)
            self._figures.relayed(self.source, len(events))
            self._after.update((event.partition, event.sequence) for event in events)
        await self._note_if_due()
        await self._close_if_due()
        await self._beat()
        return bool(events) or bool(self._closed)

    async def rest(self) -> None:
        """Until an append of this process, or for the time of a poll, or until the next beat."""
        left = HEARTBEAT_SECONDS - self._closing().timestamp() % HEARTBEAT_SECONDS
        try:
            async with asyncio.timeout(min(POLL_SECONDS, left)):
                await self._appended.wait()
        except TimeoutError:
            return

    async def run(self) -> None:
        """Relay for ever."""
        while True:
            self._appended.clear()
            found = await self.turn()
            self.turns += 1
            if not found:
                await self.rest()

    async def stop(self) -> None:
        """Give the lease back."""
        await self._lease.release()

    async def _start(self) -> dict[int, int]:
        """From where the log or the last relay ended; a log that is ahead of the store is not touched."""
        heads = await self._store.heads()
        ends = await self._log.source_ends(self._store.source)
        ahead = {partition: end for partition, end in ends.items() if end > heads.get(partition, 0)}
        if ahead:
            raise LogAhead(
                f"the log has {self._store.source} up to {ahead} (by partition), the store only up to "
                f"{ {partition: heads.get(partition, 0) for partition in ahead} }: was it restored from a backup? "
                "Nothing is relayed until the missing events are brought back from the log."
            )
        noted = await self._store.relayed()
        after = {partition: max(noted.get(partition, 0), ends.get(partition, 0)) for partition in heads}
        before_last = {partition: sequence - 1 for partition, sequence in after.items() if sequence}
        if before_last:
            last = await self._store.read(before_last, 1)
            try:
                # What the log has already it compares, and leaves as it is.
                await self._log.publish(self.source, last)
            except LogRefused as refused:
                raise self._contradiction(refused, noted, ends) from refused
        return after

    def _contradiction(self, refused: LogRefused, noted: Mapping[int, int], ends: Mapping[int, int]) -> Exception:
        lost = {partition: sequence for partition, sequence in noted.items() if sequence > ends.get(partition, 0)}
        if lost:
            return LogLost(
                f"{refused}: {self.source} was relayed up to {lost} (by partition), so the log has lost events, or is "
                "another one. Nothing is relayed until it has them again."
            )
        # A store that was used after it was restored is not behind any more, but has used numbers a second time.
        return LogAhead(
            f"{refused}: was the store restored from a backup, and used since? Nothing is relayed; `zixun doctor` "
            "says what to do."
        )

    async def _note_if_due(self) -> None:
        """Only now and then, because it costs a write as large as a publication, and the log knows its own ends."""
        now = self._clock.monotonic()
        if now - self._noted_at >= NOTE_SECONDS:
            self._noted_at = now
            await self._store.note_relayed(self._after)

    async def _close_if_due(self) -> None:
        """Close the time up to now: nothing may be recorded before it any more."""
        moment = self._closing()
        slot = int(moment.timestamp()) // HEARTBEAT_SECONDS
        if slot == self._closed_slot:
            return
        self._closed_slot = slot
        heads = await self._store.close_time(moment)
        # An earlier moment that the log has not reached yet stays, or a relay that lags would never beat.
        self._closed = {partition: (head, moment) for partition, head in heads.items()} | self._closed

    def _closing(self) -> datetime:
        """Up to when time could be closed now."""
        return self._clock.now() - _JUST_BEFORE

    async def _beat(self) -> None:
        """Of every partition whose closed time is in the log; where much is written, that is a turn later."""
        relayed = {
            partition: moment
            for partition, (head, moment) in self._closed.items()
            if self._after.get(partition, 0) >= head
        }
        if relayed:
            await self._log.beat(self._store.source, relayed)
            self._closed = {partition: closed for partition, closed in self._closed.items() if partition not in relayed}
