"""From a case to the events that the rules let it have, and the rows that a rule refused; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from intake_svc.domain.consultation import DECIDER as CONSULTATION
from routing_svc.domain import commands as routing
from routing_svc.domain.state import Ticket
from routing_svc.domain.ticket import DECIDER as TICKET
from services.importing.incident_file import Case, Row, State
from services.importing.incident_mapping import customer_id_of, intake_commands, routing_commands, withdrawal
from shared_events.contracts.intake import IntakeEvent
from shared_events.contracts.routing import RoutingEvent
from shared_events.decider import Refused


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that a rule did not let in: nothing of it is in the log, and the case goes on as if it were not there."""

    case_id: str
    line: int
    rule: str
    reason: str


@dataclass(slots=True)
class Walk:
    """What routing makes of a case."""

    events: list[RoutingEvent] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)


def decide_routing(case: Case) -> Walk:
    """Row by row through the same `decide` as a live command."""
    walk = Walk()
    customer_id = customer_id_of(case)
    ticket = TICKET.initial
    before: Row | None = None
    for row in case.rows:
        try:
            events, ticket = _all_or_none(routing_commands(row, before, customer_id), ticket)
        except Refused as refused:
            walk.refused.append(RefusedRow(case.case_id, row.line, refused.reason.name, str(refused)))
            continue
        walk.events += events
        before = row
    return walk


def decide_intake(case: Case, serial: int) -> list[IntakeEvent]:
    """What intake makes of a case. `serial` becomes the consultation's short number."""
    events: list[IntakeEvent] = []
    consultation = CONSULTATION.initial
    for command in [*intake_commands(case, serial), *map(withdrawal, _cancelled(case))]:
        decided = CONSULTATION.decide(command, consultation)
        events += decided
        consultation = CONSULTATION.fold(consultation, decided)
    return events


def _cancelled(case: Case) -> Iterator[Row]:
    return (row for row in case.rows if row.state is State.CANCELLED)


def _all_or_none(commands: Sequence[routing.Command], ticket: Ticket) -> tuple[list[RoutingEvent], Ticket]:
    """A row is one change: if a rule refuses a part of it, nothing of it happened."""
    events: list[RoutingEvent] = []
    for command in commands:
        decided = TICKET.decide(command, ticket)
        events += decided
        ticket = TICKET.fold(ticket, decided)
    return events, ticket
