"""Tickets in examples: their events in the order of the flow chart, and tickets that stand at each of its boxes."""

from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from routing_svc.domain.commands import Command, TicketCommand
from routing_svc.domain.state import Place, Ticket
from routing_svc.domain.ticket import DECIDER
from shared_events.contracts.base import Fact, Origin, Step, Tier
from shared_events.contracts.routing import (
    AnswerAccepted,
    AnswerException,
    AnswerProposed,
    AnswerRejected,
    AnswerSubmitted,
    ClosingCause,
    KnowledgeSearched,
    NoAnswerFound,
    PauseReason,
    ProblemAnalysed,
    ProblemRecorded,
    Resolution,
    RoutingEvent,
    TechnicalCaseAnswered,
    TechnicalCaseOpened,
    TicketAssigned,
    TicketClosed,
    TicketEscalated,
    TicketHandedBack,
    TicketPaused,
    TicketResolved,
    TicketResumed,
    TicketRouted,
)
from shared_events.testing import Spec

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
CUSTOMER: Final = "c1"
AGENT: Final = "agent-1"
OTHER: Final = "agent-2"
PSE_AGENT: Final = "pse-1"
RDE_AGENT: Final = "rde-1"

E = TypeVar("E", bound=Fact)
C = TypeVar("C", bound=TicketCommand)


def happened(kind: type[E], **facts: Any) -> E:
    """An event of the ticket, at noon, by the first agent."""
    said: dict[str, Any] = {"at": NOON, "by": AGENT, "customer_id": CUSTOMER}
    return kind(**said | facts)


def asked(kind: type[C], **facts: Any) -> C:
    """A command to the ticket, at noon, by the first agent."""
    said: dict[str, Any] = {"at": NOON, "by": AGENT}
    return kind(**said | facts)


def imported(kind: type[C], **facts: Any) -> C:
    """A command that an imported log leads to."""
    return asked(kind, origin=Origin.IMPORT, **facts)


def up(before: Tier, after: Tier, **facts: Any) -> TicketEscalated:
    """An escalation between the default teams."""
    said = {"from_tier": before, "from_team": before.lower(), "tier": after, "team": after.lower()}
    return happened(TicketEscalated, **said | facts)


def down(before: Tier, after: Tier, **facts: Any) -> TicketHandedBack:
    """A hand-back between the default teams."""
    said = {"from_tier": before, "from_team": before.lower(), "tier": after, "team": after.lower()}
    return happened(TicketHandedBack, **said | facts)


def taken(tier: Tier, agent_id: str) -> TicketAssigned:
    """Somebody of a default team took the ticket."""
    return happened(TicketAssigned, agent_id=agent_id, tier=tier, team=tier.lower())


def proposed(number: int, tier: Tier, step: Step) -> AnswerProposed:
    """An answer, ready to be submitted."""
    return happened(AnswerProposed, answer=number, tier=tier, text="Restart it.", step=step)


def waits(reason: PauseReason = PauseReason.CUSTOMER) -> TicketPaused:
    """The ticket waits for somebody."""
    return happened(TicketPaused, reason=reason)


def goes_on(reason: PauseReason = PauseReason.CUSTOMER) -> TicketResumed:
    """The wait is over."""
    return happened(TicketResumed, reason=reason)


ROUTED: Final = happened(TicketRouted, tier=Tier.CSE, team="cse", automatic=False)
TAKEN: Final = taken(Tier.CSE, AGENT)
PROBLEM: Final = happened(ProblemRecorded, problem="It drops at night.", step=Step.CSE_10)
SEARCHED: Final = happened(KnowledgeSearched, query="drops at night", found=("KB-1",), step=Step.CSE_20)
PROPOSED: Final = proposed(1, Tier.CSE, Step.CSE_30)
SUBMITTED: Final = happened(AnswerSubmitted, answer=1, tier=Tier.CSE, step=Step.CSE_40)
ACCEPTED: Final = happened(AnswerAccepted, answer=1, tier=Tier.CSE, step=Step.CSE_50)
REJECTED: Final = happened(AnswerRejected, answer=1, tier=Tier.CSE, reason="It still drops.", step=Step.CSE_50)
NO_ANSWER: Final = happened(NoAnswerFound, tier=Tier.CSE, step=Step.CSE_30)
RESOLVED: Final = happened(TicketResolved, resolution=Resolution.ACCEPTED)
CLOSED: Final = happened(TicketClosed, cause=ClosingCause.DONE)
WITHDRAWN: Final = happened(TicketClosed, cause=ClosingCause.WITHDRAWN)

UP_TO_PSE: Final = up(Tier.CSE, Tier.PSE)
TAKEN_BY_PSE: Final = taken(Tier.PSE, PSE_AGENT)
ANALYSED: Final = happened(ProblemAnalysed, tier=Tier.PSE, analysis="The lease lapses.", step=Step.PSE_10)
PROPOSED_BY_PSE: Final = proposed(1, Tier.PSE, Step.PSE_20)
SUBMITTED_BY_PSE: Final = happened(AnswerSubmitted, answer=1, tier=Tier.PSE, step=Step.PSE_30)
ACCEPTED_FROM_PSE: Final = happened(AnswerAccepted, answer=1, tier=Tier.PSE, step=Step.PSE_40)
REJECTED_FROM_PSE: Final = happened(AnswerRejected, answer=1, tier=Tier.PSE, step=Step.PSE_40)
NO_ANSWER_AT_PSE: Final = happened(NoAnswerFound, tier=Tier.PSE, step=Step.PSE_20)

CASE: Final = happened(TechnicalCaseOpened, case=1, step=Step.TECHNICAL_CASE)
UP_TO_RDE: Final = up(Tier.PSE, Tier.RDE)
TAKEN_BY_RDE: Final = taken(Tier.RDE, RDE_AGENT)
ANALYSED_BY_RDE: Final = happened(ProblemAnalysed, tier=Tier.RDE, analysis="A race.", step=Step.RDE_10)
CASE_ANSWERED: Final = happened(
    TechnicalCaseAnswered,
    case=1,
    answer=1,
    text="Update it.",
    from_team="rde",
    team="pse",
    agent_id=PSE_AGENT,
    step=Step.RDE_20,
)
BY_EXCEPTION: Final = happened(
    AnswerSubmitted,
    answer=1,
    tier=Tier.RDE,
    exception=AnswerException.ANSWERED_BY_RDE,
    text="Update it.",
    step=Step.RDE_20,
)

_TO_PSE: Final[tuple[RoutingEvent, ...]] = (ROUTED, UP_TO_PSE, TAKEN_BY_PSE)
_TO_RDE: Final[tuple[RoutingEvent, ...]] = (*_TO_PSE, CASE, UP_TO_RDE, TAKEN_BY_RDE)
_TO_VERDICT: Final[tuple[RoutingEvent, ...]] = (ROUTED, TAKEN, PROBLEM, SEARCHED, PROPOSED, SUBMITTED)

HISTORIES: Final[dict[Place, tuple[RoutingEvent, ...]]] = {
    Place.UNROUTED: (),
    Place.CSE_10: (ROUTED, TAKEN),
    Place.CSE_20: (ROUTED, TAKEN, PROBLEM),
    Place.CSE_30: (ROUTED, TAKEN, PROBLEM, SEARCHED),
    Place.CSE_40: (ROUTED, TAKEN, PROBLEM, SEARCHED, PROPOSED),
    Place.CSE_50: _TO_VERDICT,
    Place.PSE_10: _TO_PSE,
    Place.PSE_20: (*_TO_PSE, ANALYSED),
    Place.PSE_30: (*_TO_PSE, ANALYSED, PROPOSED_BY_PSE),
    Place.PSE_40: (*_TO_PSE, ANALYSED, PROPOSED_BY_PSE, SUBMITTED_BY_PSE),
    Place.RDE_10: _TO_RDE,
    Place.RDE_20: (*_TO_RDE, ANALYSED_BY_RDE),
    Place.RDE_ANSWERED: (*_TO_RDE, ANALYSED_BY_RDE, BY_EXCEPTION),
    Place.RESOLVED: (*_TO_VERDICT, ACCEPTED, RESOLVED),
    Place.CLOSED: (*_TO_VERDICT, ACCEPTED, RESOLVED, CLOSED),
}
"""A way to each place; where somebody can hold the ticket, somebody does."""

ticket: Final[Spec[Command, RoutingEvent, Ticket]] = Spec(DECIDER)
queued: Final = ticket.given(ROUTED)


def at(place: Place) -> Spec[Command, RoutingEvent, Ticket]:
    """A ticket that stands there."""
    return ticket.given(*HISTORIES[place])


def standing_at(place: Place) -> Ticket:
    """The state of a ticket that stands there."""
    return DECIDER.fold(DECIDER.initial, HISTORIES[place])
