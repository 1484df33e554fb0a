"""Reads and changes topics; what aiokafka's admin client only reports within a response is raised here."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    BrokerResponseError,
    KafkaConnectionError,
    KafkaError,
    NodeNotReadyError,
    RequestTimedOutError,
    SaslAuthenticationFailed,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.metadata import MetadataRequest

from shared_events.log.cluster import CertificatesUnreadable, Cluster

T = TypeVar("T")

_SET_FOR_THE_TOPIC: Final = 1
"""Where a value comes from, as Kafka numbers it: from the topic itself and not from a default."""
_ANSWER_SECONDS_MAX: Final = 60.0
_PAUSE_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, wanted or found. One that was found has all its configurations, inherited ones too."""

    name: str
    partitions: int
    replication_factor: int
    configs: Mapping[str, str]
    own_configs: frozenset[str] = frozenset()
    """Which of them were set for this topic."""


class ClusterUnusable(ConnectionError):
    """No broker lets us in; the message has what each of them said."""


class CredentialsRefused(ClusterUnusable):
    """A broker answers, and does not let us in, or shows a certificate that we do not accept: waiting will not help."""


class AdministrationRefused(Exception):
    """The cluster did not do what was asked; the message has what, and the cluster's reason."""


class Administration:
    """What is asked of a cluster about its topics."""

    def __init__(self, admin: AIOKafkaAdminClient) -> None:
        self._admin = admin

    async def topics(self, names: Sequence[str]) -> dict[str, Topic]:
        """Those of them that exist."""
        return await _answered(partial(self._topics, names))

    async def create(self, topic: Topic) -> None:
        """Return when every broker knows it; somebody else may make it at the same time."""
        new = NewTopic(topic.name, topic.partitions, topic.replication_factor, topic_configs=dict(topic.configs))
        response = await _answered(partial(self._admin.create_topics, [new]))
        _raise(f"create topic {topic.name}", response.topic_errors[0][1:], passed=TopicAlreadyExistsError)
        await _answered(partial(self._refuse_unknown, topic.name))

    async def alter(self, topic: Topic, configs: Mapping[str, str]) -> None:
        """Set these for the topic, and leave the others that were set for it as they are."""
        # This request replaces everything that was set.
        whole = {name: topic.configs[name] for name in topic.own_configs} | dict(configs)
        resource = ConfigResource(ConfigResourceType.TOPIC, topic.name, whole)
        for response in await _answered(partial(self._admin.alter_configs, [resource])):
            for error in response.resources:
                _raise(f"alter topic {topic.name}", error[:2])

    async def delete(self, names: Sequence[str]) -> None:
        """Delete topics with everything in them, if they are there."""
        response = await _answered(partial(self._admin.delete_topics, list(names)))
        for name, code in response.topic_error_codes:
            _raise(f"delete topic {name}", (code,), passed=UnknownTopicOrPartitionError)

    async def _topics(self, names: Sequence[str]) -> dict[str, Topic]:
        made = {}
        # All are asked for: a question about one by its name would create it, where the cluster may create topics.
        for each in await self._admin.describe_topics():
            name, partitions = each["topic"], each["partitions"]
            if name in names:
                copies = min(len(partition["replicas"]) for partition in partitions)
                made[name] = Topic(name, len(partitions), copies, *await self._configs(name))
        return made

    async def _configs(self, name: str) -> tuple[dict[str, str], frozenset[str]]:
        (response,) = await self._admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
        (resource,) = response.resources
        if for_code(resource[0]) is UnknownTopicOrPartitionError:
            raise UnknownTopicOrPartitionError(name)  # this broker has not heard yet that it was made, or is gone
        _raise(f"describe topic {name}", resource[:2])
        entries = resource[4]
        own = frozenset(entry[0] for entry in entries if entry[3] == _SET_FOR_THE_TOPIC)
        return {entry[0]: entry[1] for entry in entries}, own

    async def _refuse_unknown(self, name: str) -> None:
        """`UnknownTopicOrPartitionError` if a broker has not learnt of the topic; one that is away does not count."""
        client = self._admin._client  # noqa: SLF001 - there is no public way to ask each of them
        for broker in client.cluster.brokers():
            try:
                said = await client.send(broker.nodeId, MetadataRequest(None))
            except _AWAY:
                continue
            if name not in {each["topic"] for each in said.to_object()["topics"]}:
                raise UnknownTopicOrPartitionError(name)


@asynccontextmanager
async def administration(cluster: Cluster) -> AsyncIterator[Administration]:
    """Connected; raises `ClusterUnusable` if no broker lets us in."""
    try:
        admin = AIOKafkaAdminClient(**cluster.client())
    except CertificatesUnreadable as wrong:
        raise CredentialsRefused(str(wrong)) from None
    except ValueError as wrong:  # such as a port that is no number
        raise ClusterUnusable(f"Kafka at {cluster.bootstrap_servers}: {wrong}") from None
    try:
        await admin.start()
        yield Administration(admin)
    except KafkaConnectionError:
        raise await _why_unusable(cluster) from None
    except TimeoutError:
        expected = f"expected an answer within {_ANSWER_SECONDS_MAX:.0f} s"
        raise ClusterUnusable(f"Kafka at {cluster.bootstrap_servers}: {expected}, found none") from None
    finally:
        await admin.close()


async def _why_unusable(cluster: Cluster) -> ClusterUnusable:
    """Asked once more, because the client only logs what each broker said."""
    options = cluster.client()
    said = []
    kind = ClusterUnusable
    for host, port, _ in collect_hosts(options.pop("bootstrap_servers"), randomize=False):
        try:
            connection = await create_conn(host, port, **options)
        except ssl.SSLCertVerificationError as error:
            signed = f"a certificate for it that is signed by {cluster.ca_file or 'whom this machine trusts'}"
            said.append(f"{host}:{port}: expected {signed}, found another one ({error.verify_message})")
            kind = CredentialsRefused
        except (OSError, KafkaError, TimeoutError) as error:
            said.append(f"{host}:{port}: {str(error) or type(error).__name__}")
            if isinstance(error, AuthenticationFailedError | SaslAuthenticationFailed):
                kind = CredentialsRefused
        else:
            connection.close()
            said.append(f"{host}:{port}: answers now")
    expected = f"expected a broker that lets us in ({cluster.security_protocol})"
    return kind(f"Kafka at {cluster.bootstrap_servers}: {expected}, found {'; '.join(said)}")


_AWAY: Final = (KafkaConnectionError, NodeNotReadyError, RequestTimedOutError, TimeoutError)


async def _answered(ask: Callable[[], Awaitable[T]]) -> T:
    """Asked again while the broker that happened to be chosen is away, or has not heard the news."""
    async with asyncio.timeout(_ANSWER_SECONDS_MAX):
        while True:
            try:
                return await ask()
            except (*_AWAY, UnknownTopicOrPartitionError):
                await asyncio.sleep(_PAUSE_SECONDS)


def _raise(what: str, error: Sequence[Any], passed: type[BrokerResponseError] | None = None) -> None:
    code, *said = error
    kind = for_code(code)
    if code != 0 and kind is not passed:
        reason = f"{kind.__name__} {said[0] or ''}" if said else kind.__name__
        raise AdministrationRefused(f"The cluster refused to {what}: {reason.strip()}")
