"""The store keeps what it accepted, numbers it without gaps, and tells each caller its own outcome."""

import asyncio
import itertools
from dataclasses import replace
from typing import Any, Final

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared_events.store.appends import Append, Appended, Repeated
from shared_events.store.partition import partition_of
from shared_events.store.postgres import EventStore
from tests.shared_events.conftest import FixedClock
from tests.shared_events.noted import NotedFigures
from tests.shared_events.store.drafts import append, drafts
from tests.shared_events.store.suite import StoreSuite

_PARTITIONS_OF_THE_RACE: Final = frozenset(map(partition_of, ("t-1", "t-2")))


class TestEventStore(StoreSuite):
    """The suite, on PostgreSQL."""


@pytest.mark.parametrize(
    "flaw", [{"actor": "a NUL: \x00"}, {"actor": "half a pair: \ud800"}, {"schema_version": 2**31}]
)
async def test_an_event_that_the_database_cannot_take_harms_only_its_own_append(
    store: EventStore, flaw: dict[str, Any]
) -> None:
    bad = Append("t-bad", 0, [replace(drafts("t-bad", 1, 1)[0], **flaw)])

    results = await asyncio.gather(store.append(bad), store.append(append("t-1")), return_exceptions=True)

    assert isinstance(results[0], asyncpg.DataError)
    assert isinstance(results[1], Appended)


@pytest.mark.parametrize("neighbours", [0, 3])
async def test_whoever_loses_a_race_for_a_command_key_against_another_process_learns_its_outcome(
    store: EventStore, pool: asyncpg.Pool, clock: FixedClock, neighbours: int
) -> None:
    """As when a client that got no answer asks another process, where the new ticket has an id of its own."""
    other_process = EventStore("intake", pool, clock)
    subjects = [name for number in range(100) if partition_of(name := f"n-{number}") not in _PARTITIONS_OF_THE_RACE]
    async with pool.acquire() as connection, connection.transaction():
        assert await other_process.append_in(connection, [append("t-1", key="k-1")]) == {}
        asked = [append("t-2", key="k-1"), *(append(subject) for subject in subjects[:neighbours])]
        waiting = asyncio.gather(*(store.append(each) for each in asked))
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done

    loser, *others = await waiting

    assert isinstance(loser, Repeated)
    assert (loser.subject, loser.version) == ("t-1", 1)
    assert all(isinstance(outcome, Appended) for outcome in others)
    assert (await store.load("t-2")).version == 0


async def test_what_goes_to_disk_together_and_what_meets_another_version_is_counted(
    pool: asyncpg.Pool, clock: FixedClock
) -> None:
    figures = NotedFigures()
    store = EventStore("intake", pool, clock, figures)

    await asyncio.gather(*(store.append(append(f"t-{number}", count=2)) for number in range(3)))
    await asyncio.gather(store.append(append("t-0")), store.append(append("t-9")))

    assert figures.noted == [("appended", "intake", 3), ("conflicted", "intake", 1), ("appended", "intake", 1)]


@pytest.mark.parametrize(
    "statement", ["update intake.event set actor = 'x'", "delete from intake.event", "truncate intake.event"]
)
@pytest.mark.parametrize("as_owner", [True, False])
async def test_an_event_cannot_be_changed(
    store: EventStore, pool: asyncpg.Pool, database: str, statement: str, as_owner: bool
) -> None:
    await store.append(append("t-1"))
    connection = await asyncpg.connect(database) if as_owner else await pool.acquire()

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)

    if as_owner:
        await connection.close()
    else:
        await pool.release(connection)  # type: ignore[arg-type] # it came from the pool
    assert (await store.load("t-1")).version == 1


async def test_a_writer_that_holds_a_head_delays_others_but_loses_nothing(
    store: EventStore, pool: asyncpg.Pool
) -> None:
    async with pool.acquire() as connection:
        held = connection.transaction()
        await held.start()
        await connection.fetch("select * from intake.head for update")
        waiting = asyncio.create_task(store.append(append("t-1")))
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done
        await held.rollback()

    assert isinstance(await waiting, Appended)


_examples = itertools.count(1_000_000, 1_000_000)
writes = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 2), st.none() | st.integers(0, 5)), max_size=25
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.lists(writes, min_size=1, max_size=5))
async def test_numbers_have_no_gap_whatever_is_appended_at_once(
    pool: asyncpg.Pool, clock: FixedClock, groups: list[list[tuple[int, int, int, int | None]]]
) -> None:
    """Concurrent appends with stale expectations, repeated keys and empty decisions, by two stores as of two processes.

    The examples share one database, so each has subjects and keys of its own.
    """
    stores = [EventStore("intake", pool, clock), EventStore("intake", pool, clock)]
    example = await pool.fetchval("select count(*) from intake.event") + next(_examples)
    accepted: dict[tuple[str, int], bytes] = {}
    for turn, group in enumerate(groups):
        asked = [
            append(
                f"{example}-{subject}",
                expected,
                count,
                key=None if key is None else f"{example}-{key}",
                mark=f"{turn} {place}",
            )
            for place, (subject, expected, count, key) in enumerate(group)
        ]
        outcomes = await asyncio.gather(*(stores[n % 2].append(each) for n, each in enumerate(asked)))
        for each, outcome in zip(asked, outcomes, strict=True):
            if isinstance(outcome, Appended):
                accepted.update({(each.subject, event.version): event.digest for event in each.events})

    rows = await pool.fetch("select subject, version, digest, partition, sequence from intake.event order by 4, 5")
    ours = [row for row in rows if row["subject"].startswith(f"{example}-")]
    assert {(row["subject"], row["version"]): row["digest"] for row in ours} == accepted
    for column in ("partition", "subject"):
        for value in {row[column] for row in rows}:
            numbers = [row["sequence" if column == "partition" else "version"] for row in rows if row[column] == value]
            assert sorted(numbers) == list(range(1, len(numbers) + 1))


async def test_what_was_committed_before_a_later_call_of_the_group_failed_is_reported_as_such(
    store: EventStore,
) -> None:
    second = append("t-1", 1)
    bad = replace(second, events=[replace(second.events[0], actor="a NUL: \x00")])

    outcomes = await store._append_group([append("t-1"), bad, append("t-1", 1)])

    assert [isinstance(outcome, Appended) for outcome in outcomes] == [True, False, True]
    assert isinstance(outcomes[1], asyncpg.DataError)
