"""Whose consultation it is, as folded from the log."""

import asyncpg

from routing_svc.views.consultation import consultation_view, customer_of
from services.database import connect_pool
from services.settings import Settings
from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded
from shared_events.contracts.intake import Channel, ConsultationReceived
from tests.routing_svc.examples import NOON, happened
from tests.routing_svc.recordings import recorded


def reception(ticket_id: str, customer_id: str) -> Recorded[Fact]:
    """A consultation, as the log brings it."""
    received = happened(
        ConsultationReceived, customer_id=customer_id, number="1", channel=Channel.CHAT, contacted_at=NOON
    )
    return recorded(received, subject=ticket_id)


async def test_a_consultation_belongs_to_whom_it_was_received_from(database: str) -> None:
    connection = await asyncpg.connect(database)
    await consultation_view().apply(connection, [reception("t1", "c1"), reception("t2", "c2")])
    await consultation_view().apply(connection, [reception("t1", "c1")])
    await connection.close()
    async with await connect_pool(database, Settings()) as pool:
        assert [await customer_of(pool, ticket) for ticket in ("t1", "t2", "t3")] == ["c1", "c2", None]
