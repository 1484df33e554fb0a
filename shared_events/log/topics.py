"""The topics as they have to be: what differs from that, what mends it, and what cannot be mended."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared_events.ids import IdSource
from shared_events.log.administration import Topic, administration
from shared_events.log.cluster import Cluster
from shared_events.store.partition import PARTITIONS

EVENT_BYTES_MAX: Final = 8 * 1024 * 1024
"""The largest batch of records that the topic of the events takes. Kafka's own default is less than one long text."""

SEGMENT_MILLISECONDS: Final = 60 * 60 * 1000
"""Only what is older is compacted; whoever starts reads the rest, about ten heartbeats for every second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """What a centre chooses: how many brokers have everything, and how many must have it before it is accepted."""

    replication_factor: int = 3
    min_insync_replicas: int = 2


class Kind(StrEnum):
    """What becomes of a difference."""

    CREATE = "create"
    ALTER = "alter"
    IDENTIFY = "identify"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Step:
    """One difference. `found` is None where there is nothing."""

    kind: Kind
    topic: str
    name: str
    expected: str
    found: str | None
    reason: str
    """Why it has to be so; for what is refused also what to do instead."""

    @property
    def sentence(self) -> str:
        """The difference, for people."""
        found = "none" if self.found is None else self.found
        return f"Topic {self.topic}: expected {self.name} {self.expected}, found {found}. {self.reason}"


class TopicUnfit(Exception):
    """The topics are not as they have to be, and `apply` cannot make them so; a line for each difference."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


async def plan(cluster: Cluster, copies: Copies) -> list[Step]:
    """What differs, in the order in which `apply` mends it."""
    return await _plan(cluster, copies)


async def apply(cluster: Cluster, copies: Copies, ids: IdSource) -> list[Step]:
    """Mend what differs, and say what was done. Raises `TopicUnfit`, with nothing done, if something cannot be."""
    steps = await _plan(cluster, copies)
    refused = [step.sentence for step in steps if step.kind is Kind.REFUSED]
    if refused:
        raise TopicUnfit(refused)
    async with administration(cluster) as admin:
        for wanted in _wanted(cluster, copies):
            kinds = {step.kind for step in steps if step.topic == wanted.name}
            if Kind.CREATE in kinds:
                await admin.create(wanted)
            elif Kind.ALTER in kinds:
                found = await admin.topics([wanted.name])
                await admin.alter(found[wanted.name], wanted.configs)
    if any(step.kind is Kind.IDENTIFY for step in steps):
        await _write_identity(cluster, ids.new())
    return steps


async def check(cluster: Cluster) -> list[str]:
    """What is wrong, as sentences that say how to mend it; how many copies there are is the centre's business."""
    steps = await _plan(cluster, None)
    return [
        step.sentence if step.kind is Kind.REFUSED else f"{step.sentence} `zixun topics apply` mends it."
        for step in steps
    ]


_REASONS: Final = {
    "segment.ms": "What is newer is not compacted, and is read by whoever starts.",
    "min.cleanable.dirty.ratio": "Old heartbeats are of no use.",
    "cleanup.policy": "Of events none is ever compacted away; of the control topic's keys the last value is enough.",
    "retention.ms": "Events are kept for ever.",
    "retention.bytes": "Events are kept for ever.",
    "max.message.bytes": "A long text has to fit in.",
    "min.insync.replicas": "An event is accepted when so many brokers have it.",
    "unclean.leader.election.enable": "A broker that lacks events may never lead those that have them.",
}
_PARTITIONS_STAY: Final = (
    "It says in which partition the whole past of every ticket is, so it stays as it was made. Choose another "
    "ZIXUN_KAFKA_PREFIX for new topics or, if nothing was ever written to this one, delete it; then run "
    "`zixun topics apply`."
)
_COPIES_ARE_MOVED_BY_KAFKA: Final = (
    "Kafka's own kafka-reassign-partitions copies what is there to more brokers; or let the file of the topics say "
    "what is meant."
)
_READ_SECONDS_MAX: Final = 30.0


async def _plan(cluster: Cluster, copies: Copies | None) -> list[Step]:
    async with administration(cluster) as admin:
        topics = _wanted(cluster, copies or Copies())
        found = await admin.topics([topic.name for topic in topics])
    steps = []
    for topic in topics:
        steps += _compare(topic, found.get(topic.name), judges_copies=copies is not None)
    if cluster.control_topic not in found or await identity(cluster) is None:
        reason = "Checkpoints are made for one log, and have to know it again."
        steps.append(Step(Kind.IDENTIFY, cluster.control_topic, "identity", "of the log", None, reason))
    return steps


def _wanted(cluster: Cluster, copies: Copies) -> tuple[Topic, Topic]:
    both = {"min.insync.replicas": str(copies.min_insync_replicas), "unclean.leader.election.enable": "false"}
    events = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
    events["max.message.bytes"] = str(EVENT_BYTES_MAX)
    control = {"cleanup.policy": "compact", "segment.ms": str(SEGMENT_MILLISECONDS), "min.cleanable.dirty.ratio": "0.1"}
    return (
        Topic(cluster.events_topic, PARTITIONS, copies.replication_factor, {**events, **both}),
        Topic(cluster.control_topic, 1, copies.replication_factor, {**control, **both}),
    )


def _compare(wanted: Topic, found: Topic | None, *, judges_copies: bool) -> list[Step]:
    partitions = str(wanted.partitions)
    if found is None:
        return [Step(Kind.CREATE, wanted.name, "partitions", partitions, None, "There is no such topic.")]
    steps = []
    if found.partitions != wanted.partitions:
        there = str(found.partitions)
        steps.append(Step(Kind.REFUSED, wanted.name, "partitions", partitions, there, _PARTITIONS_STAY))
    if judges_copies and found.replication_factor != wanted.replication_factor:
        copies = (str(wanted.replication_factor), str(found.replication_factor))
        steps.append(Step(Kind.REFUSED, wanted.name, "replication factor", *copies, _COPIES_ARE_MOVED_BY_KAFKA))
    for name, value in wanted.configs.items():
        there = found.configs[name]
        judged = judges_copies or name != "min.insync.replicas"
        if judged and there != value:
            steps.append(Step(Kind.ALTER, wanted.name, name, value, there, _REASONS[name]))
    return steps


async def identity(cluster: Cluster) -> UUID | None:
    """Which log the control topic says this is."""
    place = TopicPartition(cluster.control_topic, 0)
    options = {"enable_auto_commit": False, "auto_offset_reset": "earliest", "group_id": None}
    consumer = AIOKafkaConsumer(**cluster.client(), **options)
    said = None
    async with _started(consumer), asyncio.timeout(_READ_SECONDS_MAX):
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        while await consumer.position(place) < end:
            for record in (await consumer.getmany(place, timeout_ms=200)).get(place, ()):
                if record.key == _IDENTITY and record.value is not None:
                    said = UUID(record.value.decode())
    return said


async def _write_identity(cluster: Cluster, log_id: UUID) -> None:
    producer = AIOKafkaProducer(**cluster.client(), acks="all", enable_idempotence=True)
    async with _started(producer), asyncio.timeout(_READ_SECONDS_MAX):
        await producer.send_and_wait(cluster.control_topic, str(log_id).encode(), key=_IDENTITY, partition=0)


@asynccontextmanager
async def _started(client: AIOKafkaConsumer | AIOKafkaProducer) -> AsyncIterator[None]:
    try:
        await client.start()
        yield
    finally:
        await client.stop()


_IDENTITY: Final = b"identity"
