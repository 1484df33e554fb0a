"""What every log engine must do; an adapter's test module inherits the suite and provides `log`."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_events.contracts.envelope import GENESIS, Stored
from shared_events.log.port import Entry, Log, LogRefused
from tests.shared_events.store.drafts import NOON, drafts


def numbered(subject: str, first: int, count: int, *, source: str = "intake", partition: int = 3) -> list[Stored]:
    """Events of one subject as a store has them, with sequence = version."""
    return [
        Stored(
            **{name: getattr(draft, name) for name in draft.__dataclass_fields__},
            source=source,
            partition=partition,
            sequence=draft.version,
            recorded_at=NOON,
        )
        for draft in drafts(subject, 1, first + count - 1, previous=GENESIS)[first - 1 :]
    ]


class LogSuite:
    """Inherited per engine."""

    async def test_a_new_log_is_empty(self, log: Log) -> None:
        assert await log.read(dict.fromkeys(range(12), 0), 10) == {}
        assert await log.source_ends("intake") == {}

    async def test_the_log_keeps_its_identity(self, log: Log) -> None:
        assert await log.log_id() == await log.log_id()

    async def test_what_is_published_is_read_as_it_was(self, log: Log) -> None:
        events = numbered("t-1", 1, 3)
        await log.publish("intake", events)

        entries = (await log.read({3: 0}, 10))[3]

        assert [entry.stored for entry in entries] == events
        assert [entry.offset for entry in entries] == [0, 1, 2]

    async def test_readers_go_on_where_they_stopped_within_their_limit(self, log: Log) -> None:
        await log.publish("intake", numbered("t-1", 1, 5))

        first = (await log.read({3: 0}, 2))[3]
        rest = (await log.read({3: first[-1].offset + 1}, 10))[3]

        assert [entry.stored.sequence for entry in (*first, *rest)] == [1, 2, 3, 4, 5]

    async def test_sources_interleave_in_one_order_for_all(self, log: Log) -> None:
        await log.publish("intake", numbered("t-1", 1, 1))
        await log.publish("routing", numbered("t-1", 1, 2, source="routing"))
        await log.publish("intake", numbered("t-1", 2, 1))

        entries = (await log.read({3: 0}, 10))[3]

        assert [(entry.stored.source, entry.stored.sequence) for entry in entries] == [
            ("intake", 1),
            ("routing", 1),
            ("routing", 2),
            ("intake", 2),
        ]
        assert await log.source_ends("intake") == {3: 2}

    async def test_partitions_have_offsets_of_their_own(self, log: Log) -> None:
        await log.publish("intake", [*numbered("t-1", 1, 2, partition=1), *numbered("t-2", 1, 1, partition=7)])

        entries = await log.read({1: 0, 7: 0}, 10)

        assert {partition: [entry.offset for entry in batch] for partition, batch in entries.items()} == {
            1: [0, 1],
            7: [0],
        }

    async def test_publishing_again_changes_nothing(self, log: Log) -> None:
        events = numbered("t-1", 1, 3)
        await log.publish("intake", events[:2])
        await log.publish("intake", events)
        await log.publish("intake", events)

        assert [entry.stored for entry in (await log.read({3: 0}, 10))[3]] == events

    async def test_another_event_under_a_used_number_is_refused(self, log: Log) -> None:
        events = numbered("t-1", 1, 2)
        await log.publish("intake", events)

        with pytest.raises(LogRefused, match="differs"):
            await log.publish("intake", [replace(events[1], digest=b"\x01" * 32)])

    @pytest.mark.parametrize("hole", [(3,), (2,), (1, 3)])
    async def test_a_gap_is_refused_as_a_whole(self, log: Log, hole: Sequence[int]) -> None:
        events = [event for event in numbered("t-1", 1, 3) if event.sequence in hole]

        with pytest.raises(LogRefused, match="gap"):
            await log.publish("intake", events)

        assert await log.read({3: 0}, 10) == {}

    async def test_the_first_event_under_a_number_can_be_found(self, log: Log) -> None:
        events = numbered("t-1", 1, 2)
        await log.publish("intake", events)
        first, second = (await log.read({3: 0}, 10))[3]

        assert await log.original(second) == events[1]
        assert await log.original(Entry(second.offset + 1, events[0])) == first.stored
        assert await log.original(Entry(0, numbered("t-1", 9, 1)[0])) is None

    async def test_a_waiting_reader_is_woken_by_a_publication(self, log: Log) -> None:
        waiting = asyncio.create_task(log.wait({3: 0}, 60))
        await log.publish("intake", numbered("t-1", 1, 1))

        await asyncio.wait_for(waiting, 10)

    async def test_a_publication_between_reading_and_waiting_is_not_slept_over(self, log: Log) -> None:
        assert await log.read({3: 0}, 10) == {}
        await log.publish("intake", numbered("t-1", 1, 1))

        await asyncio.wait_for(log.wait({3: 0}, 60), 10)

    async def test_waiting_ends_with_its_time(self, log: Log) -> None:
        await log.wait({3: 0}, 0.01)

    async def test_a_heartbeat_says_up_to_when_everything_is_there(self, log: Log) -> None:
        await log.publish("intake", numbered("t-1", 1, 2))
        await log.beat("intake", {3: NOON})
        await log.beat("intake", {3: NOON - timedelta(hours=1)})

        (beat,) = await log.heartbeats()

        assert (beat.source, beat.partition, beat.relayed_through, beat.next_offset) == ("intake", 3, NOON, 2)

    async def test_concurrent_publishers_of_different_sources_share_the_offsets(self, log: Log) -> None:
        sources = ["intake", "routing", "feedback"]
        await asyncio.gather(
            *(log.publish(source, numbered("t-1", 1, 20, source=source)) for source in sources),
            *(log.publish(source, numbered("t-1", 1, 10, source=source)) for source in sources),
        )

        entries = (await log.read({3: 0}, 100))[3]

        assert [entry.offset for entry in entries] == list(range(60))
        for source in sources:
            assert [e.stored.sequence for e in entries if e.stored.source == source] == list(range(1, 21))
