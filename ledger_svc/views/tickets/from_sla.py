"""How SLA's events change the ticket: its clocks. What becomes of the rulebook is no ticket's concern."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from ledger_svc.views.tickets.clocks import CANCELLED, MET, PAUSED, RUNNING, clock
from ledger_svc.views.tickets.document import Clock, moment, moment_or_none
from ledger_svc.views.tickets.row import Change, TicketRow
from shared_events.contracts.base import Fact, Instant
from shared_events.contracts.sla import (
    ClockCancelled,
    ClockFact,
    ClockMet,
    ClockPaused,
    ClockResumed,
    ClockRetargeted,
    ClockStarted,
    PolicyMigrated,
    SlaBreached,
    SlaBreachRetracted,
    SlaWarned,
    SlaWarningRetracted,
    Terms,
    Turn,
    TurnKind,
)


def _started(ticket: TicketRow, event: ClockStarted) -> None:
    known = _clock(ticket, event)
    known["started_at"] = moment(event.at)
    _run(known, event.deadline)
    _measure(known, event.terms)


def _paused(ticket: TicketRow, event: ClockPaused) -> None:
    _stand_still(_clock(ticket, event), event.reasons, event.remaining_seconds)


def _resumed(ticket: TicketRow, event: ClockResumed) -> None:
    _run(_clock(ticket, event), event.deadline)


def _met(ticket: TicketRow, event: ClockMet) -> None:
    known = _clock(ticket, event)
    _meet(known, event.at, event.remaining_seconds, in_time=event.in_time)


def _cancelled(ticket: TicketRow, event: ClockCancelled) -> None:
    _cancel(_clock(ticket, event), event.at, event.reason)


def _retargeted(ticket: TicketRow, event: ClockRetargeted) -> None:
    """Of a corrected clock all is told again; otherwise it goes on by other terms from here."""
    known = _clock(ticket, event)
    _run(known, event.deadline)
    _measure(known, event.terms)
    for turn in event.turns:
        _take_turn(known, turn, event)


def _take_turn(known: Clock, turn: Turn, event: ClockRetargeted) -> None:
    target_seconds = event.terms.target_seconds
    match turn.kind:
        case TurnKind.STARTED:
            known["started_at"] = moment(turn.moment)
            _run(known, event.deadline)
        case TurnKind.RESUMED | TurnKind.RETARGETED:
            _run(known, event.deadline)
        case TurnKind.PAUSED:
            _stand_still(known, turn.reasons, target_seconds - turn.elapsed_seconds)
        case TurnKind.MET:
            _meet(known, turn.moment, target_seconds - turn.elapsed_seconds, in_time=event.in_time)
        case TurnKind.CANCELLED:
            _cancel(known, turn.moment, *turn.reasons[:1])


def _warned(ticket: TicketRow, event: SlaWarned) -> None:
    _clock(ticket, event)["warnings"].append({"warning": event.warning, "at": moment(event.at)})


def _warning_retracted(ticket: TicketRow, event: SlaWarningRetracted) -> None:
    known = _clock(ticket, event)
    wrong = {"warning": event.warning, "at": moment(event.warned_at)}
    known["warnings"] = [warned for warned in known["warnings"] if warned != wrong]


def _breached(ticket: TicketRow, event: SlaBreached) -> None:
    known = _clock(ticket, event)
    known["breaches"].append(moment(event.at))
    _count_breaches(known)


def _breach_retracted(ticket: TicketRow, event: SlaBreachRetracted) -> None:
    known = _clock(ticket, event)
    known["breaches"] = [breached_at for breached_at in known["breaches"] if breached_at != moment(event.breached_at)]
    _count_breaches(known)


def _migrated(ticket: TicketRow, event: PolicyMigrated) -> None:
    """What follows for each clock, its own event says."""


def _clock(ticket: TicketRow, event: ClockFact) -> Clock:
    """A late fact may show that there was one before it; so its number may be another now."""
    known = clock(ticket, event.clock_id)
    known["metric"] = event.metric
    known["cycle"] = event.cycle
    return known


def _measure(known: Clock, terms: Terms) -> None:
    known["policy"] = terms.policy
    known["policy_version"] = terms.policy_version
    known["calendar"] = terms.calendar
    known["row"] = terms.row
    known["target_seconds"] = terms.target_seconds


def _run(known: Clock, deadline: Instant | None) -> None:
    """A clock that was over may run again: it was so as it was known then."""
    known["state"] = RUNNING
    known["deadline"] = moment_or_none(deadline)
    known["waiting_for"] = []
    known["remaining_seconds"] = None
    known["ended_at"] = known["in_time"] = known["cancelled_because"] = None


def _stand_still(known: Clock, reasons: tuple[str, ...], remaining_seconds: int) -> None:
    known["state"] = PAUSED
    known["deadline"] = None
    known["waiting_for"] = list(reasons)
    known["remaining_seconds"] = remaining_seconds


def _meet(known: Clock, at: Instant, remaining_seconds: int, *, in_time: bool | None) -> None:
    known["state"] = MET
    known["waiting_for"] = []
    known["remaining_seconds"] = remaining_seconds
    known["ended_at"] = moment(at)
    known["in_time"] = in_time


def _cancel(known: Clock, at: Instant, because: str | None = None) -> None:
    known["state"] = CANCELLED
    known["waiting_for"] = []
    known["remaining_seconds"] = known["in_time"] = None
    known["ended_at"] = moment(at)
    known["cancelled_because"] = because


def _count_breaches(known: Clock) -> None:
    known["breached"] = bool(known["breaches"])
    known["breached_at"] = max(known["breaches"], key=datetime.fromisoformat, default=None)


FROM_SLA: Final[Mapping[type[Fact], Change]] = {
    ClockStarted: _started,
    ClockPaused: _paused,
    ClockResumed: _resumed,
    ClockMet: _met,
    ClockCancelled: _cancelled,
    ClockRetargeted: _retargeted,
    SlaWarned: _warned,
    SlaBreached: _breached,
    SlaWarningRetracted: _warning_retracted,
    SlaBreachRetracted: _breach_retracted,
    PolicyMigrated: _migrated,
}
