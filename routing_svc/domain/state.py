"""Where a ticket is: its places on the flow chart, its state, and how events change it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, assert_never

from shared_events.contracts.base import AgentId, CustomerId, Instant, Tier
from shared_events.contracts.routing import (
    AnswerAccepted,
    AnswerProposed,
    AnswerRejected,
    AnswerSubmitted,
    ClosingCause,
    CustomerInformed,
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
    TicketReleased,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketRouted,
    TicketTransferred,
)


class Place(StrEnum):
    """The box of the flow chart that is to be done next; three places are outside the chart."""

    UNROUTED = "unrouted"
    CSE_10 = "CSE-10"
    CSE_20 = "CSE-20"
    CSE_30 = "CSE-30"
    CSE_40 = "CSE-40"
    CSE_50 = "CSE-50"
    PSE_10 = "PSE-10"
    PSE_20 = "PSE-20"
    PSE_30 = "PSE-30"
    PSE_40 = "PSE-40"
    RDE_10 = "RDE-10"
    RDE_20 = "RDE-20"
    RDE_ANSWERED = "answered-by-RDE"
    """The verdict on an answer that was submitted by exception."""
    RESOLVED = "resolved"
    """CCE-10 visits the customer from here, where the answer was accepted."""
    CLOSED = "closed"


class Status(StrEnum):
    """What a front end shows first."""

    UNROUTED = "unrouted"
    QUEUED = "queued"
    IN_WORK = "in_work"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    CLOSED = "closed"


class AnswerStatus(StrEnum):
    """What became of an answer."""

    PROPOSED = "proposed"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    """Replaced by another proposal, or left behind when the ticket moved or was reopened."""


ENTRANCES: Final[Mapping[Tier, Place]] = {Tier.CSE: Place.CSE_10, Tier.PSE: Place.PSE_10, Tier.RDE: Place.RDE_10}
"""Whoever enters a tier enters at its first box, also when coming back."""

PROPOSALS: Final[Mapping[Tier, Place]] = {Tier.CSE: Place.CSE_40, Tier.PSE: Place.PSE_30, Tier.RDE: Place.RDE_20}
VERDICTS: Final[Mapping[Tier, Place]] = {Tier.CSE: Place.CSE_50, Tier.PSE: Place.PSE_40, Tier.RDE: Place.RDE_ANSWERED}

AT_CSE: Final = frozenset({Place.CSE_10, Place.CSE_20, Place.CSE_30, Place.CSE_40})
AT_PSE: Final = frozenset({Place.PSE_10, Place.PSE_20, Place.PSE_30})
AT_RDE: Final = frozenset({Place.RDE_10, Place.RDE_20})
WORKING: Final = AT_CSE | AT_PSE | AT_RDE
ANSWERED: Final = frozenset(VERDICTS.values())
OPEN: Final = WORKING | ANSWERED


_Entry = TicketRouted | TicketEscalated | TicketHandedBack | TicketReopened | TechnicalCaseAnswered
"""What brings a ticket into a tier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """The state of a ticket. `teams` holds the team that had it last in each tier."""

    place: Place = Place.UNROUTED
    customer_id: CustomerId = ""
    tier: Tier | None = None
    team: str | None = None
    teams: Mapping[Tier, str] = field(default_factory=dict)
    entered_at: Instant | None = None
    """Since when it has been in its tier, this time."""
    agent_id: AgentId | None = None
    """Who holds the ticket; of a resolved or closed one, who held it last."""
    pse_agent_id: AgentId | None = None
    """The PSE to whom RDE's answer returns."""
    paused: PauseReason | None = None
    answers: tuple[AnswerStatus, ...] = ()
    """Answer number n is at n - 1."""
    cases: int = 0
    case_open: bool = False
    resolution: Resolution | None = None
    closing_cause: ClosingCause | None = None
    callbacks_answered: frozenset[str] = frozenset()
    """The callbacks whose dissatisfaction has reopened the ticket."""

    @property
    def status(self) -> Status:
        """The place, without the box."""
        if self.place in WORKING:
            return Status.QUEUED if self.agent_id is None else Status.IN_WORK
        return Status.ANSWERED if self.place in ANSWERED else Status(self.place.value)

    @property
    def open_answer(self) -> int | None:
        """The number of the answer that waits for its submission or its verdict."""
        waits = self.answers[-1:] in {(AnswerStatus.PROPOSED,), (AnswerStatus.SUBMITTED,)}
        return len(self.answers) if waits and self.place in OPEN else None

    @property
    def open_case(self) -> int | None:
        """The number of the technical case that RDE has not answered."""
        return self.cases if self.case_open else None


def evolve(ticket: Ticket, event: RoutingEvent) -> Ticket:  # noqa: C901, PLR0912  # one case for each event
    """The ticket after the event; total, so that any history can be folded."""
    match event:
        case TicketRouted():
            return _entered(replace(ticket, customer_id=event.customer_id), event, event.tier)
        case TicketAssigned():
            return replace(ticket, agent_id=event.agent_id)
        case TicketReleased():
            return replace(ticket, agent_id=None)
        case ProblemRecorded():
            return _stepped(ticket, Place.CSE_10, Place.CSE_20)
        case KnowledgeSearched():
            return _stepped(ticket, Place.CSE_20, Place.CSE_30)
        case ProblemAnalysed():
            return _stepped(_stepped(ticket, Place.PSE_10, Place.PSE_20), Place.RDE_10, Place.RDE_20)
        case AnswerProposed():
            proposed = _answered(_lapsed(ticket), event.answer, AnswerStatus.PROPOSED)
            return replace(proposed, place=PROPOSALS[event.tier])
        case AnswerSubmitted():
            submitted = _answered(ticket, event.answer, AnswerStatus.SUBMITTED)
            return replace(submitted, place=VERDICTS[event.tier], resolution=None, closing_cause=None)
        case AnswerAccepted():
            return _answered(ticket, event.answer, AnswerStatus.ACCEPTED)
        case AnswerRejected():
            rejected = _answered(ticket, event.answer, AnswerStatus.REJECTED)
            return replace(rejected, place=ENTRANCES[event.tier])
        case NoAnswerFound() | CustomerInformed():
            return ticket
        case TicketEscalated() | TicketHandedBack():
            return _entered(ticket, event, event.tier)
        case TicketTransferred():
            return replace(ticket, team=event.team, teams={**ticket.teams, event.tier: event.team}, agent_id=None)
        case TechnicalCaseOpened():
            return replace(ticket, cases=event.case, case_open=True)
        case TechnicalCaseAnswered():
            return _returned(ticket, event)
        case TicketPaused():
            return replace(ticket, paused=event.reason)
        case TicketResumed():
            return replace(ticket, paused=None)
        case TicketResolved():
            return replace(_lapsed(ticket), place=Place.RESOLVED, resolution=event.resolution)
        case TicketReopened():
            return _reopened(ticket, event)
        case TicketClosed():
            closed = replace(ticket, place=Place.CLOSED, closing_cause=event.cause)
            return replace(_lapsed(closed), customer_id=event.customer_id)
        case _:
            assert_never(event)


def _stepped(ticket: Ticket, before: Place, after: Place) -> Ticket:
    return replace(ticket, place=after) if ticket.place is before else ticket


def _entered(ticket: Ticket, event: _Entry, tier: Tier) -> Ticket:
    return replace(
        _lapsed(ticket),
        place=ENTRANCES[tier],
        tier=tier,
        team=event.team,
        teams={**ticket.teams, tier: event.team},
        entered_at=event.at,
        agent_id=None,
        pse_agent_id=ticket.agent_id if ticket.tier is Tier.PSE else ticket.pse_agent_id,
    )


def _returned(ticket: Ticket, event: TechnicalCaseAnswered) -> Ticket:
    at_pse = replace(_entered(ticket, event, Tier.PSE), agent_id=event.agent_id, case_open=False)
    return replace(_answered(at_pse, event.answer, AnswerStatus.PROPOSED), place=Place.PSE_30)


def _reopened(ticket: Ticket, event: TicketReopened) -> Ticket:
    callbacks = {event.callback_id} if event.callback_id is not None else set()
    before = _lapsed(replace(ticket, customer_id=event.customer_id), AnswerStatus.SUBMITTED)
    return replace(
        _entered(before, event, event.tier),
        pse_agent_id=None,
        resolution=None,
        closing_cause=None,
        callbacks_answered=ticket.callbacks_answered | callbacks,
    )


def _lapsed(ticket: Ticket, status: AnswerStatus = AnswerStatus.PROPOSED) -> Ticket:
    if ticket.answers[-1:] != (status,):
        return ticket
    return replace(ticket, answers=(*ticket.answers[:-1], AnswerStatus.LAPSED))


def _answered(ticket: Ticket, number: int, status: AnswerStatus) -> Ticket:
    before, after = ticket.answers[: number - 1], ticket.answers[number:]
    return replace(ticket, answers=(*before, status, *after))
