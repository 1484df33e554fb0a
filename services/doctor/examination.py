"""The order in which the doctor looks: what has to be right before anything else can be judged comes first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import asyncpg
import structlog

from services.doctor.comparing import AWAY, Compared, compare_stores, foreign_partitions
from services.doctor.findings import Finding, Kind
from services.doctor.restoring import NotRestorable, Restored, restore
from services.doctor.running import nobody_works, parked, stopped
from services.standstill import Standstill, StillRunning, standstill
from services.wiring import CONSUMERS
from shared_events.clock import Clock
from shared_events.keys import KeyRing, WrongMasterKey
from shared_events.log.archive import Archive
from shared_events.log.cluster import Cluster
from shared_events.log.engine import Kept, LogElsewhere, kept_log, refuse_elsewhere
from shared_events.log.kafka import KafkaLog
from shared_events.log.port import Log, PartitionBroken
from shared_events.log.postgres import PostgresLog
from shared_events.log.topics import Kind as Differing
from shared_events.log.topics import identity, plan
from shared_events.runtime.archiver import Archiver

_log = structlog.get_logger(__name__)


Outcome = Restored | str | None
"""What came of mending one partition: the events, or why not; none if it was not tried."""


class Examination:
    """One look at a migrated database, and at Kafka where the log is there."""

    def __init__(self, pool: asyncpg.Pool, clock: Clock, cluster: Cluster | None, *, mends: bool) -> None:
        self._pool = pool
        self._clock = clock
        self._cluster = cluster
        self._mends = mends
        self._kafka: list[KafkaLog] = []
        self._readable = True
        """Whether the log can be asked at all."""

    async def findings(self, master_key: bytes | None) -> list[Finding]:
        """Everything that is wrong; without a master key, that is not looked at."""
        found = [] if master_key is None else await self._of_key(master_key)
        try:
            await refuse_elsewhere(self._pool, self._cluster)
        except LogElsewhere as elsewhere:
            mending = "Set what the message says; then ask the doctor again, who could not look further."
            said = str(elsewhere).rstrip(".")
            return [*found, Finding(kind=Kind.LOG_ELSEWHERE, place="log", found=said, mending=mending)]
        kept = await kept_log(self._pool)
        try:
            found += await self._of_log(kept)
            if self._readable and self._cluster is not None:
                found += await self._of_archive()
            if self._readable:
                found += [each async for each in stopped(self._pool, self._readers(), kept)]
                found += await self._of_stores()
        finally:
            for log in self._kafka:
                await log.close()
        found += [each async for each in parked(self._pool)]
        return [*found, *await nobody_works(self._pool, self._clock, kept.engine)]

    async def _of_key(self, master_key: bytes) -> list[Finding]:
        try:
            await KeyRing(self._pool, master_key, self._clock).check()
        except WrongMasterKey as wrong:
            mending = "Bring back the key that this installation was made with: no other opens its personal data."
            return [Finding(kind=Kind.MASTER_KEY, place="ZIXUN_MASTER_KEY", found=str(wrong), mending=mending)]
        return []

    async def _of_log(self, kept: Kept) -> list[Finding]:
        """The topics and the identity, with Kafka."""
        if self._cluster is None:
            return []
        try:
            steps = await plan(self._cluster, None)
            log_id = None if steps else await identity(self._cluster)
        except AWAY as error:
            self._readable = False
            mending = "Writing goes on meanwhile. Start the cluster, or set ZIXUN_KAFKA_BOOTSTRAP_SERVERS right."
            return [Finding(kind=Kind.KAFKA_AWAY, place="Kafka", found=str(error), mending=mending)]
        if kept.engine == "kafka" and not steps and log_id != kept.log_id:
            self._readable = False
            found = f"the ledger has kept log {kept.log_id}, but the topics are of log {log_id}"
            mending = (
                "Point this installation at the topics that it has read. Where only the control topic was lost, delete "
                f"it and run `zixun topics apply --log-id {kept.log_id}`."
            )
            return [Finding(kind=Kind.FOREIGN_ARCHIVE, place="archive", found=found, mending=mending)]
        self._readable = all(step.kind is Differing.ALTER for step in steps)
        mending = "`zixun topics plan` shows all that differs, `zixun topics apply` mends what can be mended."
        return [
            Finding(kind=Kind.TOPIC_UNFIT, place=step.topic, found=step.sentence, mending=mending) for step in steps
        ]

    async def _of_archive(self) -> list[Finding]:
        try:
            foreign = await foreign_partitions(self._pool, self._of_kafka())
        except PartitionBroken:
            return []  # the archiver cannot go on there, which is a finding of its own
        mending = "Bring the topic back that the archive was made from; what the archive has is in the stores too."
        found = "the last event that the ledger has kept is not the one that Kafka has there"
        return [
            Finding(kind=Kind.FOREIGN_ARCHIVE, place=f"archive, partition {each}", found=found, mending=mending)
            for each in foreign
        ]

    def _readers(self) -> dict[str, Log]:
        """Who reads what."""
        kept = PostgresLog(self._pool)
        if self._cluster is None:
            return dict.fromkeys(CONSUMERS, kept)
        others = (consumer for consumer in ("archiver", *CONSUMERS) if consumer != "ledger")
        return {**{each: self._of_kafka() for each in others}, "ledger": kept}

    async def _of_stores(self) -> list[Finding]:
        try:
            compared = await compare_stores(self._pool, None if self._cluster is None else self._of_kafka())
        except PartitionBroken:
            return []  # that partition of the archiver is a finding of its own, and has to be mended first
        findings = [_differs(each) for each in compared if not each.agrees]
        behind = [each for each in compared if each.agrees and each.missing]
        outcomes = await self._restored(behind) if self._mends and behind else dict.fromkeys(behind)
        by_source = {
            source: {each: outcomes[each] for each in behind if each.source == source}
            for source in sorted({each.source for each in behind})
        }
        return [*findings, *(_behind(source, found) for source, found in by_source.items())]

    async def _restored(self, behind: Sequence[Compared]) -> dict[Compared, Outcome]:
        try:
            async with standstill(self._pool, self._clock) as alone:
                reason = await self._archive_all(alone)
                if reason is not None:
                    return dict.fromkeys(behind, reason)
                return {each: await self._one_restored(each, alone) for each in behind}
        except StillRunning as running:
            return dict.fromkeys(behind, str(running))

    async def _one_restored(self, each: Compared, alone: Standstill) -> Restored | str:
        await alone.stay()
        try:
            restored = await restore(self._pool, each.source, each.partition)
        except NotRestorable as reason:
            return str(reason)
        place = {"source": each.source, "partition": each.partition}
        _log.warning("events brought back from the log", **place, events=restored.events, head=restored.head)
        return restored

    async def _archive_all(self, alone: Standstill) -> str | None:
        """The archive up to the end of Kafka, so that what is brought back is there; why not, if it cannot be."""
        if self._cluster is None:
            return None
        archiver = Archiver(self._of_kafka(), Archive(self._pool), alone.archiver)
        while await archiver.turn():
            await alone.stay()
        return "; ".join(map(str, archiver.stopped.values())) or None

    def _of_kafka(self) -> KafkaLog:
        assert self._cluster is not None, "the log is in Kafka"
        self._kafka.append(KafkaLog(self._cluster))
        return self._kafka[-1]


def _differs(each: Compared) -> Finding:
    return Finding(
        kind=Kind.STORE_DIFFERS,
        place=f"{each.source}, partition {each.partition}",
        found=f"the store (up to {each.stored}) and the log (up to {each.logged}) have different events under the "
        f"number {min(each.stored, each.logged)}: the store was restored, and then used before its tail was back",
        mending="Restore the store from the same backup again, start nothing, and run `zixun doctor --mend` first. "
        "What was accepted in between is in this store alone; keep a copy of it.",
    )


def _behind(source: str, outcomes: Mapping[Compared, Outcome]) -> Finding:
    finding = Finding(
        kind=Kind.STORE_BEHIND,
        place=source,
        found=f"the log has {sum(each.missing for each in outcomes)} events that the store has not, in "
        f"{len(outcomes)} of its partitions: it was restored from a backup",
        mending="`zixun doctor --mend` brings them back from the log. Start nothing before.",
    )
    restored = [outcome for outcome in outcomes.values() if isinstance(outcome, Restored)]
    reasons = dict.fromkeys(outcome for outcome in outcomes.values() if isinstance(outcome, str))
    if reasons:
        return replace(finding, mending=" ".join(reasons))
    return replace(finding, mended=_sentence(restored)) if restored else finding


def _sentence(restored: Sequence[Restored]) -> str:
    lost = frozenset[str]().union(*(each.lost_keys for each in restored))
    keys = f" The keys of {len(lost)} persons are lost, and with them what these wrote." if lost else ""
    return (
        f"{sum(each.events for each in restored)} events are back.{keys} Under which Idempotency-Key they were asked "
        "for, the log does not know: a request of that time that is repeated now is carried out as a new one."
    )
