"""The topics as they have to be: what differs from that, what mends it, and what cannot be mended."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from aiokafka.errors import KafkaError

from shared_events.log.administration import ClusterUnusable, Topic, administration
from shared_events.log.cluster import Cluster
from shared_events.log.control import IDENTITY, Control
from shared_events.log.kafka_publishing import SEND_SECONDS_MAX, Publisher
from shared_events.log.port import LogUnfit
from shared_events.store.partition import PARTITIONS

EVENT_BYTES_MAX: Final = 8 * 1024 * 1024
"""The largest batch of records that the topic of the events takes. Kafka's own default is less than one long text."""

SEGMENT_MILLISECONDS: Final = 60 * 60 * 1000
"""Only what is older is compacted; whoever starts reads the rest, a heartbeat of each source for every second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """What a centre chooses: how many brokers have everything, and how many must have it before it is accepted."""

    replication_factor: int = 3
    min_insync_replicas: int = 2

    def __post_init__(self) -> None:
        """Raises ValueError for what could never accept anything."""
        if not 1 <= self.min_insync_replicas <= self.replication_factor:
            raise ValueError(
                f"expected 1 <= min_insync_replicas <= replication_factor, found {self.min_insync_replicas} and "
                f"{self.replication_factor}"
            )


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


class TopicUnfit(LogUnfit):
    """The topics are not as they have to be, and `apply` cannot make them so; a line for each difference."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


async def plan(cluster: Cluster, copies: Copies | None) -> list[Step]:
    """What differs, in the order in which `apply` mends it. Without `copies`, any number of them will do."""
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


async def apply(cluster: Cluster, copies: Copies, log_id: UUID) -> list[Step]:
    """Mend what differs, and say what was done. Raises `TopicUnfit`, with nothing done, if something cannot be.

    `log_id` becomes the identity of a log that has none.
    """
    steps = await plan(cluster, copies)
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
        await write_identity(cluster, log_id)
    return steps


async def check(cluster: Cluster, copies: Copies | None = None) -> list[str]:
    """What is wrong, as sentences that say how to mend it. Without `copies`, any number of them will do."""
    steps = await plan(cluster, copies)
    return [
        step.sentence if step.kind is Kind.REFUSED else f"{step.sentence} `zixun topics apply` mends it."
        for step in steps
    ]


async def identity(cluster: Cluster) -> UUID | None:
    """Which log the control topic says this is, if it does."""
    control = Control(cluster)
    try:
        return await control.identity()
    except LogUnfit:
        return None
    except (KafkaError, TimeoutError) as error:
        raise ClusterUnusable(f"The topic {cluster.control_topic} cannot be read: {error!r}") from None
    finally:
        await control.close()


async def write_identity(cluster: Cluster, log_id: UUID) -> None:
    """Let the control topic say which log this is; whatever it said before is void."""
    publisher = Publisher(cluster)
    try:
        async with asyncio.timeout(SEND_SECONDS_MAX):
            producer = await publisher.producer()
            await producer.send_and_wait(cluster.control_topic, str(log_id).encode(), key=IDENTITY, partition=0)
    finally:
        await publisher.close()


_IN_SYNC: Final = "min.insync.replicas"
_REASONS: Final = {
    "segment.ms": "What is newer is not compacted, and is read by whoever starts.",
    "min.cleanable.dirty.ratio": "Old heartbeats are of no use.",
    "cleanup.policy": "Of events none is ever compacted away; of the control topic's keys the last value is enough.",
    "retention.ms": "Events are kept for ever.",
    "retention.bytes": "Events are kept for ever.",
    "max.message.bytes": "A long text has to fit in.",
    "message.timestamp.type": "A record keeps the moment that its event was recorded at.",
    "message.timestamp.before.max.ms": "An event is kept whatever its moment.",
    "message.timestamp.after.max.ms": "An event is kept whatever its moment.",
    _IN_SYNC: "An event is accepted when so many brokers have it.",
    "unclean.leader.election.enable": "A broker that lacks events may never lead those that have them.",
}
_NO_BOUND: Final = str(2**63 - 1)
_PARTITIONS_STAY: Final = (
    "It says in which partition the whole past of every ticket is, so it stays as it was made. Choose another "
    "ZIXUN_KAFKA_PREFIX for new topics or, if nothing was ever written to this one, delete it; then run "
    "`zixun topics apply`."
)
_ONE_PARTITION: Final = (
    "What it says has one order. Delete it and run `zixun topics apply`; if the log is in use, with the --log-id that "
    "its checkpoints were made for."
)
_COPIES_ARE_MOVED_BY_KAFKA: Final = (
    "Kafka's own kafka-reassign-partitions copies what is there to more brokers; or let the file of the topics say "
    "what is meant."
)


def _wanted(cluster: Cluster, copies: Copies) -> tuple[Topic, Topic]:
    both = {_IN_SYNC: str(copies.min_insync_replicas), "unclean.leader.election.enable": "false"}
    events = {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "max.message.bytes": str(EVENT_BYTES_MAX),
        "message.timestamp.type": "CreateTime",
        "message.timestamp.before.max.ms": _NO_BOUND,
        "message.timestamp.after.max.ms": _NO_BOUND,
    }
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
        reason = _PARTITIONS_STAY if wanted.partitions > 1 else _ONE_PARTITION
        steps.append(Step(Kind.REFUSED, wanted.name, "partitions", partitions, str(found.partitions), reason))
    if judges_copies and found.replication_factor != wanted.replication_factor:
        copies = (str(wanted.replication_factor), str(found.replication_factor))
        steps.append(Step(Kind.REFUSED, wanted.name, "replication factor", *copies, _COPIES_ARE_MOVED_BY_KAFKA))
    expected = dict(wanted.configs)
    if not judges_copies:
        # Whatever the centre chose, as long as anything can be accepted at all.
        expected[_IN_SYNC] = str(min(int(found.configs[_IN_SYNC]), found.replication_factor))
    for name, value in expected.items():
        if found.configs[name] != value:
            steps.append(Step(Kind.ALTER, wanted.name, name, value, found.configs[name], _REASONS[name]))
    return steps
