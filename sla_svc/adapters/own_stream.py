"""What SLA itself has said of a ticket, as its own stream has it."""

from collections.abc import Iterable
from typing import cast

from shared_events.contracts import decode
from shared_events.contracts.base import Origin
from shared_events.contracts.envelope import Draft
from shared_events.contracts.sla import ClockEvent
from sla_svc.domain.clocks.restoring import Told


def told_in(events: Iterable[Draft]) -> list[Told]:
    """Of events of SLA alone, in the order of their versions."""
    return [Told(cast("ClockEvent", decode(event)), event.origin is Origin.LIVE) for event in events]
