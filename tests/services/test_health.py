"""A process says whether it answers, whether it is ready, and what is wrong; and losing the log stops no writer."""

import socket
from functools import partial
from typing import Any

import asyncpg
import httpx2
from prometheus_client.parser import text_string_to_metric_families

from services.app import create_app, create_health_app
from services.wiring import CONSUMERS, SOURCES
from services.worker import working
from shared_events.http import Role
from shared_events.log.cluster import Cluster
from shared_events.store.partition import PARTITIONS
from tests.services.stands import Stand, client, standing_still, until


async def change(database: str, statement: str) -> None:
    """As somebody who owns the database and has switched the guards off."""
    owner = await asyncpg.connect(database)
    await owner.execute("set session_replication_role = replica")
    await owner.execute(statement)
    await owner.close()


async def readiness(http: httpx2.AsyncClient) -> tuple[int, dict[str, Any]]:
    answer = await http.get("/readyz")
    return answer.status_code, answer.json() if answer.content else {}


async def unready(http: httpx2.AsyncClient) -> list[dict[str, str]]:
    """Wait until it is, and give what is wrong."""

    async def refused() -> bool:
        return (await readiness(http))[0] == 503

    await until(refused)
    status, problem = await readiness(http)
    assert (status, problem["code"]) == (503, "NOT_READY")
    errors: list[dict[str, str]] = problem["errors"]
    return errors


async def are_named(http: httpx2.AsyncClient, kinds: set[str]) -> bool:
    """Whether something is wrong with a loop of each kind."""
    _, problem = await readiness(http)
    return {error["pointer"].split()[0] for error in problem.get("errors", ())} == kinds


async def test_a_process_with_its_database_and_its_loops_is_ready(stand: Stand) -> None:
    async with working(stand.zixun), client(create_app(stand.zixun, stand.settings)) as http:
        assert await readiness(http) == (204, {})


async def test_a_database_that_lacks_a_migration_is_not_ready(stand: Stand, database: str) -> None:
    await change(database, "delete from zixun.alembic_version")
    async with client(create_app(stand.zixun, stand.settings)) as http:
        (error,) = await unready(http)
    assert (error["pointer"], error["found"]) == ("migrations", "None")
    assert error["expected"]


async def test_a_database_that_a_later_release_has_changed_is_ready_for_this_one_too(
    stand: Stand, database: str
) -> None:
    """Else the first process of a new release would put all of the old one out of service."""
    await change(database, "update zixun.alembic_version set version_num = '9999_of_tomorrow'")
    async with client(create_app(stand.zixun, stand.settings)) as http:
        assert await readiness(http) == (204, {})


async def test_a_relay_that_refuses_to_run_is_named_with_its_error(stand: Stand, database: str) -> None:
    """Its store was restored from a backup: the log has more of it than it has itself."""
    await change(database, "insert into log.source_head values ('intake', 3, 7)")
    async with working(stand.zixun), client(create_app(stand.zixun, stand.settings)) as http:
        (error,) = await unready(http)
    assert error["pointer"] == "relay intake"
    assert error["found"].startswith("LogAhead, ")


async def test_a_stopped_partition_is_named(stand: Stand, database: str) -> None:
    await stand.receive()
    await stand.relay()
    await change(database, 'update log.log_entry set sequence = sequence + 9 where "offset" = 0')
    async with working(stand.zixun), client(create_app(stand.zixun, stand.settings)) as http:
        errors = await unready(http)
        counted = await figures(stand)
    assert {error["found"] for error in errors} == {"stopped: NumbersBroken"}
    assert max(value for (name, _), value in counted.items() if name == "zixun_gaps_seen_total") == 1
    assert max(value for (name, _), value in counted.items() if name == "zixun_partitions_stopped") == 1
    assert all(error["pointer"].startswith("consumer ") and ", partition " in error["pointer"] for error in errors)


async def test_without_kafka_whoever_serves_goes_on_and_a_worker_says_so(database: str) -> None:
    await change(database, "select log.adopt(gen_random_uuid())")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and nobody listens
        cluster = Cluster(bootstrap_servers=f"127.0.0.1:{nobody.getsockname()[1]}")
        async with standing_still(database, cluster) as stand, working(stand.zixun):
            serving, worker = create_app(stand.zixun, stand.settings), create_health_app(stand.zixun, stand.settings)
            async with client(worker) as of_worker, client(serving) as of_server:
                await until(partial(are_named, of_worker, {"relay", "consumer", "archiver"}))
                assert await readiness(of_server) == (204, {})
                await stand.receive()
                errors = await unready(of_worker)
    assert all(error["found"].startswith("KafkaConnectionError, ") for error in errors)


async def test_what_is_told_without_a_credential_quotes_nobody(stand: Stand, database: str) -> None:
    """Messages of errors may have anything in them; the log of the process has them."""
    await change(database, "insert into log.source_head values ('intake', 3, 7)")
    async with working(stand.zixun), client(create_app(stand.zixun, stand.settings)) as http:
        (error,) = await unready(http)
        (watched,) = (each for each in stand.zixun.loops.watched if each.name == "relay intake")
        assert str(watched.error) not in str(error)


async def test_a_process_that_serves_nothing_answers_its_probes_and_figures_alone(stand: Stand) -> None:
    header = await stand.token(Role.OPS)
    async with client(create_health_app(stand.zixun, stand.settings)) as http:
        found = {
            path: (await http.get(path, headers=header)).status_code
            for path in ("/livez", "/readyz", "/metrics", "/v1/tickets", "/openapi.json")
        }
        assert found == {"/livez": 204, "/readyz": 204, "/metrics": 200, "/v1/tickets": 404, "/openapi.json": 404}
        assert (await http.get("/metrics")).status_code == 401
        agent = await http.get("/metrics", headers=await stand.token(Role.AGENT))
        assert agent.status_code == 403


async def test_over_kafka_everybody_catches_up_too_and_the_figures_say_so(database: str, cluster: Cluster) -> None:
    async with standing_still(database, cluster) as stand, working(stand.zixun):
        await stand.receive(3)

        async def all_have_everything() -> bool:
            """The consultations, and the clocks that SLA has started for them."""
            read = await figures(stand)
            lags = [value for (name, _), value in read.items() if name.endswith(("_lag_events", "_lag_seconds"))]
            all_are_there = len(lags) == 2 * len(SOURCES) + 2 * len((*CONSUMERS, "archive")) * PARTITIONS
            relayed = {source: read.get(("zixun_relayed_events_total", source), 0) for source in SOURCES}
            taken_in = {read.get(("zixun_taken_in_events_total", each), 0) for each in CONSUMERS}
            all_is_taken_in = relayed["intake"] == 6 and taken_in == {sum(relayed.values())} and not any(lags)
            return all_are_there and all_is_taken_in

        await until(all_have_everything)
        async with client(create_health_app(stand.zixun, stand.settings)) as http:
            assert await readiness(http) == (204, {})


async def test_the_figures_say_what_was_done_and_what_is_still_to_do(stand: Stand) -> None:
    """Three consultations of two events: first only stored, then relayed, then taken in by the ledger."""
    await stand.receive(3)
    stored = await figures(stand)
    assert stored["zixun_relay_lag_events", "intake"] == 6
    assert stored["zixun_relay_lag_seconds", "intake"] > 0
    assert total(stored, "zixun_consumer_lag_events", "ledger") == 6
    assert stored["zixun_append_batch_size_sum", "intake"] == 3
    await stand.relay()
    relayed = await figures(stand)
    assert relayed["zixun_relay_lag_events", "intake"] == relayed["zixun_relay_lag_seconds", "intake"] == 0
    assert relayed["zixun_relayed_events_total", "intake"] == 6
    assert total(relayed, "zixun_consumer_lag_seconds", "ledger") > 0
    await stand.take_in("ledger")
    taken_in = await figures(stand)
    assert total(taken_in, "zixun_consumer_lag_events", "ledger") == 0
    assert total(taken_in, "zixun_consumer_lag_seconds", "ledger") == 0
    assert total(taken_in, "zixun_consumer_lag_events", "routing") == 6
    assert taken_in["zixun_taken_in_events_total", "ledger"] == 6
    assert taken_in["zixun_command_to_view_seconds_count", "ledger"] == 6
    assert taken_in["zixun_http_requests_total", "POST /v1/consultations 201"] == 3


async def figures(stand: Stand) -> dict[tuple[str, str], float]:
    """As Prometheus reads them: by name and the values of the labels, in the order of the labels' names."""
    async with client(create_app(stand.zixun, stand.settings)) as http:
        answer = await http.get("/metrics", headers=await stand.token(Role.OPS))
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
    return {(each.name, " ".join(each.labels[name] for name in sorted(each.labels))): each.value for each in samples}


def total(read: dict[tuple[str, str], float], name: str, consumer: str) -> float:
    """Of all partitions of a consumer."""
    return sum(value for (sample, labels), value in read.items() if sample == name and labels.startswith(consumer))
