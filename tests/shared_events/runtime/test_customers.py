"""A ticket belongs to whom it was received from, in every service that needs to know."""

import asyncpg
import pytest

from shared_events.contracts.envelope import Recorded
from shared_events.contracts.intake import Channel, ConsultationReceived
from shared_events.runtime.customers import Customers
from tests.shared_events.log.suite import numbered
from tests.shared_events.store.drafts import NOON


def reception(ticket_id: str, customer_id: str) -> Recorded[ConsultationReceived]:
    """A consultation, as the log brings it."""
    event = ConsultationReceived(
        at=NOON, by="a", customer_id=customer_id, number="1", channel=Channel.CHAT, contacted_at=NOON
    )
    (stored,) = numbered(ticket_id, 1, 1)
    return Recorded(event, stored, 0)


@pytest.mark.parametrize("service", ["routing", "feedback"])
async def test_a_ticket_belongs_to_whom_it_was_received_from(pool: asyncpg.Pool, service: str) -> None:
    customers = Customers(service)
    async with pool.acquire() as connection:
        await customers.view().apply(connection, [reception("t-1", "c-1"), reception("t-2", "c-2")])
        await customers.view().apply(connection, [reception("t-1", "c-1")])

    assert [await customers.of(pool, ticket) for ticket in ("t-1", "t-2", "t-3")] == ["c-1", "c-2", None]
