# ruff: noqa: ARG002 - what a broken part should have looked at, and did not, is the point
"""Parts with the bugs that event systems really have had, to see that the simulation finds them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from shared_events.log.port import Heartbeat
from shared_events.runtime.ports import Move
from shared_events.runtime.relay import BATCH_MAX, Relay
from shared_events.runtime.sharing import Change
from shared_events.store.appends import Append, Conflict, Repeated
from tests.system.simulation.consuming import MemoryCheckpoints
from tests.system.simulation.database import Transaction
from tests.system.simulation.log import MemoryLog
from tests.system.simulation.sharing import MemoryShares
from tests.system.simulation.store import MemoryStore
from tests.system.simulation.world import Parts


class RelayNotesFirst(Relay):
    """Notes its position before it has published: what is lost in between is lost for ever."""

    async def turn(self) -> bool:
        epoch = await self._lease.hold()
        if epoch is None:
            return False
        after = await self._store.relayed()
        events = await self._store.read({partition: after.get(partition, 0) for partition in range(12)}, BATCH_MAX)
        if not events:
            return False
        await self._store.note_relayed({event.partition: event.sequence for event in events})
        ends = await self._log.source_ends(self._store.source)
        await self._log.publish(
            self._store.source, [event for event in events if event.sequence > ends.get(event.partition, 0)]
        )
        return True


class CheckpointWithoutComparing(MemoryCheckpoints):
    """Sets without comparing: a zombie's work counts."""

    async def advance(self, transaction: Transaction, moves: Sequence[Move]) -> None:
        for move in moves:
            transaction.changes.append(partial(self._set, move.after))


class CheckpointOfItsOwn(MemoryCheckpoints):
    """Commits the position apart from the effects."""

    async def advance(self, transaction: Transaction, moves: Sequence[Move]) -> None:
        async with self._database.transaction() as other:
            await super().advance(other, moves)


class SharesKeptForever(MemoryShares):
    """Claims what is free, and never gives up what is due to others."""

    def _make(self, change: Change) -> None:
        super()._make(replace(change, give_up=frozenset()))


class _NoLock:
    """A database whose heads nobody locks."""

    def __init__(self, database: object) -> None:
        self._database = database

    async def lock(self, transaction: Transaction, row: object) -> None:
        return

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)


class StoreWithoutLock(MemoryStore):
    """Numbers without holding the partition's head, as a cursor over a sequence does."""

    def __init__(self, *parts: object) -> None:
        super().__init__(*parts)  # type: ignore[arg-type] # handed through
        self._database = _NoLock(self._database)  # type: ignore[assignment] # in its place


class StoreWithoutKeys(MemoryStore):
    """Forgets which commands were given."""

    async def append_in(self, transaction: Transaction, appends: Sequence[Append]) -> Mapping[int, Conflict | Repeated]:
        return await super().append_in(transaction, [replace(append, command_key=None) for append in appends])

    async def find_command(self, key: object) -> None:
        return None


class LogThatBeatsAhead(MemoryLog):
    """Says of each source that everything up to much later is in the log."""

    async def heartbeats(self) -> Sequence[Heartbeat]:
        beats = await super().heartbeats()
        ahead = timedelta(hours=1)
        return [replace(beat, relayed_through=beat.relayed_through + ahead, next_offset=0) for beat in beats]


BROKEN: Final[dict[str, Parts]] = {
    "the relay notes its position before it publishes": Parts(relay=RelayNotesFirst),
    "the checkpoint is set without comparing": Parts(checkpoints=CheckpointWithoutComparing),
    "the checkpoint is committed apart from the effects": Parts(checkpoints=CheckpointOfItsOwn),
    "surplus partitions are never given up": Parts(shares=SharesKeptForever),
    "the numbers are given without a lock": Parts(store=StoreWithoutLock),
    "command keys are forgotten": Parts(store=StoreWithoutKeys),
    "a heartbeat says more than the log has": Parts(log=LogThatBeatsAhead),
}
