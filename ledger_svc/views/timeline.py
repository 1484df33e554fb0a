"""Every step of a ticket, straight from the log, which keeps them for ever (D7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger_svc.ports import KeptLog
from shared_events.contracts import Undecodable, decode
from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Stored
from shared_events.log.port import Entry


@dataclass(frozen=True, slots=True, order=True)
class TimelinePlace:
    """When a step happened, and where it stands in the log: a ticket is in one partition, so an offset is one event."""

    occurred_at: datetime
    offset: int


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """One event; none where this release does not know its type."""

    place: TimelinePlace
    stored: Stored
    event: Fact | None


async def timeline(log: KeptLog, ticket_id: str, after: TimelinePlace | None, limit: int) -> Sequence[TimelineStep]:
    """The steps of a ticket in the order in which they happened, from after a place on."""
    placed = {_place(entry): entry.stored for entry in await log.read_subject(ticket_id)}
    wanted = sorted(place for place in placed if after is None or place > after)
    return [TimelineStep(place, placed[place], _decoded(placed[place])) for place in wanted[:limit]]


def _place(entry: Entry) -> TimelinePlace:
    """Clocks go by whole seconds: what is said of them comes after what happened within that second, its causes."""
    occurred_at = entry.stored.occurred_at
    return TimelinePlace(
        occurred_at.replace(microsecond=999_999) if entry.stored.source == "sla" else occurred_at, entry.offset
    )


def _decoded(stored: Stored) -> Fact | None:
    try:
        return decode(stored)
    except Undecodable:
        return None
