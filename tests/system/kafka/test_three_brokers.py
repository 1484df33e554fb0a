"""Of three brokers one leads and dies, then another one while the first comes back: nothing accepted is lost."""

import asyncio
import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from random import Random

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared_events.clock import SystemClock
from shared_events.ids import IdSource
from shared_events.log.cluster import Cluster
from shared_events.log.kafka import KafkaLog
from shared_events.log.topics import Copies, apply
from shared_events.store.partition import PARTITIONS
from tests.kafka import Brokers, launched
from tests.shared_events.log.suite import numbered
from tests.system.crash.audit import settle_and_check
from tests.system.crash.victim import Load, Victim, make_second, make_victim

COPIES = Copies(replication_factor=3, min_insync_replicas=2)


@pytest.fixture
def three() -> Iterator[Brokers]:
    with launched("--nodes", "3") as brokers:
        yield brokers


@pytest.fixture
async def replicated(three: Brokers) -> Cluster:
    """Topics of which two brokers have everything that was accepted."""
    cluster = Cluster(bootstrap_servers=three.bootstrap_servers, prefix=f"test-{secrets.token_hex(6)}")
    await apply(cluster, COPIES, IdSource(SystemClock()).new())
    return cluster


@pytest.mark.torture(seeds=5)
@pytest.mark.timeout(1800)
async def test_leaders_that_die_one_while_the_other_comes_back_lose_nothing_and_the_api_goes_on(
    database: str, three: Brokers, replicated: Cluster, seed: int
) -> None:
    random = Random(seed)
    api = await make_victim(database, cluster=replicated, part="api")
    worker = make_second(api, part="worker")
    await api.start()
    await worker.start()
    processes = {node["id"]: node["pid"] for node in three.document["nodes"]}
    load, enough = Load(api), asyncio.Event()
    working = asyncio.gather(*(load.consult_until(enough, f"n{caller}") for caller in range(6)))
    for turn in range(3):
        first = random.choice(await leaders(replicated))
        await asyncio.to_thread(three.say, f"kill {first}")
        await goes_on(load, api, f"{turn}-one-away")
        another = random.choice(await leaders(replicated, without=first))
        coming_back = asyncio.create_task(start(first, three, processes))
        # The launcher, which waits for that, obeys one line after the other; so this one dies by its process.
        os.kill(processes[another], signal.SIGKILL)
        await goes_on(load, api, f"{turn}-two-away")
        await coming_back
        await start(another, three, processes)
        await goes_on(load, api, f"{turn}-all-back")
    enough.set()
    await working
    await settle_and_check(database, load, api, worker)


@pytest.mark.torture
@pytest.mark.timeout(600)
async def test_a_partition_without_a_leader_keeps_nobody_from_reading_the_others(three: Brokers) -> None:
    cluster = Cluster(bootstrap_servers=three.bootstrap_servers, prefix=f"test-{secrets.token_hex(6)}")
    await apply(cluster, replace(COPIES, replication_factor=1, min_insync_replicas=1), IdSource(SystemClock()).new())
    everything = dict.fromkeys(range(PARTITIONS), 0)
    async with KafkaLog(cluster) as before, KafkaLog(cluster) as afterwards:
        await before.publish("intake", [numbered(f"t-{each}", 1, 1, partition=each)[0] for each in everything])
        assert set(await before.read(everything, 10)) == set(everything)
        led = await _leaders_by_partition(cluster)
        away = led[0]
        await asyncio.to_thread(three.say, f"kill {away}")
        there = {partition for partition, leader in led.items() if leader != away}

        assert there
        for log in (before, afterwards):
            assert set(await log.read(everything, 10)) == there

        await asyncio.to_thread(three.say, f"start {away}")
        for log in (before, afterwards):
            async with asyncio.timeout(60):
                while set(await log.read(everything, 10)) != set(everything):  # noqa: ASYNC110 - another process starts
                    await asyncio.sleep(0.1)


async def goes_on(load: Load, api: Victim, name: str) -> None:
    """The API accepts; not one write has to be repeated."""
    writes = Load(api)
    for number in range(10):
        await writes.classify(f"{name}-{number}", await writes.receive(f"{name}-{number}"))
    assert (writes.outages, writes.attempts) == (0, 20)
    load.acknowledged += writes.acknowledged


async def start(node: int, three: Brokers, processes: dict[int, int]) -> None:
    """Again, as another process."""
    processes[node] = (await asyncio.to_thread(three.say, f"start {node}"))["pid"]


async def leaders(cluster: Cluster, *, without: int | None = None) -> list[int]:
    """Of each partition the broker that leads it, as soon as each has one that is not the given one."""
    async with asyncio.timeout(60):
        while True:
            with suppress(KafkaError):  # it may have asked the one that is away
                found = await _leaders(cluster)
                if not {without, -1} & set(found):
                    return found
            await asyncio.sleep(0.1)


async def _leaders(cluster: Cluster) -> list[int]:
    return list((await _leaders_by_partition(cluster)).values())


async def _leaders_by_partition(cluster: Cluster) -> dict[int, int]:
    admin = AIOKafkaAdminClient(**cluster.client())
    try:
        await admin.start()
        (topic,) = await admin.describe_topics([cluster.events_topic])
    finally:
        await admin.close()
    return {partition["partition"]: partition["leader"] for partition in topic["partitions"]}
