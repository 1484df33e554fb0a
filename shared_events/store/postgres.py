"""The event store of one service in PostgreSQL."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

import asyncpg

from shared_events.clock import Clock
from shared_events.contracts.envelope import Draft, Position, Stored
from shared_events.figures import UNCOUNTED, Figures
from shared_events.store.appends import Append, Appended, CommandKey, Conflict, Outcome, Repeated, Stream
from shared_events.store.batcher import Batcher
from shared_events.store.partition import partition_of
from shared_events.store.rows import EVENT_COLUMNS, Connection, stored_of

_ACQUIRE_SECONDS_MAX: Final = 10.0

_values = attrgetter(
    "subject",
    "version",
    "event_id",
    "type",
    "schema_version",
    "occurred_at",
    "actor",
    "origin",
    "correlation_id",
    "causation_id",
    "trace_context",
    "body",
    "digest",
)


class EventStore:
    """Appends and reads the events of one source, which has a schema of its name."""

    def __init__(self, source: str, pool: asyncpg.Pool, clock: Clock, figures: Figures = UNCOUNTED) -> None:
        assert source.isidentifier(), f"a source is an identifier, not {source!r}"
        self.source = source
        self._pool = pool
        self._clock = clock
        self._figures = figures
        self._batcher: Batcher[Append, Outcome] = Batcher(self._append_group)
        self._listeners: list[Callable[[], None]] = []
        self._append_sql = f"select * from {source}.append({', '.join(f'${number}' for number in range(1, 27))})"

    def on_append(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every append of this process, so that a relay need not wait for its next look."""
        self._listeners.append(listener)

    async def append(self, append: Append) -> Outcome:
        """Append durably, in a group with whatever else is being appended; the outcome concerns this append alone."""
        return await self._batcher.submit(append)

    async def append_in(self, connection: Connection, appends: Sequence[Append]) -> Mapping[int, Conflict | Repeated]:
        """Append within the caller's transaction: all, or none and what was rejected, by place in `appends`."""
        rejected, _ = await self._call(connection, appends)
        return rejected

    def announce(self) -> None:
        """Tell the listeners that events were committed by `append_in`."""
        for listener in self._listeners:
            listener()

    async def load(
        self, subject: str, *, version_max: int | None = None, recorded_until: datetime | None = None
    ) -> Stream:
        """The events of a subject in version order: all, up to a version, or those recorded up to a moment."""
        rows = await self._pool.fetch(
            f"""
            select {EVENT_COLUMNS} from {self.source}.event
            where subject = $1 and version <= $2 and ($3::timestamptz is null or recorded_at <= $3)
            order by version
            """,
            subject,
            2**31 - 1 if version_max is None else version_max,
            recorded_until,
        )
        return Stream(subject, [stored_of(row, self.source) for row in rows])

    async def load_many(self, subjects: Sequence[str]) -> dict[str, Stream]:
        """The streams of many subjects at once."""
        rows = await self._pool.fetch(
            f"select {EVENT_COLUMNS} from {self.source}.event where subject = any($1) order by subject, version",
            list(subjects),
        )
        events: dict[str, list[Stored]] = {subject: [] for subject in subjects}
        for row in rows:
            events[row["subject"]].append(stored_of(row, self.source))
        return {subject: Stream(subject, stored) for subject, stored in events.items()}

    async def find_command(self, key: CommandKey) -> Repeated | None:
        """What a command key led to, if it was ever used."""
        row = await self._pool.fetchrow(
            f"""
            select subject, version, partition, sequence, fingerprint from {self.source}.command
            where scope = $1 and key = $2
            """,
            key.scope,
            key.key,
        )
        return None if row is None else self._repeated(row)

    async def read(self, after: Mapping[int, int], limit: int) -> list[Stored]:
        """The next events of each partition after a sequence, up to `limit` for each, by (partition, sequence)."""
        rows = await self._pool.fetch(
            f"""
            select e.* from unnest($1::int[], $2::bigint[]) as wanted(partition, sequence)
            cross join lateral (
                select {EVENT_COLUMNS} from {self.source}.event e
                where e.partition = wanted.partition and e.sequence > wanted.sequence order by e.sequence limit $3
            ) e order by e.partition, e.sequence
            """,
            list(after.keys()),
            list(after.values()),
            limit,
        )
        return [stored_of(row, self.source) for row in rows]

    async def heads(self) -> dict[int, int]:
        """The last sequence of every partition."""
        rows = await self._pool.fetch(f"select partition, sequence from {self.source}.head")
        return {row["partition"]: row["sequence"] for row in rows}

    async def close_time(self, moment: datetime) -> dict[int, int]:
        """Let nothing be recorded before `moment` any more; the last sequence of every partition at that point."""
        rows = await self._pool.fetch(
            f"""
            update {self.source}.head h set recorded_at = greatest(h.recorded_at, $1)
            from (select partition from {self.source}.head order by partition for update) locked
            where locked.partition = h.partition
            returning h.partition, h.sequence
            """,
            moment,
        )
        return {row["partition"]: row["sequence"] for row in rows}

    async def relayed(self) -> dict[int, int]:
        """Up to which sequence each partition is known to be in the log; it may be more."""
        rows = await self._pool.fetch(f"select partition, sequence from {self.source}.relay_position")
        return {row["partition"]: row["sequence"] for row in rows}

    async def note_relayed(self, upto: Mapping[int, int]) -> None:
        """Remember that the log has every partition up to these sequences."""
        await self._pool.execute(
            f"""
            update {self.source}.relay_position r set sequence = n.sequence
            from unnest($1::int[], $2::bigint[]) n(partition, sequence)
            where r.partition = n.partition and r.sequence < n.sequence
            """,
            list(upto.keys()),
            list(upto.values()),
        )

    async def _append_group(self, appends: Sequence[Append]) -> Sequence[Outcome | Exception]:
        """Each append has an outcome of its own, also where a call fails after an earlier one was committed."""
        outcomes: dict[int, Outcome | Exception] = {}
        waiting = list(enumerate(appends))
        try:
            async with self._pool.acquire(timeout=_ACQUIRE_SECONDS_MAX) as connection:
                while waiting:
                    turn, later = _first_of_each(waiting)
                    await self._append_turn(connection, turn, outcomes)
                    waiting = later
        except Exception as error:  # noqa: BLE001 - every caller that has no outcome gets it
            outcomes = {place: outcomes.get(place, error) for place in range(len(appends))}
        self.announce()
        return [outcomes[place] for place in range(len(appends))]

    async def _append_turn(
        self, connection: Connection, turn: list[tuple[int, Append]], outcomes: dict[int, Outcome | Exception]
    ) -> None:
        """One transaction for all that is not rejected; what the database itself cannot take is found one by one."""
        while turn:
            try:
                rejected, heads = await self._call(connection, [append for _, append in turn])
            except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
                await self._append_each(connection, turn, outcomes, error)
                return
            if not rejected:
                self._figures.appended(self.source, len(turn))
                appended = self._appended([append for _, append in turn], heads)
                outcomes.update(zip((place for place, _ in turn), appended, strict=True))
                return
            outcomes.update({turn[index][0]: outcome for index, outcome in rejected.items()})
            turn = [item for index, item in enumerate(turn) if index not in rejected]

    async def _append_each(
        self,
        connection: Connection,
        turn: list[tuple[int, Append]],
        outcomes: dict[int, Outcome | Exception],
        error: Exception,
    ) -> None:
        """One by one; the one that is alone with its error has it."""
        if len(turn) == 1:
            outcomes[turn[0][0]] = await self._look_again(connection, turn[0][1], error)
            return
        for item in turn:
            await self._append_turn(connection, [item], outcomes)

    async def _look_again(self, connection: Connection, append: Append, error: Exception) -> Outcome | Exception:
        """Where another process has just used the command key, in another partition, it is now seen; else the error."""
        if append.command_key is None or not isinstance(error, asyncpg.UniqueViolationError):
            return error
        rejected, heads = await self._call(connection, [append])
        return rejected[0] if rejected else self._appended([append], heads)[0]

    async def _call(
        self, connection: Connection, appends: Sequence[Append]
    ) -> tuple[dict[int, Conflict | Repeated], dict[int, tuple[int, datetime]]]:
        """What the function rejected, by place in the batch; or, if nothing, the heads' bases by partition."""
        rejected: dict[int, Conflict | Repeated] = {}
        heads: dict[int, tuple[int, datetime]] = {}
        for row in await connection.fetch(self._append_sql, *_arguments(appends, self._clock.now())):
            match row["kind"]:
                case "head":
                    heads[row["partition"]] = (row["sequence"], row["recorded_at"])
                case "repeated":
                    rejected[row["index"] - 1] = self._repeated(row)
                case _:
                    rejected.setdefault(row["index"] - 1, Conflict(row["version"]))
                    self._figures.conflicted(self.source)
        return rejected, heads

    def _appended(self, appends: Sequence[Append], heads: dict[int, tuple[int, datetime]]) -> list[Outcome]:
        counts: dict[int, int] = {}
        outcomes: list[Outcome] = []
        for append in appends:
            partition = partition_of(append.subject)
            counts[partition] = counts.get(partition, 0) + len(append.events)
            base, recorded_at = heads[partition]
            position = Position(self.source, partition, base + counts[partition])
            outcomes.append(Appended(append.expected_version + len(append.events), position, recorded_at))
        return outcomes

    def _repeated(self, row: asyncpg.Record) -> Repeated:
        position = None if row["sequence"] is None else Position(self.source, row["partition"], row["sequence"])
        return Repeated(row["subject"], row["version"], position, row["fingerprint"])


def _first_of_each(waiting: list[tuple[int, Append]]) -> tuple[list[tuple[int, Append]], list[tuple[int, Append]]]:
    """A call takes one append per subject and per command key; the others are judged by the next call."""
    seen: set[tuple[str, str]] = set()
    now: list[tuple[int, Append]] = []
    later: list[tuple[int, Append]] = []
    for index, append in waiting:
        marks = {("", append.subject)}
        if append.command_key is not None:
            marks.add((append.command_key.scope, append.command_key.key))
        (later if marks & seen else now).append((index, append))
        seen |= marks
    return now, later


def _arguments(appends: Sequence[Append], now: datetime) -> list[object]:
    counts: dict[int, int] = {}
    partitions: list[int] = []
    offsets: list[int] = []
    last: list[int | None] = []
    events = [event for append in appends for event in append.events]
    for append in appends:
        partition = partition_of(append.subject)
        start = counts.get(partition, 0)
        counts[partition] = start + len(append.events)
        partitions += [partition] * len(append.events)
        offsets += range(start + 1, counts[partition] + 1)
        last.append(counts[partition] if append.events else None)
    keys = [append.command_key for append in appends]
    return [
        now,
        list(counts.keys()),
        list(counts.values()),
        [append.subject for append in appends],
        [append.expected_version for append in appends],
        [append.expected_version + len(append.events) for append in appends],
        [partition_of(append.subject) for append in appends],
        last,
        [None if key is None else key.scope for key in keys],
        [None if key is None else key.key for key in keys],
        [None if key is None else key.fingerprint for key in keys],
        partitions,
        offsets,
        *_event_columns(events),
    ]


def _event_columns(events: Sequence[Draft]) -> list[list[Any]]:
    """In the order of the function's parameters."""
    return [list(column) for column in zip(*map(_values, events), strict=True)] if events else [[]] * 13
