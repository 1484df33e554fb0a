"""The doctor finds what is wrong, says how to mend it, and changes nothing unless asked."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import asyncpg
import pytest

from services.database import connect_pool
from services.doctor.examination import Examination
from services.doctor.findings import Finding, Kind
from services.settings import Settings
from services.wiring import Zixun
from shared_events.clock import SystemClock
from shared_events.ids import IdSource
from shared_events.log.administration import administration
from shared_events.log.cluster import Cluster
from shared_events.log.kafka import KafkaLog
from shared_events.log.postgres import PostgresLog
from shared_events.log.topics import apply, write_identity
from shared_events.runtime.lease import Lease, Presence
from shared_events.store.partition import PARTITIONS
from tests.kafka import ONE_COPY
from tests.shared_events.runtime.world import tamper
from tests.system.journey import routed
from tests.system.serving import MASTER_KEY, serving

NOBODY = Cluster(bootstrap_servers="127.0.0.1:1")
"""Nobody may listen there but a service of the machine."""


@pytest.fixture
async def settled(database: str) -> str:
    """The database of a centre with a ticket, its log in PostgreSQL."""
    async with serving(database) as centre:
        await routed(centre)
        await centre.settled()
    return database


@pytest.fixture
async def over_kafka(database: str, cluster: Cluster) -> str:
    """The same, its log in Kafka."""
    async with serving(database, cluster=cluster) as centre:
        await routed(centre)
        await centre.settled()
    return database


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    async with await connect_pool(database, Settings(database_connections_max=4)) as made:
        yield made


async def examine(
    pool: asyncpg.Pool, cluster: Cluster | None = None, *, key: bytes = MASTER_KEY, mends: bool = False
) -> list[Finding]:
    return await Examination(pool, SystemClock(), cluster, mends=mends).findings(key)


async def alone(pool: asyncpg.Pool, cluster: Cluster | None = None, *, key: bytes = MASTER_KEY) -> Finding:
    """The only finding."""
    (found,) = await examine(pool, cluster, key=key)
    return found


async def test_a_centre_that_is_well_has_nothing(settled: str, pool: asyncpg.Pool) -> None:
    assert settled
    assert await examine(pool) == []


async def test_a_centre_on_kafka_that_is_well_has_nothing(
    over_kafka: str, pool: asyncpg.Pool, cluster: Cluster
) -> None:
    assert over_kafka
    assert await examine(pool, cluster) == []


async def test_a_centre_that_works_is_not_found_to_be_ill(database: str, pool: asyncpg.Pool, cluster: Cluster) -> None:
    async with serving(database, cluster=cluster) as centre:
        await routed(centre)
        await centre.settled()
        calls = asyncio.gather(*(routed(centre) for _ in range(8)))
        looks = 0
        while not calls.done():
            assert await examine(pool, cluster) == []
            looks += 1
        await calls
    assert looks > 0


async def test_a_wrong_master_key_is_found(settled: str, pool: asyncpg.Pool) -> None:
    assert settled
    found = await alone(pool, key=bytes(32))
    assert (found.kind, found.place) == (Kind.MASTER_KEY, "ZIXUN_MASTER_KEY")
    assert found.mending.startswith("Bring back the key")


async def test_a_log_that_is_elsewhere_is_found(settled: str, pool: asyncpg.Pool) -> None:
    assert settled
    found = await alone(pool, NOBODY)
    assert found.kind is Kind.LOG_ELSEWHERE
    assert "`zixun log migrate` takes it there" in found.found


async def test_what_is_parked_is_found_and_the_verb_for_it_named(settled: str, pool: asyncpg.Pool) -> None:
    await tamper(
        settled,
        """
        insert into routing.parked
        select 'routing', partition, "offset", source, sequence, subject, version, event_id, type, schema_version,
            occurred_at, recorded_at, actor, origin, correlation_id, causation_id, trace_context, body, digest,
            'cannot be folded', now()
        from log.log_entry where source = 'intake'
        """,
    )
    found = await alone(pool)
    assert (found.kind, found.place) == (Kind.PARKED, "routing")
    assert "of 1 subjects are parked" in found.found
    assert "cannot be folded" in found.found
    assert "`zixun parked list`" in found.mending


async def test_a_partition_that_cannot_be_read_on_is_found(settled: str, pool: asyncpg.Pool) -> None:
    """An event before the one that the ledger is to read next is missing, as its checkpoint has it."""
    await tamper(
        settled,
        """
        update ledger.checkpoint c set next_offset = 1, seen_by_source = '{}'
        where exists (select from log.head h where h.partition = c.partition and h.next_offset > 1)
        """,
    )
    found = await examine(pool)
    stopped = [each for each in found if each.kind is Kind.PARTITION_STOPPED]
    assert len(stopped) == 1
    assert stopped[0].place.startswith("ledger, partition ")
    assert "1 events are missing" in stopped[0].found


async def test_a_checkpoint_of_another_log_is_found(settled: str, pool: asyncpg.Pool) -> None:
    await tamper(settled, "update feedback.checkpoint set log_id = gen_random_uuid()")
    found = await alone(pool)
    assert (found.kind, found.place) == (Kind.PARTITION_STOPPED, "feedback")
    assert "it has read another log than this one" in found.found


async def test_work_that_nobody_does_is_a_note_unless_others_work(database: str, pool: asyncpg.Pool) -> None:
    def idle(zixun: Zixun) -> None:
        for loops in (zixun.relays, zixun.runners):
            cast("list[object]", loops).clear()

    async with serving(database, idle) as centre:
        await centre.post("/v1/consultations", {"channel": "telephone", "content": "网关断线"})

    waiting = await examine(pool)
    assert {each.kind for each in waiting} == {Kind.NOBODY_WORKS}
    assert {each.place for each in waiting} >= {"relay of intake", "consumer routing"}
    assert all(each.is_note for each in waiting)

    presence = Presence(pool)
    await Lease(presence, pool, schema="sla", name="relay", holder="somebody", clock=SystemClock()).hold()
    waiting = await examine(pool)
    assert not any(each.is_note for each in waiting)
    assert "2 events wait" in next(each.found for each in waiting if each.place == "relay of intake")
    assert all("`zixun work`" in each.mending for each in waiting)
    await presence.leave()


async def test_topics_that_do_not_fit_are_found_and_the_rest_is_looked_at(
    over_kafka: str, pool: asyncpg.Pool, cluster: Cluster
) -> None:
    async with administration(cluster) as admin:
        topics = await admin.topics([cluster.events_topic])
        await admin.alter(topics[cluster.events_topic], {"retention.ms": "1000000"})
    await tamper(over_kafka, "update feedback.checkpoint set log_id = gen_random_uuid()")

    topic, consumer = await examine(pool, cluster)

    assert (topic.kind, topic.place) == (Kind.TOPIC_UNFIT, cluster.events_topic)
    assert "expected retention.ms -1, found 1000000" in topic.found
    assert "`zixun topics apply`" in topic.mending
    assert consumer.kind is Kind.PARTITION_STOPPED


async def test_topics_of_another_log_are_found(over_kafka: str, pool: asyncpg.Pool, cluster: Cluster) -> None:
    assert over_kafka
    own = await PostgresLog(pool).log_id()
    await write_identity(cluster, IdSource(SystemClock()).new())
    found = await alone(pool, cluster)
    assert found.kind is Kind.FOREIGN_ARCHIVE
    assert f"the ledger has kept log {own}" in found.found
    assert f"`zixun topics apply --log-id {own}`" in found.mending


async def test_topics_that_were_made_anew_under_the_same_name_are_found(
    over_kafka: str, pool: asyncpg.Pool, cluster: Cluster
) -> None:
    """Empty, the archive is beyond their ends; with other events, what it kept last is not there."""
    assert over_kafka
    kept = await PostgresLog(pool).read(dict.fromkeys(range(PARTITIONS), 0), 1000)
    topics = [cluster.events_topic, cluster.control_topic]
    async with administration(cluster) as admin:
        await admin.delete(topics)
        async with asyncio.timeout(30):
            while await admin.topics(topics):
                pass
    await apply(cluster, ONE_COPY, await PostgresLog(pool).log_id())
    empty = await examine(pool, cluster)
    assert {each.place.split(",")[0] for each in empty if each.kind is Kind.PARTITION_STOPPED} >= {"archiver"}
    assert any("the topic was made anew" in each.found for each in empty)

    async with KafkaLog(cluster) as log:
        for source in ("sla", "routing", "intake"):
            events = [entry.stored for entries in kept.values() for entry in entries if entry.stored.source == source]
            await log.publish(source, events)
    foreign = await examine(pool, cluster)
    assert {each.kind for each in foreign} == {Kind.FOREIGN_ARCHIVE}


async def test_a_cluster_that_is_away_is_found(over_kafka: str, pool: asyncpg.Pool) -> None:
    assert over_kafka
    found = await alone(pool, NOBODY)
    assert (found.kind, found.place) == (Kind.KAFKA_AWAY, "Kafka")
    assert "127.0.0.1:1" in found.found
