"""Everything that was made of events can be made of them again, and is the same; to read them again does nothing."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
import pytest
import pytest_asyncio

from ledger_svc.views.tickets.view import ticket_view
from services.wiring import CONSUMERS
from shared_events.contracts import decode
from shared_events.contracts.envelope import Recorded
from shared_events.log.postgres import entry_of
from shared_events.runtime.views import View
from tests.system.journey import (
    ANALYSIS,
    AT_CSE,
    AT_PSE,
    CASE_ANSWER,
    CLAIM,
    CLOSING,
    ESCALATION,
    HAND_BACK,
    NO_ANSWER,
    NOTICE,
    PAUSE,
    PROPOSAL,
    RELEASE,
    REOPENING,
    Journey,
    Step,
    acceptance,
    by_exception,
    received,
    refusal,
    routed,
    submission,
)
from tests.system.serving import Centre, serving

ANSWERED: Final = (*AT_CSE, PROPOSAL, submission(1))
RESOLUTION: Final = Step("resolution", {"resolution": "no_answer_needed"})
WALKS: Final[Sequence[Sequence[Step]]] = (
    (),
    (*ANSWERED, acceptance(1), CLOSING),
    (*ANSWERED, refusal(1), *AT_PSE, PAUSE, PROPOSAL, submission(2), acceptance(2)),
    (*AT_CSE, NO_ANSWER, *AT_PSE, NO_ANSWER, CLAIM, ANALYSIS, CASE_ANSWER, submission(1), refusal(1)),
    (ESCALATION, CLAIM, HAND_BACK, CLAIM, RELEASE, NOTICE),
    (ESCALATION, ESCALATION, CLAIM, ANALYSIS, by_exception(1), acceptance(1), REOPENING),
    (Step("transfer", {"team": "network", "told_customer": "A colleague knows it."}), PAUSE, CLAIM, RESOLUTION),
)
EVENT_TABLES: Final = ("intake.event", "routing.event", "feedback.event", "log.log_entry")
VIEW_TABLES: Final = ("ledger.ticket", "routing.customer", "feedback.customer")
COMMANDS: Final = ("routing.command", "feedback.command")


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def written(module_database: str) -> str:
    """The address of a database on which a centre has worked, and works no more. Each test leaves it as it was."""
    async with serving(module_database) as centre:
        for _ in range(3):
            for walk in WALKS:
                await (await routed(centre)).walk(*walk)
        await _withdraw(centre)
        await _dissatisfy(centre)
        await centre.settled()
    return module_database


@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_the_views_folded_again_in_any_batching_are_the_same(written: str, size: int) -> None:
    async with _owner(written) as connection:
        before = await _rows(connection, VIEW_TABLES)
        assert len(before["ledger.ticket"]) == 3 * len(WALKS) + 5
        await connection.execute(f"truncate {', '.join(VIEW_TABLES)}")
        async with serving(written) as centre:
            views = [view for service in centre.zixun.services.values() for view in service.views]
        assert {view.name for view in views} == set(VIEW_TABLES)
        for view in views:
            await _fold(connection, view, size)
        assert await _rows(connection, VIEW_TABLES) == before


async def test_who_reads_everything_again_does_nothing_again(written: str) -> None:
    async with _owner(written) as connection:
        before = await _rows(connection, (*EVENT_TABLES, *VIEW_TABLES, *COMMANDS))
        for consumer in CONSUMERS:
            await connection.execute(f"delete from {consumer}.checkpoint")
        async with serving(written) as centre:
            await centre.settled()
        assert await _rows(connection, (*EVENT_TABLES, *VIEW_TABLES, *COMMANDS)) == before
        assert await _parked(connection) == []


async def test_events_that_are_folded_twice_count_once(written: str) -> None:
    async with _owner(written) as connection:
        before = await _rows(connection, VIEW_TABLES)
        await _fold(connection, ticket_view(), 5)
        assert await _rows(connection, VIEW_TABLES) == before


async def _withdraw(centre: Centre) -> None:
    for journey in (await received(centre), await routed(centre), await routed(centre)):
        await journey.walk(Step(f"/v1/consultations/{journey.ticket_id}/withdrawal"))
    await centre.settled()
    await journey.walk(REOPENING, CLAIM)


async def _dissatisfy(centre: Centre) -> None:
    """Once in time, and once when the ticket was in work again already, which it is no more when it is read again."""
    soon = await _accepted(centre)
    await soon.walk(*_visit(soon), CLAIM)
    late = await _accepted(centre)
    await late.walk(Step(f"{late.callbacks}/attempts", {"result": "reached"}), REOPENING, *_visit(late)[1:])
    await centre.settled()
    await late.walk(CLAIM, RESOLUTION, CLOSING)


async def _accepted(centre: Centre) -> Journey:
    return await (await routed(centre)).walk(*ANSWERED, acceptance(1))


def _visit(journey: Journey) -> tuple[Step, Step]:
    attempt = Step(f"{journey.callbacks}/attempts", {"result": "reached"})
    return attempt, Step(f"{journey.callbacks}/outcome", {"satisfied": False, "comment": "It broke again."})


async def _fold(connection: asyncpg.Connection, view: View, size: int) -> None:
    """The whole log, partition by partition, so many events at a time."""
    rows = await connection.fetch('select * from log.log_entry order by partition, "offset"')
    entries = [entry_of(row) for row in rows]
    for partition in sorted({entry.stored.partition for entry in entries}):
        mine = [entry for entry in entries if entry.stored.partition == partition]
        batch = [Recorded(decode(entry.stored), entry.stored, entry.offset) for entry in mine]
        wanted = [recorded for recorded in batch if isinstance(recorded.event, view.handles)]
        for start in range(0, len(wanted), size):
            await view.apply(connection, wanted[start : start + size])


async def _rows(connection: asyncpg.Connection, tables: Sequence[str]) -> Mapping[str, list[str]]:
    return {
        table: [row[0] for row in await connection.fetch(f"select t::text from {table} t order by 1")]
        for table in tables
    }


async def _parked(connection: asyncpg.Connection) -> list[Any]:
    found = [await connection.fetch(f"select subject, reason from {consumer}.parked") for consumer in CONSUMERS]
    return [row for rows in found for row in rows]


@asynccontextmanager
async def _owner(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database)
    try:
        yield connection
    finally:
        await connection.close()
