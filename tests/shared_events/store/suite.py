"""What every store must do; an engine's test module inherits the suite and provides `store` and `clock`."""

import asyncio

from shared_events.contracts.envelope import Position
from shared_events.store.appends import Appended, Conflict, Repeated
from shared_events.store.partition import partition_of
from shared_events.store.port import Store
from tests.shared_events.conftest import FixedClock
from tests.shared_events.store.drafts import append


class StoreSuite:
    """Inherited per engine."""

    async def test_an_append_is_loaded_as_it_was_given(self, store: Store, clock: FixedClock) -> None:
        asked = append("t-1", count=3)

        outcome = await store.append(asked)

        stream = await store.load("t-1")
        assert outcome == Appended(3, Position("intake", partition_of("t-1"), 3), clock.moment)
        assert [(event.version, event.sequence) for event in stream.events] == [(1, 1), (2, 2), (3, 3)]  # type: ignore[attr-defined] # a loaded stream has stored events
        assert [event.body for event in stream.events] == [event.body for event in asked.events]
        assert stream.digest == asked.events[-1].digest

    async def test_a_stream_is_loaded_up_to_a_version_or_a_moment(self, store: Store, clock: FixedClock) -> None:
        await store.append(append("t-1", count=2))
        earlier = clock.moment
        clock.advance(60)
        await store.append(append("t-1", 2))

        assert (await store.load("t-1", version_max=1)).version == 1
        assert (await store.load("t-1", recorded_until=earlier)).version == 2

    async def test_a_stale_append_conflicts_and_leaves_its_neighbours_alone(self, store: Store) -> None:
        await store.append(append("t-1"))

        stale, fresh, other = await asyncio.gather(
            *(store.append(asked) for asked in (append("t-1", 0, mark="late"), append("t-2"), append("t-3", count=2)))
        )

        assert stale == Conflict(1)
        assert isinstance(fresh, Appended)
        assert isinstance(other, Appended)
        assert (await store.load("t-1")).version == 1

    async def test_of_many_writers_with_one_expectation_one_wins(self, store: Store) -> None:
        outcomes = await asyncio.gather(*(store.append(append("t-1", mark=f"writer {n}")) for n in range(20)))

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Appended"] + ["Conflict"] * 19
        assert (await store.load("t-1")).version == 1

    async def test_a_repeated_command_has_the_first_outcome_and_no_second_event(self, store: Store) -> None:
        first = await store.append(append("t-1", key="k-1", count=2))
        again = await store.append(append("t-9", key="k-1", count=2))

        assert isinstance(first, Appended)
        assert again == Repeated("t-1", 2, first.position, b"")
        assert (await store.load("t-9")).version == 0

    async def test_a_race_of_the_same_command_has_one_effect(self, store: Store) -> None:
        outcomes = await asyncio.gather(*(store.append(append("t-1", key="k-1")) for _ in range(10)))

        assert [type(outcome) for outcome in outcomes].count(Appended) == 1
        assert [type(outcome) for outcome in outcomes].count(Repeated) == 9
        assert len((await store.load("t-1")).events) == 1

    async def test_a_command_that_decided_nothing_is_remembered_without_a_position(self, store: Store) -> None:
        await store.append(append("t-1"))
        key = append("t-1", 1, count=0, key="k-1")

        first = await store.append(key)
        again = await store.append(key)

        assert isinstance(first, Appended)
        assert again == Repeated("t-1", 1, None, b"")

    async def test_recorded_at_never_runs_backwards_within_a_partition(self, store: Store, clock: FixedClock) -> None:
        await store.append(append("t-1"))
        clock.advance(-3600)
        await store.append(append("t-1", 1))

        first, second = (await store.load("t-1")).events
        assert second.recorded_at == first.recorded_at  # type: ignore[attr-defined] # as above

    async def test_after_time_was_closed_nothing_is_recorded_before(self, store: Store, clock: FixedClock) -> None:
        closed = clock.moment
        await store.close_time(closed)
        clock.advance(-60)
        await store.append(append("t-1"))

        (event,) = (await store.load("t-1")).events
        assert event.recorded_at == closed  # type: ignore[attr-defined] # as above
