"""The ledger keeps the log of Kafka under Kafka's offsets, once, whole, and nothing that is not genuine (D7)."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from shared_events.contracts.envelope import Stored
from shared_events.figures import UNCOUNTED, Figures
from shared_events.log.archive import Archive
from shared_events.log.cluster import Cluster
from shared_events.log.kafka import KafkaLog
from shared_events.log.port import LogRefused, LogUnfit
from shared_events.log.postgres import PostgresLog
from shared_events.log.wire import headers_of
from shared_events.runtime.archiver import Archiver
from shared_events.runtime.lease import LEASE_SECONDS, Lease, Presence
from shared_events.runtime.ports import ForeignLog
from tests.shared_events.conftest import FixedClock
from tests.shared_events.log.suite import numbered
from tests.shared_events.noted import NotedFigures

Tamper = Callable[[list[Stored]], list[Stored]]


@pytest.fixture
async def kafka_log(cluster: Cluster) -> AsyncIterator[KafkaLog]:
    async with KafkaLog(cluster) as log:
        yield log


@pytest.fixture
async def presence(pool: asyncpg.Pool) -> AsyncIterator[Presence]:
    presence = Presence(pool)
    yield presence
    await presence.leave()


@pytest.fixture
def archive(pool: asyncpg.Pool) -> Archive:
    return Archive(pool)


@pytest.fixture
def archiver(kafka_log: KafkaLog, archive: Archive, presence: Presence, pool: asyncpg.Pool) -> Archiver:
    return make_archiver(kafka_log, archive, presence, pool)


async def test_everything_is_kept_under_its_offset(kafka_log: KafkaLog, archive: Archive, archiver: Archiver) -> None:
    await kafka_log.publish("intake", [*numbered("t-1", 1, 3), *numbered("t-2", 1, 2, partition=7)])
    await kafka_log.publish("routing", numbered("t-1", 1, 2, source="routing"))
    await drain(archiver)

    everything = dict.fromkeys(range(12), 0)
    assert await archive.read(everything, 100) == await kafka_log.read(everything, 100)
    assert await archive.source_ends("routing") == {3: 2}
    assert await archive.log_id() == await kafka_log.log_id()


async def test_a_new_archiver_goes_on_where_the_archive_ends(
    kafka_log: KafkaLog, archive: Archive, archiver: Archiver, presence: Presence, pool: asyncpg.Pool
) -> None:
    await kafka_log.publish("intake", numbered("t-1", 1, 3))
    await drain(archiver)
    await archiver.stop()
    await kafka_log.publish("intake", numbered("t-1", 4, 2))
    await drain(make_archiver(kafka_log, archive, presence, pool))

    assert [entry.stored for entry in (await archive.read({3: 0}, 100))[3]] == numbered("t-1", 1, 5)


async def test_of_two_archivers_that_keep_the_same_the_second_changes_nothing(
    kafka_log: KafkaLog, archive: Archive, archiver: Archiver, presence: Presence, pool: asyncpg.Pool, clock: FixedClock
) -> None:
    await kafka_log.publish("intake", numbered("t-1", 1, 3))
    await drain(archiver)
    await kafka_log.publish("intake", numbered("t-1", 4, 2))
    await archiver.stop()
    other = make_archiver(kafka_log, archive, presence, pool, holder="other")
    await drain(other)

    assert await archiver._copy()

    assert [entry.stored for entry in (await archive.read({3: 0}, 100))[3]] == numbered("t-1", 1, 5)


async def test_whoever_lost_the_lease_waits_for_nothing_and_answers_for_nothing(
    archive: Archive, kafka_log: KafkaLog, presence: Presence, pool: asyncpg.Pool, cluster: Cluster, clock: FixedClock
) -> None:
    """Else it would be woken by every event, and ask at once again whether it may read it."""
    late = make_archiver(kafka_log, archive, presence, pool, clock=clock)
    await inject(cluster, _removed(numbered("t-1", 1, 3)))
    await drain(late)
    assert list(late.stopped) == [3]
    await pool.execute("update ledger.lease set expires_at = now() - interval '1 second'")
    async with KafkaLog(cluster) as log:
        other = make_archiver(log, archive, presence, pool, holder="other")
        await drain(other)
    clock.advance(LEASE_SECONDS)

    assert not await late.turn()

    assert (late._offsets(), late.stopped) == ({}, {})
    assert list(other.stopped) == [3]


async def test_an_exact_repetition_is_dropped(
    kafka_log: KafkaLog, archive: Archive, archiver: Archiver, cluster: Cluster
) -> None:
    events = numbered("t-1", 1, 3)
    await inject(cluster, [*events, events[1], events[2]])
    await kafka_log.publish("intake", numbered("t-1", 1, 4))
    await drain(archiver)

    assert archiver.stopped == {}
    kept = (await archive.read({3: 0}, 100))[3]
    assert [(entry.offset, entry.stored.sequence) for entry in kept] == [(0, 1), (1, 2), (2, 3), (5, 4)]


def _removed(events: list[Stored]) -> list[Stored]:
    return [events[0], events[2]]


def _injected(events: list[Stored]) -> list[Stored]:
    forged = replace(events[1], actor="agent-9", event_id=UUID(int=9), digest=b"\x09" * 32)
    return [events[0], forged, *events[1:]]


def _swapped(events: list[Stored]) -> list[Stored]:
    return [events[1], events[0], events[2]]


def _altered_repetition(events: list[Stored]) -> list[Stored]:
    return [*events, replace(events[1], digest=b"\x09" * 32)]


def _of_another_source(events: list[Stored]) -> list[Stored]:
    return [replace(events[0], source="routing"), *numbered("t-1", 1, 2, source="routing"), *events[1:]]


@pytest.mark.parametrize(
    ("tamper", "said", "kept_offsets"),
    [
        (_removed, "events are missing", [0]),
        (_injected, "not the one that had this number first", [0, 1]),
        (_swapped, "events are missing", []),
        (_altered_repetition, "not the one that had this number first", [0, 1, 2]),
        (_of_another_source, "not the one that had this number first|events are missing", [0, 2]),
    ],
)
async def test_whatever_is_not_genuine_stops_its_partition_behind_what_stands_before_it_and_no_other(
    archive: Archive, archiver: Archiver, cluster: Cluster, tamper: Tamper, said: str, kept_offsets: list[int]
) -> None:
    await inject(cluster, tamper(numbered("t-1", 1, 3)))
    await inject(cluster, numbered("t-2", 1, 2, partition=7))
    await drain(archiver)

    assert list(archiver.stopped) == [3]
    with pytest.raises(type(archiver.stopped[3]), match=said):
        raise archiver.stopped[3]
    kept = await archive.read(dict.fromkeys(range(12), 0), 100)
    assert [entry.offset for entry in kept.get(3, [])] == kept_offsets
    assert [entry.stored for entry in kept[7]] == numbered("t-2", 1, 2, partition=7)


async def test_what_it_keeps_drops_and_stops_at_is_counted(
    kafka_log: KafkaLog, archive: Archive, presence: Presence, pool: asyncpg.Pool, cluster: Cluster
) -> None:
    figures = NotedFigures()
    archiver = make_archiver(kafka_log, archive, presence, pool, figures=figures)
    events = numbered("t-1", 1, 4)
    await inject(cluster, [events[0], events[0], events[2]])
    await drain(archiver)

    assert figures.noted == [("taken in", "archiver", (1, 1)), ("stopped", "archiver", "NumbersBroken")]


async def test_what_is_no_event_stops_its_partition_behind_what_came_before(
    kafka_log: KafkaLog, archive: Archive, archiver: Archiver, cluster: Cluster
) -> None:
    await kafka_log.publish("intake", numbered("t-1", 1, 2))
    await send(cluster, b"t-1", b"hello", [], 3)
    await kafka_log.publish("intake", [*numbered("t-1", 3, 1), *numbered("t-2", 1, 1, partition=7)])
    await drain(archiver)

    assert "offset 2" in str(archiver.stopped[3])
    kept = await archive.read(dict.fromkeys(range(12), 0), 100)
    assert {partition: len(entries) for partition, entries in kept.items()} == {3: 2, 7: 1}


async def test_an_archive_that_has_kept_one_log_takes_in_no_other(
    kafka_log: KafkaLog, archive: Archive, archiver: Archiver, presence: Presence, pool: asyncpg.Pool, cluster: Cluster
) -> None:
    await kafka_log.publish("intake", numbered("t-1", 1, 1))
    await drain(archiver)
    await archiver.stop()
    await send(replace(cluster), b"identity", str(UUID(int=9)).encode(), [], 0, topic=cluster.control_topic)

    async with KafkaLog(cluster) as other:
        with pytest.raises(ForeignLog, match="is not of log"):
            await make_archiver(other, archive, presence, pool).turn()


async def test_before_the_archive_has_met_its_log_nobody_can_make_a_checkpoint_for_it(
    archive: Archive, archiver: Archiver, kafka_log: KafkaLog
) -> None:
    with pytest.raises(LogUnfit, match="has not met the log"):
        await archive.log_id()

    await archiver.turn()

    assert await archive.log_id() == await kafka_log.log_id()


async def test_a_history_in_postgresql_is_moved_and_not_mixed(archive: Archive, archiver: Archiver) -> None:
    await archive.publish("intake", numbered("t-1", 1, 1))

    with pytest.raises(ForeignLog, match="zixun log migrate"):
        await archiver.turn()


async def test_what_is_kept_cannot_be_published_to(archiver: Archiver, pool: asyncpg.Pool) -> None:
    await archiver.turn()

    with pytest.raises(LogRefused, match="the log of this installation is in Kafka"):
        await PostgresLog(pool).publish("intake", numbered("t-1", 1, 1))


def make_archiver(
    log: KafkaLog,
    archive: Archive,
    presence: Presence,
    pool: asyncpg.Pool,
    *,
    holder: str = "here",
    clock: FixedClock | None = None,
    figures: Figures = UNCOUNTED,
) -> Archiver:
    lease = Lease(presence, pool, schema="ledger", name="archiver", holder=holder, clock=clock or FixedClock())
    return Archiver(log, archive, lease, figures=figures)


async def drain(archiver: Archiver) -> None:
    """Until there is nothing more to keep."""
    while await archiver.turn():
        pass


async def inject(cluster: Cluster, events: Sequence[Stored]) -> None:
    """Past all of us, as somebody with access to the topic may."""
    for event in events:
        await send(cluster, event.subject.encode(), event.body, headers_of(event), event.partition)


async def send(
    cluster: Cluster,
    key: bytes,
    value: bytes,
    headers: list[tuple[str, bytes]],
    partition: int,
    *,
    topic: str | None = None,
) -> None:
    producer = AIOKafkaProducer(**cluster.client())
    await producer.start()
    try:
        await producer.send_and_wait(
            topic or cluster.events_topic, value, key=key, headers=headers, partition=partition
        )
    finally:
        await producer.stop()
