"""The ledger's copy of a log that is in Kafka: read like the log in PostgreSQL, written under Kafka's offsets (D7)."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from shared_events.log.port import Entry, LogUnfit
from shared_events.log.postgres import PostgresLog
from shared_events.store.rows import columns_of

_KEEP: Final = f"select log.keep({', '.join(f'${number}' for number in range(1, 22))})"


class Archive(PostgresLog):
    """It refuses to be published to; only the archiver writes it."""

    async def log_id(self) -> UUID:
        """That of the log in Kafka. `LogUnfit` as long as nobody has looked there: no checkpoint may be made before."""
        if self._log_id is None:
            self._log_id = await self._pool.fetchval("select log_id from log.identity where engine = 'kafka'")
        if self._log_id is None:
            raise LogUnfit("the ledger's archive has not met the log in Kafka yet; it will when Kafka can be reached")
        return self._log_id

    async def adopt(self, identity: UUID) -> bool:
        """Be the copy of this log from now on; false if it is the copy of another, or has been a log itself."""
        adopted: bool = await self._pool.fetchval("select log.adopt($1)", identity)
        self._log_id = None
        return adopted

    async def kept(self) -> dict[int, tuple[int, dict[str, int]]]:
        """Of each partition the offset after the last entry, and the last sequence of each source."""
        rows = await self._pool.fetch(
            """
            select h.partition, h.next_offset, s.source, s.sequence
            from log.head h left join log.source_head s on s.partition = h.partition
            """
        )
        kept: dict[int, tuple[int, dict[str, int]]] = {}
        for row in rows:
            _, seen = kept.setdefault(row["partition"], (row["next_offset"], {}))
            if row["source"] is not None:
                seen[row["source"]] = row["sequence"]
        return kept

    async def keep(self, moves: Mapping[int, tuple[int, int]], entries: Sequence[Entry]) -> bool:
        """Add entries; `moves` has each partition's end before and after. False if it was another process's turn."""
        stored = [entry.stored for entry in entries]
        partition, *columns = columns_of(stored) if stored else [[]] * 16
        kept: bool = await self._pool.fetchval(
            _KEEP,
            list(moves),
            [before for before, _ in moves.values()],
            [after for _, after in moves.values()],
            [entry.offset for entry in entries],
            [event.source for event in stored],
            partition,
            *columns,
        )
        if kept:
            await self._announce({partition: after for partition, (_, after) in moves.items()})
        return kept
