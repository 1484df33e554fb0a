"""How SLA's events change the ticket: its clocks. What becomes of the rulebook is no ticket's concern."""

from collections.abc import Mapping
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
    _end(known, MET, event.at)
    known["in_time"] = event.in_time


def _cancelled(ticket: TicketRow, event: ClockCancelled) -> None:
    _end(_clock(ticket, event), CANCELLED, event.at)


def _retargeted(ticket: TicketRow, event: ClockRetargeted) -> None:
    """Of a corrected clock all is told again; otherwise it goes on by other terms from here."""
    known = _clock(ticket, event)
    _run(known, event.deadline)
    _measure(known, event.terms)
    if event.turns:
        known["ended_at"] = known["in_time"] = None
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
            _end(known, MET, turn.moment)
            known["in_time"] = turn.elapsed_seconds <= target_seconds
        case TurnKind.CANCELLED:
            _end(known, CANCELLED, turn.moment)


def _warned(ticket: TicketRow, event: SlaWarned) -> None:
    warnings = _clock(ticket, event)["warnings"]
    if event.warning not in warnings:
        warnings.append(event.warning)


def _warning_retracted(ticket: TicketRow, event: SlaWarningRetracted) -> None:
    known = _clock(ticket, event)
    known["warnings"] = [warning for warning in known["warnings"] if warning != event.warning]


def _breached(ticket: TicketRow, event: SlaBreached) -> None:
    known = _clock(ticket, event)
    known["breached"] = True
    known["breached_at"] = moment(event.at)


def _breach_retracted(ticket: TicketRow, event: SlaBreachRetracted) -> None:
    known = _clock(ticket, event)
    known["breached"] = False
    known["breached_at"] = None


def _migrated(ticket: TicketRow, event: PolicyMigrated) -> None:
    """What follows for each clock, its own event says."""


def _clock(ticket: TicketRow, event: ClockFact) -> Clock:
    """A late fact may show that there was one before it; so its number may be another now."""
    known = clock(ticket, event.clock_id)
    known["metric"] = event.metric
    known["cycle"] = event.cycle
    return known


def _measure(known: Clock, terms: Terms) -> None:
    known["policy"] = terms.policy_version
    known["row"] = terms.row
    known["target_seconds"] = terms.target_seconds


def _run(known: Clock, deadline: Instant | None) -> None:
    known["state"] = RUNNING
    known["deadline"] = moment_or_none(deadline)
    known["waiting_for"] = []
    known["remaining_seconds"] = None


def _stand_still(known: Clock, reasons: tuple[str, ...], remaining_seconds: int) -> None:
    known["state"] = PAUSED
    known["deadline"] = None
    known["waiting_for"] = list(reasons)
    known["remaining_seconds"] = remaining_seconds


def _end(known: Clock, state: str, at: Instant) -> None:
    known["state"] = state
    known["waiting_for"] = []
    known["remaining_seconds"] = None
    known["ended_at"] = moment(at)


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
