"""The clocks of a ticket: found by their id or begun, and put into the order in which somebody wants to see them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ledger_svc.views.tickets.document import Clock
from ledger_svc.views.tickets.row import TicketRow

RUNNING: Final = "running"
PAUSED: Final = "paused"
MET: Final = "met"
CANCELLED: Final = "cancelled"


def clock(ticket: TicketRow, clock_id: str) -> Clock:
    """The clock of this id; what is said of one whose start is not known is kept, too."""
    clocks = ticket.document.setdefault("clocks", [])
    for known in clocks:
        if known["clock_id"] == clock_id:
            return known
    begun = Clock(
        clock_id=clock_id,
        metric="",
        cycle=0,
        state=RUNNING,
        policy=None,
        policy_version=None,
        calendar=None,
        row=None,
        target_seconds=None,
        started_at=None,
        deadline=None,
        waiting_for=[],
        remaining_seconds=None,
        warnings=[],
        breaches=[],
        breached=False,
        breached_at=None,
        ended_at=None,
        cancelled_because=None,
        in_time=None,
    )
    clocks.append(begun)
    return begun


def most_urgent_first(clocks: Iterable[Clock]) -> list[Clock]:
    """What runs, by when it is due; then what stands still, then what is over, by when it began."""
    return sorted(clocks, key=_urgency)


def next_due_at(clocks: Iterable[Clock]) -> datetime | None:
    """The earliest deadline of those that run, even if it has passed."""
    deadlines = [clock["deadline"] for clock in clocks if clock["state"] == RUNNING and clock["deadline"] is not None]
    return min(map(datetime.fromisoformat, deadlines), default=None)


def _urgency(clock: Clock) -> tuple[int, bool, str, str, str]:
    rank = {RUNNING: 0, PAUSED: 1}.get(clock["state"], 2)
    deadline = clock["deadline"] if rank == 0 else None
    return rank, deadline is None, _sortable(deadline), _sortable(clock["started_at"]), clock["clock_id"]


def _sortable(moment: str | None) -> str:
    """With its `Z`, a moment without a fraction of a second would come after one with it."""
    return (moment or "").removesuffix("Z")
