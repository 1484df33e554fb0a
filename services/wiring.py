"""Puts the parts together: from a database and settings to services, relays and runners."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import asyncpg

import feedback_svc.service
import intake_svc.service
import ledger_svc.service
import routing_svc.service
import sla_svc.service
from feedback_svc.domain.callback import DECIDER as CALLBACKS
from intake_svc.adapters.serials import Serials
from intake_svc.domain.consultation import DECIDER as CONSULTATION
from routing_svc.domain.ticket import DECIDER as TICKET
from services.access import Tokens
from services.observability.loops import Loops
from services.observability.process import ProcessFigures
from services.observability.traces import UNTRACED, Traces
from shared_events.clock import Clock
from shared_events.contracts import envelope
from shared_events.http import Cursors
from shared_events.ids import IdSource
from shared_events.keys import KeyRing
from shared_events.log.archive import Archive
from shared_events.log.cluster import Cluster
from shared_events.log.kafka import KafkaLog
from shared_events.log.port import Log
from shared_events.log.postgres import PostgresLog
from shared_events.runtime.archiver import NAME as ARCHIVER
from shared_events.runtime.archiver import Archiver
from shared_events.runtime.checkpoints import Checkpoints
from shared_events.runtime.commands import Aggregate
from shared_events.runtime.lease import Lease, Presence
from shared_events.runtime.progress import Progress
from shared_events.runtime.relay import Relay
from shared_events.runtime.runner import Resources, Runner
from shared_events.runtime.service import Service
from shared_events.runtime.sharing import Shares
from shared_events.store.postgres import EventStore
from sla_svc.domain.migrating import DECIDER as MIGRATIONS
from sla_svc.domain.publishing import DECIDER as RULEBOOK

SOURCES: Final = envelope.SOURCES
"""The services that write events."""

SERVICES: Final = (*SOURCES, "ledger")
"""All of them: one API each."""

CONSUMERS: Final = ("intake", "routing", "sla", "feedback", "ledger")
"""The services that read the log, each under its own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zixun:
    """A whole system on one database, with nothing running yet."""

    pool: asyncpg.Pool
    clock: Clock
    ids: IdSource
    ring: KeyRing
    tokens: Tokens
    log: PostgresLog
    """What the ledger reads: the log itself, or the copy of it that it keeps."""
    stores: dict[str, EventStore]
    services: dict[str, Service]
    progress: Progress
    presence: Presence
    relays: Sequence[Relay]
    runners: Sequence[Runner]
    archivers: Sequence[Archiver]
    """One where the log is in Kafka, else none."""
    kafka_logs: Sequence[KafkaLog]
    """To be closed in the end."""
    figures: ProcessFigures
    traces: Traces
    loops: Loops = field(default_factory=Loops)
    """What of these this process runs, and how that goes."""


async def assemble(
    pool: asyncpg.Pool, master_key: bytes, clock: Clock, cluster: Cluster | None, *, traces: Traces = UNTRACED
) -> Zixun:
    """Build everything on a migrated database. Raises `WrongMasterKey` if the key does not fit the data."""
    zixun = put_together(pool, master_key, clock, cluster, traces=traces)
    await zixun.ring.check()
    return zixun


def put_together(
    pool: asyncpg.Pool, master_key: bytes, clock: Clock, cluster: Cluster | None, *, traces: Traces = UNTRACED
) -> Zixun:
    """As `assemble`, without a look at the database: enough to say which paths there are."""
    ids = IdSource(clock)
    ring = KeyRing(pool, master_key, clock)
    figures = ProcessFigures(clock, SOURCES, CONSUMERS if cluster is None else (*CONSUMERS, ARCHIVER))
    stores = {source: traces.store(source, pool, clock, figures) for source in SOURCES}
    logs = _Logs(pool, cluster)
    cursors = Cursors(_cursor_secret(master_key))
    ledger = ledger_svc.service.build(pool=pool, log=logs.kept, ring=ring, cursors=cursors)
    writing = _writing(pool, stores, ring, ids=ids, clock=clock, cursors=cursors, figures=figures)
    by_name = {service.name: service for service in (*writing, ledger)}
    checkpoints = {consumer: Checkpoints(pool, consumer, consumer) for consumer in CONSUMERS}
    progress = Progress(checkpoints, clock)
    presence = Presence(pool)
    worker = str(ids.new())
    lease = partial(Lease, presence, pool, holder=worker, clock=clock)
    log, relay = traces.log(logs.published), partial(Relay, clock=clock, figures=figures)

    def runner(consumer: str) -> Runner:
        shares = Shares(presence, pool, schema=consumer, consumer=consumer, holder=worker, clock=clock)
        read = logs.of_consumer(consumer)
        resources = Resources(log=read, shares=shares, clock=clock, progressed=progress.moved, figures=figures)
        return Runner(checkpoints[consumer], traces.effects(by_name[consumer]), resources)

    return Zixun(
        pool=pool,
        clock=clock,
        ids=ids,
        ring=ring,
        tokens=Tokens(pool, clock),
        log=logs.kept,
        stores=stores,
        services=by_name,
        progress=progress,
        presence=presence,
        relays=[relay(store, log, lease(schema=name, name="relay")) for name, store in stores.items()],
        runners=[runner(consumer) for consumer in CONSUMERS],
        archivers=logs.archivers(partial(lease, schema="ledger", name=ARCHIVER), figures),
        kafka_logs=logs.kafka_logs,
        figures=figures,
        traces=traces,
    )


class _Logs:
    """Who reads and writes which log (D6, D7): without a cluster, everybody the one in PostgreSQL."""

    def __init__(self, pool: asyncpg.Pool, cluster: Cluster | None) -> None:
        self._cluster = cluster
        self.kafka_logs: list[KafkaLog] = []
        self.archive = Archive(pool)
        self.kept: PostgresLog = PostgresLog(pool) if cluster is None else self.archive
        self.published: Log = self.kept if cluster is None else self._kafka(cluster)

    def of_consumer(self, consumer: str) -> Log:
        """The ledger reads what it keeps; each of the others has a place of its own in Kafka."""
        return self.kept if self._cluster is None or consumer == "ledger" else self._kafka(self._cluster)

    def archivers(self, lease: Callable[[], Lease], figures: ProcessFigures) -> Sequence[Archiver]:
        """What copies Kafka, if that is the log."""
        if self._cluster is None:
            return []
        return [Archiver(self._kafka(self._cluster), self.archive, lease(), figures=figures)]

    def _kafka(self, cluster: Cluster) -> KafkaLog:
        log = KafkaLog(cluster)
        self.kafka_logs.append(log)
        return log


def _writing(
    pool: asyncpg.Pool,
    stores: Mapping[str, EventStore],
    ring: KeyRing,
    *,
    ids: IdSource,
    clock: Clock,
    cursors: Cursors,
    figures: ProcessFigures,
) -> tuple[Service, ...]:
    """The services that write events."""
    consultations = Aggregate(CONSULTATION, stores["intake"], ring, ids)
    tickets = Aggregate(TICKET, stores["routing"], ring, ids)
    callbacks = Aggregate(CALLBACKS, stores["feedback"], ring, ids)
    return (
        intake_svc.service.build(consultations, new_id=lambda: str(ids.new()), next_serial=Serials(pool).next),
        routing_svc.service.build(tickets, pool=pool),
        sla_svc.service.build(
            sla_svc.service.Parts(
                rulebook=Aggregate(RULEBOOK, stores["sla"], ring, ids),
                migrations=Aggregate(MIGRATIONS, stores["sla"], ring, ids),
                store=stores["sla"],
                pool=pool,
                clock=clock,
                ids=ids,
                cursors=cursors,
                figures=figures,
            )
        ),
        feedback_svc.service.build(callbacks, pool=pool),
    )


def _cursor_secret(master_key: bytes) -> bytes:
    """Cursors outlive a restart, so their secret comes from the one secret that does."""
    return hmac.digest(master_key, b"zixun.cursor.1", hashlib.sha256)
