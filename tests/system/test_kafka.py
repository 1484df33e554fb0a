"""The whole system with its log on Kafka: the same flow, the same views, and the ledger keeps it all (D6, D7)."""

import hashlib
import re
from collections.abc import AsyncIterator

import orjson
import pytest

from ledger_svc.views.tickets.row import TICKET
from services.importing.incident_file import read_cases
from services.migrations import migrate
from services.wiring import Zixun
from shared_events.clock import SystemClock
from shared_events.http import Role
from shared_events.log.cluster import Cluster
from shared_events.log.kafka import KafkaLog
from shared_events.store.partition import PARTITIONS
from tests.services.importing.imports import centre, import_cases, real_log
from tests.system.agreement import agree
from tests.system.journey import AT_CSE, AT_PSE, NO_ANSWER, PROPOSAL, acceptance, refusal, routed, submission
from tests.system.serving import Centre, serving

CASES = 300
EVERYTHING = dict.fromkeys(range(PARTITIONS), 0)

OF_THE_RUN = re.compile(r"zx1:[^\"]*|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
"""What every run makes anew: sealed texts, of which each has a nonce, and random ids."""


@pytest.fixture
async def on_kafka(database: str, cluster: Cluster) -> AsyncIterator[Centre]:
    async with serving(database, cluster=cluster) as centre:
        yield centre


async def test_a_consultation_takes_the_same_way_over_kafka(on_kafka: Centre) -> None:
    ticket = await routed(on_kafka)
    await ticket.walk(*AT_CSE, PROPOSAL, submission(1), refusal(1), *AT_PSE, PROPOSAL, submission(2), acceptance(2))
    shown = await agree(ticket)

    assert (shown["status"], shown["tiers_touched"], shown["rejections"]) == ("resolved", ["CSE", "PSE"], 1)


async def test_the_ledger_keeps_what_kafka_has(on_kafka: Centre, cluster: Cluster) -> None:
    for _ in range(3):
        ticket = await routed(on_kafka)
        await ticket.walk(*AT_CSE, NO_ANSWER)
    await on_kafka.settled()

    async with KafkaLog(cluster) as log:
        there = await log.read(EVERYTHING, 1_000)
    kept = await on_kafka.zixun.log.read(EVERYTHING, 1_000)

    assert kept == there
    heads = [await store.heads() for store in on_kafka.zixun.stores.values()]
    assert sum(map(len, kept.values())) == sum(sum(each.values()) for each in heads)


async def test_a_timeline_is_told_from_what_the_ledger_keeps(on_kafka: Centre) -> None:
    ticket = await routed(on_kafka)
    await ticket.walk(*AT_CSE)
    await on_kafka.settled()

    steps = (await on_kafka.get(f"/v1/tickets/{ticket.ticket_id}/timeline", Role.AGENT)).json()["items"]

    assert [step["type"] for step in steps][:4] == [
        "ConsultationReceived",
        "ConsultationAcknowledged",
        "ConsultationClassified",
        "TicketRouted",
    ]


async def test_the_real_history_comes_to_the_same_views_over_either_log(
    database: str, empty_database: str, cluster: Cluster
) -> None:
    await migrate(empty_database)
    cases = read_cases(real_log(), SystemClock().now())[:CASES]
    digests = []
    for dsn, over in ((database, None), (empty_database, cluster)):
        async with centre(dsn, over) as zixun:
            await import_cases(zixun, cases)
            digests.append(await view_digest(zixun))

    assert digests[0] == digests[1]


async def view_digest(zixun: Zixun) -> str:
    """Over all that the ledger shows of every ticket, without what every run makes anew and when it was recorded."""
    names = [column.name for column in TICKET.columns if column.name not in {"number", "ticket_id", "customer_id"}]
    rows = await zixun.pool.fetch(f"select {', '.join(names)} from ledger.ticket")
    shown = sorted(
        OF_THE_RUN.sub("…", orjson.dumps(_plain(dict(row)), option=orjson.OPT_SORT_KEYS).decode()) for row in rows
    )
    assert len(shown) > 0
    return hashlib.sha256("\n".join(shown).encode()).hexdigest()


def _plain(row: dict[str, object]) -> dict[str, object]:
    document = orjson.loads(str(row["document"]))
    return {**row, "document": document}
