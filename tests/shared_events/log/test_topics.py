"""The topics are made as they have to be, and one that is otherwise is refused with what to do about it."""

import asyncio
import socket
from dataclasses import replace
from uuid import UUID

import pytest

from shared_events.log.administration import (
    AdministrationRefused,
    ClusterUnusable,
    Topic,
    administration,
)
from shared_events.log.cluster import Cluster
from shared_events.log.kafka import KafkaLog
from shared_events.log.topics import Copies, Kind, TopicUnfit, apply, check, identity, plan
from tests.kafka import ONE_COPY, launched

LOG = UUID("01a20128-108d-7b93-9a8a-f9c2b8c462a8")
OTHER = UUID("01a20128-108d-7b93-9a8a-f9c2b8c462a9")


async def make(cluster: Cluster, *topics: Topic) -> None:
    async with administration(cluster) as admin:
        for topic in topics:
            await admin.create(topic)


async def alter(cluster: Cluster, name: str, **configs: str) -> None:
    async with administration(cluster) as admin:
        topic = (await admin.topics([name]))[name]
        await admin.alter(topic, {key.replace("_", "."): value for key, value in configs.items()})


async def differences(cluster: Cluster) -> set[tuple[Kind, str, str | None]]:
    return {(step.kind, step.name, step.found) for step in await plan(cluster, ONE_COPY)}


async def test_topics_that_were_applied_fit(cluster: Cluster) -> None:
    assert await check(cluster) == []
    assert await plan(cluster, ONE_COPY) == []


async def test_a_plan_changes_nothing_and_says_what_apply_does(empty_cluster: Cluster) -> None:
    planned = await plan(empty_cluster, ONE_COPY)
    assert [(step.kind, step.topic) for step in planned] == [
        (Kind.CREATE, empty_cluster.events_topic),
        (Kind.CREATE, empty_cluster.control_topic),
        (Kind.IDENTIFY, empty_cluster.control_topic),
    ]
    assert await apply(empty_cluster, ONE_COPY, LOG) == planned
    assert await plan(empty_cluster, ONE_COPY) == []


async def test_a_log_keeps_the_identity_that_it_got_first(empty_cluster: Cluster) -> None:
    await apply(empty_cluster, ONE_COPY, LOG)
    assert await apply(empty_cluster, ONE_COPY, OTHER) == []
    assert await identity(empty_cluster) == LOG
    async with KafkaLog(empty_cluster) as log:
        assert await log.log_id() == LOG


async def test_without_topics_check_says_so_and_makes_none(empty_cluster: Cluster) -> None:
    events, control, nobody = await check(empty_cluster)
    assert events == (
        f"Topic {empty_cluster.events_topic}: expected partitions 12, found none. There is no such topic. "
        "`zixun topics apply` mends it."
    )
    assert empty_cluster.control_topic in control
    assert "expected identity of the log, found none" in nobody
    assert len(await check(empty_cluster)) == 3


async def test_another_number_of_partitions_is_refused_with_the_reason_and_nothing_is_done(
    empty_cluster: Cluster,
) -> None:
    await make(empty_cluster, Topic(empty_cluster.events_topic, 6, 1, {}))
    (problem,) = [each for each in await check(empty_cluster) if "partitions 12" in each]
    assert "found 6. It says in which partition the whole past of every ticket is" in problem
    assert "Choose another ZIXUN_KAFKA_PREFIX" in problem
    with pytest.raises(TopicUnfit, match="expected partitions 12, found 6"):
        await apply(empty_cluster, ONE_COPY, LOG)
    async with administration(empty_cluster) as admin:
        assert set(await admin.topics([empty_cluster.events_topic, empty_cluster.control_topic])) == {
            empty_cluster.events_topic
        }


async def test_history_that_would_end_is_refused_and_mended(cluster: Cluster) -> None:
    await alter(cluster, cluster.events_topic, retention_ms="604800000", cleanup_policy="compact,delete")
    compacted, ending = await check(cluster)
    assert compacted == (
        f"Topic {cluster.events_topic}: expected cleanup.policy delete, found compact,delete. Of events none is ever "
        "compacted away; of the control topic's keys the last value is enough. `zixun topics apply` mends it."
    )
    assert ending == (
        f"Topic {cluster.events_topic}: expected retention.ms -1, found 604800000. Events are kept for ever. "
        "`zixun topics apply` mends it."
    )
    assert len(await apply(cluster, ONE_COPY, OTHER)) == 2
    assert await check(cluster) == []


async def test_what_was_set_besides_is_left_as_it_is(cluster: Cluster) -> None:
    await alter(cluster, cluster.events_topic, retention_bytes="1000000", compression_type="zstd")
    assert await differences(cluster) == {(Kind.ALTER, "retention.bytes", "1000000")}
    await apply(cluster, ONE_COPY, OTHER)
    async with administration(cluster) as admin:
        (topic,) = (await admin.topics([cluster.events_topic])).values()
    assert (topic.configs["compression.type"], topic.configs["retention.bytes"]) == ("zstd", "-1")


async def test_a_log_without_identity_is_refused_and_gets_the_one_that_it_had(empty_cluster: Cluster) -> None:
    await apply(empty_cluster, ONE_COPY, LOG)
    async with administration(empty_cluster) as admin:
        await admin.delete([empty_cluster.control_topic])
    control = Topic(empty_cluster.control_topic, 1, 1, {"cleanup.policy": "compact"})
    async with asyncio.timeout(30):
        while not await recreated(empty_cluster, control):
            pass
    problems = await check(empty_cluster)
    assert problems[-1] == (
        f"Topic {empty_cluster.control_topic}: expected identity of the log, found none. Checkpoints are made for one "
        "log, and have to know it again. `zixun topics apply` mends it."
    )
    await apply(empty_cluster, ONE_COPY, LOG)
    assert await identity(empty_cluster) == LOG


async def recreated(cluster: Cluster, topic: Topic) -> bool:
    """Whether a topic that is being deleted is gone and there again."""
    try:
        await make(cluster, topic)
    except AdministrationRefused:
        return False
    return await identity(cluster) is None


async def test_copies_are_judged_where_they_were_chosen(cluster: Cluster) -> None:
    steps = await plan(cluster, Copies())
    assert {(step.kind, step.name, step.expected, step.found) for step in steps} == {
        (Kind.REFUSED, "replication factor", "3", "1"),
        (Kind.ALTER, "min.insync.replicas", "2", "1"),
    }
    with pytest.raises(TopicUnfit, match="kafka-reassign-partitions"):
        await apply(cluster, Copies(), OTHER)


async def test_a_topic_that_can_accept_nothing_is_refused_whatever_was_chosen(cluster: Cluster) -> None:
    await alter(cluster, cluster.events_topic, **{"min.insync.replicas": "2"})
    (problem,) = await check(cluster)
    assert "expected min.insync.replicas 1, found 2" in problem


def test_copies_that_could_accept_nothing_cannot_be_chosen() -> None:
    with pytest.raises(ValueError, match="found 2 and 1"):
        Copies(replication_factor=1, min_insync_replicas=2)


async def test_more_copies_than_brokers_are_refused_with_what_the_cluster_says(empty_cluster: Cluster) -> None:
    beyond = Copies(replication_factor=101, min_insync_replicas=1)
    with pytest.raises(AdministrationRefused, match=r"refused to create topic .* InvalidReplicationFactorError"):
        await apply(empty_cluster, beyond, LOG)


@pytest.mark.torture
@pytest.mark.timeout(600)
async def test_the_topics_of_three_brokers_are_judged_while_any_one_of_them_is_away() -> None:
    with launched("--nodes", "3") as brokers:
        cluster = Cluster(bootstrap_servers=brokers.bootstrap_servers)
        await apply(cluster, Copies(), LOG)
        for node in (1, 2, 3):
            brokers.say(f"kill {node}")
            assert await check(cluster, Copies()) == []
            assert await identity(cluster) == LOG
            brokers.say(f"start {node}")
            later = replace(cluster, prefix=f"after-{node}")
            await apply(later, Copies(), OTHER)
            assert await check(later, Copies()) == []


async def test_a_cluster_that_does_not_answer_is_named_with_the_reason() -> None:
    with socket.socket() as bound:  # and nobody listens there
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(ClusterUnusable, match=f"Kafka at {address}: expected a broker .* found {address}: "):
            await check(Cluster(bootstrap_servers=address))
