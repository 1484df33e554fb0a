"""A store restored from yesterday's backup gets its events of today back from the log, and no number is used twice."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import asyncpg
import pytest

from services.database import connect_pool
from services.doctor.comparing import refuse_restored
from services.embedded import Server
from services.settings import Settings
from services.wiring import SOURCES
from shared_events.http import Role
from shared_events.log.cluster import Cluster
from shared_events.runtime.relay import LogAhead
from tests.services.cli.command_line import CommandLine, Done, command_line
from tests.system.crash.audit import check_everything, check_views
from tests.system.journey import AT_CSE, AT_PSE, CLAIM, PROPOSAL, Step, acceptance, refusal, routed, submission
from tests.system.serving import MASTER_KEY, Centre, serving

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
    assert {each["place"].split(",")[0] for each in found} == {"intake", "routing", "feedback"}
    assert "zixun doctor --mend" in found[0]["mending"]
    assert await numbered(backup) == before

    mended = await doctor(zixun, backup, cluster, "--mend")
    assert (mended.status, mended.err) == (0, "")
    assert "are back, up to number" in mended.out
    assert "Idempotency-Key" in mended.out
    assert await numbered(backup) == everything

    async with serving(backup, cluster=cluster) as centre:
        await centre.settled()
        assert await numbered(backup) == everything, "a reaction was carried out again"
        shown = await centre.get(f"/v1/tickets/{lost}", Role.AGENT)
        assert shown.json()["status"] == "resolved"
        await live(centre)
    async with await connect_pool(backup, Settings(database_connections_max=4)) as pool:
        await check_everything(pool, [])
        await check_views(pool)
    assert (await doctor(zixun, backup, cluster)).out == "Nothing is wrong.\n"
