"""How events come, in which batches, how often and interleaved how, does not change what is known afterwards."""

from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import Any, Final, get_args

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from ledger_svc.views.tickets.row import TICKET, TicketRow
from ledger_svc.views.tickets.view import fold, ticket_view
from shared_events.contracts import OWNERS
from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded
from shared_events.contracts.sla import ClockEvent
from shared_events.runtime.views import fetch
from tests.effort import examples
from tests.ledger_svc.arbitrary import any_events
from tests.ledger_svc.history import RECEIVED, History

SEEDED: Final = settings(
    derandomize=True,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
TICKETS: Final = ("ticket-1", "ticket-2", "ticket-3")


@st.composite
def recordings(draw: st.DrawFn) -> list[Recorded[Any]]:
    """Some events of a few tickets, in the order of the log."""
    told = draw(st.lists(st.tuples(st.sampled_from(TICKETS), any_events()), min_size=1, max_size=25))
    numbering = History()
    return [recorded for ticket, event in told for recorded in numbering.of(event, ticket=ticket)]


@st.composite
def batched(draw: st.DrawFn) -> list[list[Recorded[Any]]]:
    """Some events, cut into batches anywhere."""
    log = draw(recordings())
    cuts = sorted(draw(st.sets(st.integers(1, len(log)), max_size=5)) | {0, len(log)})
    return [log[start:end] for start, end in pairwise(cuts)]


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def rows_after(
    connection: asyncpg.Connection, batches: Sequence[Sequence[Recorded[Any]]]
) -> list[tuple[Any, ...]]:
    await connection.execute("truncate ledger.ticket")
    for batch in batches:
        await ticket_view().apply(connection, batch)
    return [tuple(row) for row in await fetch(connection, select(TICKET).order_by(TICKET.c.ticket_id))]


@settings(SEEDED, max_examples=examples(25))
@given(batches=batched())
async def test_any_batching_equals_one_event_at_a_time(
    connection: asyncpg.Connection, batches: list[list[Recorded[Any]]]
) -> None:
    one_at_a_time = [[recorded] for batch in batches for recorded in batch]
    assert await rows_after(connection, batches) == await rows_after(connection, one_at_a_time)


@settings(SEEDED, max_examples=examples(15))
@given(batches=batched())
async def test_a_batch_that_comes_twice_changes_nothing(
    connection: asyncpg.Connection, batches: list[list[Recorded[Any]]]
) -> None:
    twice = [batch for batch in batches for _ in range(2)]
    assert await rows_after(connection, twice) == await rows_after(connection, batches)


@settings(SEEDED, max_examples=examples(60))
@given(
    intake=st.lists(any_events(*OWNERS["intake"]), max_size=5),
    routing=st.lists(any_events(*OWNERS["routing"]), max_size=8),
    feedback=st.lists(any_events(*OWNERS["feedback"]), max_size=4),
    sla=st.lists(any_events(*get_args(ClockEvent)), max_size=6),
    order=st.randoms(use_true_random=False),
)
def test_services_may_interleave_in_any_way(
    intake: list[Fact], routing: list[Fact], feedback: list[Fact], sla: list[Fact], order: Any
) -> None:
    streams = [[RECEIVED, *intake], routing, feedback, sla]
    expected = folded([event for stream in streams for event in stream])
    waiting = [list(stream) for stream in streams if stream]
    interleaved = []
    while waiting:
        stream = order.choice(waiting)
        interleaved.append(stream.pop(0))
        waiting = [stream for stream in waiting if stream]
    assert folded(interleaved) == expected


def folded(events: Sequence[Fact]) -> TicketRow:
    """The row after these events."""
    row: TicketRow | None = None
    for recorded in History().of(*events):
        row = fold(row, recorded)
    assert row is not None
    return row
