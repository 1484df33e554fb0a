"""Receptions of consultations, as the log brings them to feedback."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from feedback_svc.service import CUSTOMERS
from shared_events.contracts.base import Origin
from shared_events.contracts.envelope import GENESIS, Recorded, Stored
from shared_events.contracts.intake import Channel, ConsultationReceived
from tests.feedback_svc.examples import NOON
from tests.intake_svc.serving import Ground


def reception(ticket_id: str, customer_id: str) -> Recorded[ConsultationReceived]:
    """A consultation, as the log brings it."""
    event = ConsultationReceived(
        at=NOON, by="a1", customer_id=customer_id, number="0000-0001-3", channel=Channel.CHAT, contacted_at=NOON
    )
    stored = Stored(
        source="intake",
        partition=0,
        sequence=1,
        subject=ticket_id,
        version=1,
        event_id=UUID(int=1),
        type="ConsultationReceived",
        schema_version=1,
        occurred_at=NOON,
        recorded_at=NOON,
        actor="a1",
        origin=Origin.LIVE,
        correlation_id="r1",
        causation_id=None,
        trace_context=None,
        body=b"{}",
        digest=GENESIS,
    )
    return Recorded(event, stored, offset=0)


async def take_in(stand: Ground, batch: Sequence[Recorded[ConsultationReceived]]) -> None:
    """As feedback's consumer does."""
    connection = await asyncpg.connect(stand.dsn)
    await CUSTOMERS.view().apply(connection, batch)
    await connection.close()
