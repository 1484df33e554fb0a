"""What happened to a ticket, told as its services tell it: events, numbered as the stores and the log number them."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from shared_events.contracts import OWNERS
from shared_events.contracts.base import Fact, Origin, Tier
from shared_events.contracts.envelope import Recorded, Stored
from shared_events.contracts.intake import (
    Category,
    Channel,
    Complexity,
    ConsultationClassified,
    ConsultationReceived,
    RequestKind,
    Urgency,
)
from shared_events.contracts.routing import TicketAssigned, TicketRouted
from shared_events.store.partition import partition_of

TICKET: Final = "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50"
CUSTOMER: Final = "customer-1"
AGENT: Final = "agent-7"
NOON: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RECORDED_LATER: Final = timedelta(seconds=2)

OWNER_OF: Final = {kind: owner for owner, kinds in OWNERS.items() for kind in kinds}


def after(minutes: int) -> dict[str, Any]:
    """When, by whom and about whom an event is, so many minutes after noon."""
    return {"at": NOON + timedelta(minutes=minutes), "by": AGENT, "customer_id": CUSTOMER}


RECEIVED: Final = ConsultationReceived(
    **after(0), number="1002-0034-7", channel=Channel.TELEPHONE, contacted_at=NOON - timedelta(minutes=3)
)
CLASSIFIED: Final = ConsultationClassified(
    **after(1),
    category=Category.TECHNICAL_SUPPORT,
    request_kind=RequestKind.IN_CONTRACT_SERVICE,
    complexity=Complexity.COMPLEX,
    urgency=Urgency.HIGH,
)
ROUTED: Final = TicketRouted(**after(2), tier=Tier.CSE, team="cse", automatic=True)
ASSIGNED: Final = TicketAssigned(**after(3), tier=Tier.CSE, team="cse", agent_id=AGENT)


def plain(event: Fact, event_id: UUID) -> bytes:
    """The body of an event without anything personal."""
    return orjson.dumps(event.model_dump(mode="json", exclude_none=True))


class History:
    """Numbers events as stores and log do: a version per service and ticket, a sequence per service and partition."""

    def __init__(self, origin: Origin = Origin.LIVE, *, body: Callable[[Fact, UUID], bytes] = plain) -> None:
        self._origin = origin
        self._body = body
        self._versions: Counter[tuple[str, str]] = Counter()
        self._sequences: Counter[tuple[str, int]] = Counter()
        self._offset = 0

    def of(self, *events: Fact, ticket: str = TICKET) -> list[Recorded[Any]]:
        """The events, recorded in this order."""
        return [self._record(event, ticket) for event in events]

    def _record(self, event: Fact, ticket: str) -> Recorded[Any]:
        owner, partition = OWNER_OF[type(event)], partition_of(ticket)
        self._versions[owner, ticket] += 1
        self._sequences[owner, partition] += 1
        self._offset += 1
        event_id = UUID(int=self._offset)
        stored = Stored(
            subject=ticket,
            version=self._versions[owner, ticket],
            event_id=event_id,
            type=type(event).__name__,
            schema_version=event.schema_version,
            occurred_at=event.at,
            actor=event.by,
            origin=self._origin,
            correlation_id="test",
            causation_id=None,
            trace_context=None,
            body=self._body(event, event_id),
            digest=bytes(32),
            source=owner,
            partition=partition,
            sequence=self._sequences[owner, partition],
            recorded_at=event.at + RECORDED_LATER,
        )
        return Recorded(event, stored, self._offset)


def history(*events: Fact) -> Sequence[Recorded[Any]]:
    """One ticket's events, recorded in this order."""
    return History().of(*events)
