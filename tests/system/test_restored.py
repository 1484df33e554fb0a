"""A store restored from yesterday's backup gets its events of today back from the log, and no number is used twice."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import asyncpg
import pytest

from services.clock_rebuilding import check_clocks
from services.database import connect_pool
from services.doctor.comparing import refuse_restored
from services.embedded import Server
from services.settings import Settings
from services.wiring import SOURCES, put_together
from shared_events.clock import SystemClock
from shared_events.http import Role
from shared_events.log.cluster import Cluster
from shared_events.runtime.lease import Lease, Presence
from shared_events.runtime.relay import LogAhead
from tests.services.cli.command_line import CommandLine, Done, command_line
from tests.shared_events.runtime.world import tamper
from tests.system.crash.audit import check_everything, check_views
from tests.system.journey import AT_CSE, AT_PSE, CLAIM, PROPOSAL, Step, acceptance, refusal, routed, submission
from tests.system.serving import MASTER_KEY, Centre, serving

CUT = """
    create temporary table kept as select partition, sequence / 2 as last from {source}.head;
    delete from {source}.command c using kept k where k.partition = c.partition and c.sequence > k.last;
    delete from {source}.event e using kept k where k.partition = e.partition and e.sequence > k.last;
    update {source}.head h set sequence = k.last, recorded_at = coalesce(
        (select max(recorded_at) from {source}.event e where e.partition = h.partition), 'epoch'
    ) from kept k where k.partition = h.partition;
    update {source}.relay_position r set sequence = least(r.sequence, k.last) from kept k
        where k.partition = r.partition
"""
"""As a backup from half way would be."""

Numbered = dict[str, list[tuple[Any, ...]]]
"""All events of each source, but for their bodies, which the digests cover."""


@pytest.fixture
def zixun() -> Iterator[CommandLine]:
    with command_line() as made:
        yield made


@pytest.fixture
async def backup(server: Server, database: str) -> AsyncIterator[str]:
    """The address that a copy of the database will have, once `copy` has made it."""
    name = f"{database.rsplit('/', 1)[-1].split('?', maxsplit=1)[0]}_backup"
    yield server.dsn(name)
    await administrate(server, f"drop database if exists {name} with (force)")


async def administrate(server: Server, statement: str) -> None:
    connection = await asyncpg.connect(server.dsn("postgres"))
    await connection.execute(statement)
    await connection.close()


async def copy(server: Server, database: str, backup: str) -> None:
    names = [dsn.rsplit("/", 1)[-1].split("?")[0] for dsn in (backup, database)]
    await administrate(server, f"create database {names[0]} template {names[1]} strategy file_copy")


async def numbered(dsn: str) -> Numbered:
    connection = await asyncpg.connect(dsn)
    columns = "partition, sequence, subject, version, event_id, recorded_at, digest, trace_context"
    found = {
        source: [
            tuple(row)
            for row in await connection.fetch(f"select {columns} from {source}.event order by partition, sequence")
        ]
        for source in SOURCES
    }
    await connection.close()
    return found


async def live(centre: Centre) -> str:
    """A ticket that is answered twice, visited, and reopened by its visit: reactions in both services."""
    ticket = await routed(centre)
    await ticket.walk(*AT_CSE, PROPOSAL, submission(1), refusal(1), *AT_PSE, PROPOSAL, submission(2), acceptance(2))
    await ticket.walk(Step(f"/v1/callbacks/{ticket.ticket_id}.1/attempts", {"result": "reached"}))
    await ticket.walk(Step(f"/v1/callbacks/{ticket.ticket_id}.1/outcome", {"satisfied": False, "comment": "no"}))
    await centre.settled()
    await ticket.walk(CLAIM, Step("resolution", {"resolution": "no_answer_needed"}))
    await centre.settled()
    return ticket.ticket_id


def doctor(zixun: CommandLine, database: str, cluster: Cluster | None, *words: str) -> "asyncio.Future[Done]":
    key = base64.b64encode(MASTER_KEY).decode()
    place = {"BOOTSTRAP_SERVERS": cluster.bootstrap_servers, "PREFIX": cluster.prefix} if cluster else {}
    kafka = {f"ZIXUN_KAFKA_{name}": value for name, value in place.items()}
    said: Mapping[str, str] = {"ZIXUN_DATABASE_URL": database, "ZIXUN_MASTER_KEY": key, **kafka}
    return asyncio.ensure_future(asyncio.to_thread(zixun, "doctor", *words, **said))


async def test_a_restored_centre_gets_its_tail_back_from_kafka_and_goes_on(
    server: Server, database: str, backup: str, cluster: Cluster, zixun: CommandLine
) -> None:
    async with serving(database, cluster=cluster) as centre:
        await live(centre)
    await copy(server, database, backup)
    async with serving(database, cluster=cluster) as centre:
        lost = await live(centre)
    everything, before = await numbered(database), await numbered(backup)

    async with await connect_pool(backup, Settings(database_connections_max=4)) as pool:
        with pytest.raises(LogAhead, match="restored from a backup"):
            await refuse_restored(pool, cluster)
    looked = await doctor(zixun, backup, cluster, "--json")
    assert looked.status == 1
    found = [each for each in json.loads(looked.out) if each["kind"] == "store_behind"]
    assert {each["place"] for each in found} == {"intake", "routing", "sla", "feedback"}
    assert "zixun doctor --mend" in found[0]["mending"]
    assert await numbered(backup) == before

    mended = await doctor(zixun, backup, cluster, "--mend")
    assert (mended.status, mended.err) == (0, "")
    assert "archiver" not in mended.out
    assert "events are back. The keys of 1 persons are lost" in mended.out
    assert "Under which Idempotency-Key they were asked for, the log does not know" in mended.out
    assert await numbered(backup) == everything

    async with serving(backup, cluster=cluster) as centre:
        await centre.settled()
        assert await numbered(backup) == everything, "a reaction was carried out again"
        shown = await centre.get(f"/v1/tickets/{lost}", Role.AGENT)
        assert shown.json()["status"] == "resolved"
        await live(centre)
        assert await centre.zixun.pool.fetchval("select count(distinct number) from ledger.ticket") == 3
        derived = await check_clocks(centre.zixun, lambda _done, _total: None)
        assert (derived.mismatches, derived.undecided) == ([], [])
    async with await connect_pool(backup, Settings(database_connections_max=4)) as pool:
        await check_everything(pool, [])
        await check_views(pool)
    assert (await doctor(zixun, backup, cluster)).out == "Nothing is wrong.\n"


async def test_a_store_that_was_cut_back_gets_its_tail_back_from_the_log_in_postgresql(
    database: str, zixun: CommandLine
) -> None:
    async with serving(database) as centre:
        await live(centre)
        await live(centre)
    everything = await numbered(database)
    for source in SOURCES:
        await tamper(database, CUT.format(source=source))
    async with await connect_pool(database, Settings(database_connections_max=4)) as pool:
        system = put_together(pool, MASTER_KEY, SystemClock(), None)
        with pytest.raises(LogAhead):
            await system.relays[0].turn()
        await system.relays[0].stop()
        await system.presence.leave()

    mended = await doctor(zixun, database, None, "--mend")

    assert (mended.status, mended.err) == (0, "")
    assert await numbered(database) == everything
    async with serving(database) as centre:
        await live(centre)
    async with await connect_pool(database, Settings(database_connections_max=4)) as pool:
        await check_everything(pool, [])
        await check_views(pool)


async def test_what_cannot_follow_on_the_store_is_not_brought_back(database: str, zixun: CommandLine) -> None:
    async with serving(database) as centre:
        await live(centre)
    await tamper(database, CUT.format(source="intake"))
    await tamper(database, "update log.log_entry set body = body || ' ' where source = 'intake'")
    cut = await numbered(database)

    refused = await doctor(zixun, database, None, "--mend")

    assert refused.status == 1
    assert "in the log: expected digest" in refused.out
    assert "Nothing of this partition was changed." in refused.out
    assert await numbered(database) == cut


async def test_a_store_that_was_used_after_it_was_restored_is_left_alone(database: str, zixun: CommandLine) -> None:
    async with serving(database) as centre:
        await live(centre)
    await tamper(database, "update intake.event set digest = sha256(body)")
    await tamper(database, CUT.format(source="intake"))
    cut = await numbered(database)
    async with await connect_pool(database, Settings(database_connections_max=4)) as pool:
        with pytest.raises(LogAhead, match="not as the log has them"):
            await refuse_restored(pool, None)

    refused = await doctor(zixun, database, None, "--mend", "--json")

    assert refused.status == 1
    (found,) = [each for each in json.loads(refused.out) if not each["is_note"]]
    assert (found["kind"], found["mended"]) == ("store_differs", None)
    assert "Restore the store from the same backup again" in found["mending"]
    assert await numbered(database) == cut


async def test_nothing_is_brought_back_while_somebody_relays(database: str, zixun: CommandLine) -> None:
    async with serving(database) as centre:
        await live(centre)
    await tamper(database, CUT.format(source="intake"))
    cut = await numbered(database)
    async with await connect_pool(database, Settings(database_connections_max=4)) as pool:
        presence = Presence(pool)
        lease = Lease(presence, pool, schema="routing", name="relay", holder="somebody", clock=SystemClock())
        assert await lease.hold() is not None
        refused = await doctor(zixun, database, None, "--mend")
        await presence.leave()

    assert refused.status == 1
    assert "The relay of routing runs in another process." in refused.out
    assert await numbered(database) == cut
