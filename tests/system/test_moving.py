"""A centre that outgrows one machine takes its whole history to Kafka, and goes on there as if nothing had happened."""

import asyncio
import base64
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from signal import SIGKILL

import asyncpg
import pytest

from services.database import connect_pool
from services.importing.incident_file import read_cases
from services.settings import Settings
from shared_events.clock import SystemClock
from shared_events.ids import IdSource
from shared_events.log.administration import administration
from shared_events.log.cluster import Cluster
from shared_events.log.engine import LogElsewhere, refuse_elsewhere
from shared_events.log.kafka import KafkaLog
from shared_events.log.kafka_publishing import Publisher
from shared_events.log.port import Entry
from shared_events.log.postgres import PostgresLog
from shared_events.log.topics import apply, identity
from shared_events.runtime.lease import Lease, Presence
from shared_events.store.partition import PARTITIONS
from tests.kafka import ONE_COPY
from tests.services.cli.command_line import ROOT, CommandLine, Done, command_line
from tests.services.importing.imports import MASTER_KEY, centre, import_cases
from tests.services.importing.logs import NOW, lines, write_log
from tests.services.importing.test_importer import CLOSED, MOVED, RESOLVED, WORK
from tests.system.agreement import agree
from tests.system.crash.audit import check_everything, check_views
from tests.system.journey import AT_CSE, AT_PSE, PROPOSAL, acceptance, refusal, routed, submission
from tests.system.mover import POINTS
from tests.system.serving import serving

CASES = 12
KILLED = ("after a batch was published", "while all is read back")
KILLED_TOO = sorted(POINTS.keys() - set(KILLED))
EVERYTHING = dict.fromkeys(range(PARTITIONS), 0)


@pytest.fixture
def zixun() -> Iterator[CommandLine]:
    with command_line() as made:
        yield made


@pytest.fixture
async def settled(database: str, tmp_path: Path) -> str:
    """The database of a centre with imported cases and a live ticket, all of it taken in."""
    rows = (row for number in range(CASES) for row in lines(f"C{number}", WORK, MOVED, RESOLVED, CLOSED))
    async with centre(database) as imported:
        await import_cases(imported, read_cases(write_log(tmp_path, *rows), NOW))
    async with serving(database) as live:
        ticket = await routed(live)
        await ticket.walk(*AT_CSE, PROPOSAL, submission(1))
        await live.settled()
    return database


@pytest.fixture
async def pool(settled: str) -> AsyncIterator[asyncpg.Pool]:
    async with await connect_pool(settled, Settings(database_connections_max=4)) as made:
        yield made


def settings(database: str, cluster: Cluster | None) -> dict[str, str]:
    key = base64.b64encode(MASTER_KEY).decode()
    place = {"BOOTSTRAP_SERVERS": cluster.bootstrap_servers, "PREFIX": cluster.prefix} if cluster else {}
    kafka = {f"ZIXUN_KAFKA_{name}": value for name, value in place.items()}
    return {"ZIXUN_DATABASE_URL": database, "ZIXUN_MASTER_KEY": key, **kafka}


async def ask(zixun: CommandLine, words: str, said: Mapping[str, str]) -> Done:
    return await asyncio.to_thread(zixun, *words.split(), **said)


async def entries_of(log: KafkaLog | PostgresLog) -> dict[int, list[Entry]]:
    return await log.read(EVERYTHING, 100_000)


async def engine(pool: asyncpg.Pool) -> str:
    return str(await pool.fetchval("select engine from log.identity"))


async def append_stranger(pool: asyncpg.Pool, cluster: Cluster) -> None:
    """A record that nobody of ours wrote in this place: the log's last event once more."""
    (*_, entries) = (await entries_of(PostgresLog(pool))).values()
    publisher = Publisher(cluster)
    await publisher.send([entries[-1].stored])
    await publisher.close()


async def start(zixun: CommandLine, words: Sequence[str], said: Mapping[str, str]) -> Done:
    """A process of its own, to its end."""
    environment = zixun.environment(**said, PYTHONPATH=str(ROOT))
    child = await asyncio.create_subprocess_exec(sys.executable, *words, env=environment, stdout=PIPE, stderr=PIPE)
    out, err = await child.communicate()
    assert child.returncode is not None
    return Done(child.returncode, out.decode(), err.decode())


async def kill_migration(zixun: CommandLine, point: str, count: int, said: Mapping[str, str]) -> int:
    """The exit status of a migration that was to die at a named point; the database has noticed, too."""
    killed = await start(zixun, [str(ROOT / "tests" / "system" / "mover.py"), point, str(count)], said)
    connection = await asyncpg.connect(said["ZIXUN_DATABASE_URL"])
    async with asyncio.timeout(30):
        while await connection.fetchval(  # noqa: ASYNC110 - the server ends the sessions
            "select exists (select from intake.lease l join pg_stat_activity a on a.pid = l.session)"
        ):
            await asyncio.sleep(0.02)
    await connection.close()
    return killed.status


async def test_a_centre_takes_its_history_to_kafka_and_goes_on_there(
    settled: str, pool: asyncpg.Pool, cluster: Cluster, zixun: CommandLine
) -> None:
    here = await entries_of(PostgresLog(pool))
    log_id = await PostgresLog(pool).log_id()

    moved = await ask(zixun, "log migrate --json", settings(settled, cluster))

    assert (moved.status, moved.err) == (0, "")
    said = json.loads(moved.out)
    counts = {str(partition): len(here.get(partition, ())) for partition in range(PARTITIONS)}
    assert (said["log_id"], said["partitions"], said["found"]) == (str(log_id), counts, 0)
    async with KafkaLog(cluster) as there:
        assert await entries_of(there) == here
        assert await there.log_id() == log_id
        beats = {(beat.source, beat.partition): beat for beat in await there.heartbeats()}
    assert beats == {(beat.source, beat.partition): beat for beat in await PostgresLog(pool).heartbeats()}

    async with serving(settled, cluster=cluster) as live:
        ticket = await routed(live)
        await ticket.walk(*AT_CSE, PROPOSAL, submission(1), refusal(1), *AT_PSE, PROPOSAL, submission(2), acceptance(2))
        assert (await agree(ticket))["status"] == "resolved"
    async with KafkaLog(cluster) as there:
        grown = await entries_of(there)
    assert grown == await entries_of(PostgresLog(pool))
    assert {partition: grown[partition][: len(batch)] for partition, batch in here.items()} == here
    await check_everything(pool, [])
    await check_views(pool)
    checked = await ask(zixun, "views check --json", settings(settled, cluster))
    assert (checked.status, json.loads(checked.out)["different"]) == (0, [])


async def test_what_was_moved_is_not_started_without_its_cluster_nor_moved_again(
    settled: str, pool: asyncpg.Pool, cluster: Cluster, zixun: CommandLine
) -> None:
    with pytest.raises(LogElsewhere, match=r"is in PostgreSQL.*`zixun log migrate` takes it there"):
        await refuse_elsewhere(pool, cluster)
    moved = await ask(zixun, "log migrate", settings(settled, cluster))
    assert moved.status == 0
    await refuse_elsewhere(pool, cluster)

    refused = await start(zixun, ["-c", "from services.cli import main; main()", "run"], settings(settled, None))
    assert (refused.status, refused.out) == (3, "")
    assert "is in Kafka. Expected ZIXUN_KAFKA_BOOTSTRAP_SERVERS" in refused.err
    played = await ask(zixun, "simulate --tickets 1 --json", settings(settled, None))
    assert (played.status, played.out) == (3, "")
    again = await ask(zixun, "log migrate", settings(settled, cluster))
    assert again.status == 0
    assert "is in Kafka already; nothing was done" in again.out


@pytest.mark.parametrize("point", KILLED)
async def test_a_move_that_was_killed_goes_on_where_it_stopped(
    settled: str, pool: asyncpg.Pool, cluster: Cluster, zixun: CommandLine, point: str
) -> None:
    await kill_and_repeat(point, settings(settled, cluster), pool, (cluster, zixun))


@pytest.mark.torture
@pytest.mark.parametrize("point", KILLED_TOO)
async def test_so_it_is_wherever_it_was_killed(
    settled: str, pool: asyncpg.Pool, cluster: Cluster, zixun: CommandLine, point: str
) -> None:
    await kill_and_repeat(point, settings(settled, cluster), pool, (cluster, zixun))


async def kill_and_repeat(
    point: str, said: Mapping[str, str], pool: asyncpg.Pool, moved: tuple[Cluster, CommandLine]
) -> None:
    cluster, zixun = moved
    here = await entries_of(PostgresLog(pool))
    assert await kill_migration(zixun, point, 2 if "batch" in point or "read" in point else 1, said) == -SIGKILL
    assert await engine(pool) == "postgres"

    repeated = await ask(zixun, "log migrate --json", said)

    assert (repeated.status, repeated.err) == (0, "")
    assert json.loads(repeated.out)["found"] > 0
    async with KafkaLog(cluster) as there:
        assert await entries_of(there) == here
    assert await engine(pool) == "kafka"


async def test_a_topic_that_was_tampered_with_is_noticed(
    settled: str, pool: asyncpg.Pool, cluster: Cluster, zixun: CommandLine
) -> None:
    """By what an interrupted move had left: one record that is not what it has to be."""
    assert await kill_migration(zixun, "after a batch was published", 1, settings(settled, cluster)) == -SIGKILL
    await append_stranger(pool, cluster)

    refused = await ask(zixun, "log migrate", settings(settled, cluster))

    assert (refused.status, refused.out) == (7, "")
    assert "differs: expected event" in refused.err
    assert "The log stays in PostgreSQL, complete." in refused.err
    assert await engine(pool) == "postgres"


async def test_topics_that_are_missing_used_or_relayed_to_are_refused(
    settled: str, pool: asyncpg.Pool, empty_cluster: Cluster, zixun: CommandLine
) -> None:
    said = settings(settled, empty_cluster)
    missing = await ask(zixun, "log migrate", said)
    assert (missing.status, missing.out) == (7, "")
    assert f"Topic {empty_cluster.events_topic}: expected partitions 12, found none" in missing.err

    other = IdSource(SystemClock()).new()
    await apply(empty_cluster, ONE_COPY, other)
    async with KafkaLog(empty_cluster) as theirs:
        await theirs.beat("intake", {0: SystemClock().now()})
    relayed = await ask(zixun, "log migrate", said)
    assert (relayed.status, relayed.out) == (7, "")
    assert "another installation relays there (intake)" in relayed.err

    await append_stranger(pool, empty_cluster)
    used = await ask(zixun, "log migrate", said)
    assert (used.status, used.out) == (7, "")
    assert "there are 1 records of another log" in used.err
    assert await identity(empty_cluster) == other
    async with administration(empty_cluster) as admin:
        await admin.delete([empty_cluster.events_topic, empty_cluster.control_topic])


async def test_nothing_is_moved_while_somebody_relays(
    settled: str, pool: asyncpg.Pool, cluster: Cluster, zixun: CommandLine
) -> None:
    presence = Presence(pool)
    lease = Lease(presence, pool, schema="feedback", name="relay", holder="somebody", clock=SystemClock())
    assert await lease.hold() is not None

    refused = await ask(zixun, "log migrate", settings(settled, cluster))

    assert (refused.status, refused.out) == (5, "")
    assert "The relay of feedback runs in another process." in refused.err
    assert await engine(pool) == "postgres"
    await lease.release()
    await presence.leave()


async def test_a_cluster_is_needed_to_move_to(settled: str, zixun: CommandLine) -> None:
    refused = await ask(zixun, "log migrate", settings(settled, None))
    assert (refused.status, refused.out) == (3, "")
    assert refused.err.startswith("zixun: ZIXUN_KAFKA_BOOTSTRAP_SERVERS: expected the address of the cluster")
