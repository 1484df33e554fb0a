"""Decisions about the case for research and development."""

from collections.abc import Sequence

from routing_svc.domain.commands import AnswerTechnicalCase, OpenTechnicalCase, TicketCommand
from routing_svc.domain.drafts import ending_wait, stamp, standing, team_at
from routing_svc.domain.rules import permit
from routing_svc.domain.state import Ticket
from shared_events.contracts.base import Origin, Step, Tier
from shared_events.contracts.routing import RoutingEvent, TechnicalCaseAnswered, TechnicalCaseOpened


def open_technical_case(command: OpenTechnicalCase, ticket: Ticket) -> Sequence[RoutingEvent]:
    """Ahead of the escalation that would otherwise open it, so that the case can be described."""
    permit(command, ticket)
    return [
        TechnicalCaseOpened(
            case=ticket.cases + 1,
            description=command.description,
            step=Step.TECHNICAL_CASE,
            **stamp(command, ticket),
        )
    ]


def answer_technical_case(command: AnswerTechnicalCase, ticket: Ticket) -> Sequence[RoutingEvent]:
    """Back to the PSE who held the ticket; to another team's queue where one is named."""
    permit(command, ticket)
    team = team_at(ticket, Tier.PSE, command.team)
    return [
        *ending_wait(command, ticket),
        TechnicalCaseAnswered(
            case=ticket.cases,
            answer=len(ticket.answers) + 1,
            text=command.text,
            from_team=standing(ticket)[1],
            team=team,
            agent_id=ticket.pse_agent_id if team == ticket.teams.get(Tier.PSE) else None,
            step=Step.RDE_20,
            **stamp(command, ticket),
        ),
    ]


def case_for(command: TicketCommand, ticket: Ticket, target: Tier) -> Sequence[RoutingEvent]:
    """The technical case that an entry to `target` needs and the ticket does not have yet."""
    if target is not Tier.RDE or ticket.case_open or command.origin is Origin.IMPORT:
        return []
    return [TechnicalCaseOpened(case=ticket.cases + 1, step=Step.TECHNICAL_CASE, **stamp(command, ticket))]
