"""The store keeps what it accepted, numbers it without gaps, and tells each caller its own outcome."""

import asyncio
import itertools
from dataclasses import replace

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared_events.contracts.envelope import Position
from shared_events.store.appends import Append, Appended, Conflict, Repeated
from shared_events.store.partition import partition_of
from shared_events.store.postgres import EventStore
from tests.shared_events.conftest import FixedClock
from tests.shared_events.store.drafts import append, drafts


async def test_an_append_is_loaded_as_it_was_given(store: EventStore, clock: FixedClock) -> None:
    asked = append("t-1", count=3)

    outcome = await store.append(asked)

    stream = await store.load("t-1")
    assert outcome == Appended(3, Position("intake", partition_of("t-1"), 3), clock.moment)
    assert [(event.version, event.sequence) for event in stream.events] == [(1, 1), (2, 2), (3, 3)]  # type: ignore[attr-defined] # a loaded stream has stored events
    assert [event.body for event in stream.events] == [event.body for event in asked.events]
    assert stream.digest == asked.events[-1].digest


async def test_a_stream_is_loaded_up_to_a_version_or_a_moment(store: EventStore, clock: FixedClock) -> None:
    await store.append(append("t-1", count=2))
    earlier = clock.moment
    clock.advance(60)
    await store.append(append("t-1", 2))

    assert (await store.load("t-1", version_max=1)).version == 1
    assert (await store.load("t-1", recorded_until=earlier)).version == 2


async def test_a_stale_append_conflicts_and_leaves_its_neighbours_alone(store: EventStore) -> None:
    await store.append(append("t-1"))

    stale, fresh, other = await asyncio.gather(
        *(store.append(asked) for asked in (append("t-1", 0, mark="late"), append("t-2"), append("t-3", count=2)))
    )

    assert stale == Conflict(1)
    assert isinstance(fresh, Appended)
    assert isinstance(other, Appended)
    assert (await store.load("t-1")).version == 1


async def test_of_many_writers_with_one_expectation_one_wins(store: EventStore) -> None:
    outcomes = await asyncio.gather(*(store.append(append("t-1", mark=f"writer {n}")) for n in range(20)))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Appended"] + ["Conflict"] * 19
    assert (await store.load("t-1")).version == 1


async def test_a_repeated_command_has_the_first_outcome_and_no_second_event(store: EventStore) -> None:
    first = await store.append(append("t-1", key="k-1", count=2))
    again = await store.append(append("t-9", key="k-1", count=2))

    assert isinstance(first, Appended)
    assert again == Repeated("t-1", 2, first.position, b"")
    assert (await store.load("t-9")).version == 0


async def test_a_race_of_the_same_command_has_one_effect(store: EventStore) -> None:
    outcomes = await asyncio.gather(*(store.append(append("t-1", key="k-1")) for _ in range(10)))

    assert [type(outcome) for outcome in outcomes].count(Appended) == 1
    assert [type(outcome) for outcome in outcomes].count(Repeated) == 9
    assert len((await store.load("t-1")).events) == 1


async def test_a_command_that_decided_nothing_is_remembered_without_a_position(store: EventStore) -> None:
    await store.append(append("t-1"))
    key = append("t-1", 1, count=0, key="k-1")

    first = await store.append(key)
    again = await store.append(key)

    assert isinstance(first, Appended)
    assert again == Repeated("t-1", 1, None, b"")


async def test_an_event_that_the_database_cannot_take_harms_only_its_own_append(store: EventStore) -> None:
    bad = Append("t-bad", 0, [replace(drafts("t-bad", 1, 1)[0], actor="a NUL: \x00")])

    results = await asyncio.gather(store.append(bad), store.append(append("t-1")), return_exceptions=True)

    assert isinstance(results[0], asyncpg.DataError)
    assert isinstance(results[1], Appended)


async def test_recorded_at_never_runs_backwards_within_a_partition(store: EventStore, clock: FixedClock) -> None:
    await store.append(append("t-1"))
    clock.advance(-3600)
    await store.append(append("t-1", 1))

    first, second = (await store.load("t-1")).events
    assert second.recorded_at == first.recorded_at  # type: ignore[attr-defined] # as above


async def test_after_time_was_closed_nothing_is_recorded_before(store: EventStore, clock: FixedClock) -> None:
    closed = clock.moment
    await store.close_time(closed)
    clock.advance(-60)
    await store.append(append("t-1"))

    (event,) = (await store.load("t-1")).events
    assert event.recorded_at == closed  # type: ignore[attr-defined] # as above


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
