"""The transition table: which command has its place where. `allowed` and the refusals of `decide` both come from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from routing_svc.domain.commands import Action, TicketCommand
from routing_svc.domain.refusals import Refusal
from routing_svc.domain.state import ANSWERED, AT_CSE, AT_PSE, AT_RDE, OPEN, WORKING, Place, Ticket
from shared_events.contracts.base import Origin
from shared_events.decider import Refused


def _anything(_ticket: Ticket) -> Refusal | None:
    return None


def _no_open_case(ticket: Ticket) -> Refusal | None:
    return Refusal.CASE_ALREADY_OPEN if ticket.case_open else None


def _open_case(ticket: Ticket) -> Refusal | None:
    return None if ticket.case_open else Refusal.NO_OPEN_CASE


def _paused(ticket: Ticket) -> Refusal | None:
    return None if ticket.paused else Refusal.WRONG_STEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Where a command has its place. `instead` names the refusal at particular places, `otherwise` at other work.

    `held` demands that somebody holds the ticket. `imported` is where an imported log may show the command too.
    """

    places: frozenset[Place]
    held: bool = False
    when: Callable[[Ticket], Refusal | None] = _anything
    instead: Mapping[Place, Refusal] = field(default_factory=dict)
    otherwise: Refusal = Refusal.WRONG_STEP
    imported: frozenset[Place] = frozenset()


_ENDED: Final = frozenset({Place.RESOLVED, Place.CLOSED})

_ELSEWHERE: Final[Mapping[Place, Refusal]] = {
    Place.UNROUTED: Refusal.NOT_ROUTED,
    **dict.fromkeys(ANSWERED, Refusal.VERDICT_OPEN),
    Place.RESOLVED: Refusal.ALREADY_RESOLVED,
    Place.CLOSED: Refusal.ALREADY_CLOSED,
}

_NOT_YET: Final[Mapping[Place, Refusal]] = {
    Place.CSE_10: Refusal.PROBLEM_NOT_RECORDED,
    Place.CSE_20: Refusal.NOT_SEARCHED,
    Place.PSE_10: Refusal.NOT_ANALYSED,
}

_ONLY_BY_EXCEPTION: Final = dict.fromkeys(AT_RDE, Refusal.RDE_DOES_NOT_TALK_TO_CUSTOMERS)

RULES: Final[Mapping[Action, Rule]] = {
    Action.ROUTE: Rule(
        places=frozenset({Place.UNROUTED}), instead=dict.fromkeys(OPEN | _ENDED, Refusal.ALREADY_ROUTED)
    ),
    Action.ASSIGN: Rule(places=OPEN),
    Action.RELEASE: Rule(places=OPEN, held=True),
    Action.RECORD_PROBLEM: Rule(places=AT_CSE, held=True, otherwise=Refusal.WRONG_TIER),
    Action.RECORD_SEARCH: Rule(
        places=AT_CSE - {Place.CSE_10},
        held=True,
        instead={Place.CSE_10: Refusal.PROBLEM_NOT_RECORDED},
        otherwise=Refusal.WRONG_TIER,
    ),
    Action.RECORD_ANALYSIS: Rule(places=AT_PSE | AT_RDE, held=True, otherwise=Refusal.WRONG_TIER),
    Action.PROPOSE_ANSWER: Rule(
        places=frozenset({Place.CSE_30, Place.CSE_40, Place.PSE_20, Place.PSE_30}),
        held=True,
        instead={**_NOT_YET, **_ONLY_BY_EXCEPTION},
    ),
    Action.SUBMIT_ANSWER: Rule(
        places=frozenset({Place.CSE_40, Place.PSE_30}) | AT_RDE,
        held=True,
        otherwise=Refusal.NOTHING_PROPOSED,
        imported=WORKING | _ENDED,
    ),
    Action.ACCEPT_ANSWER: Rule(places=ANSWERED, otherwise=Refusal.ANSWER_NOT_SUBMITTED),
    Action.REJECT_ANSWER: Rule(places=ANSWERED, otherwise=Refusal.ANSWER_NOT_SUBMITTED),
    Action.REPORT_NO_ANSWER: Rule(
        places=frozenset({Place.CSE_30, Place.PSE_20}),
        held=True,
        instead={
            **_NOT_YET,
            Place.CSE_40: Refusal.ANSWER_PROPOSED,
            Place.PSE_30: Refusal.ANSWER_PROPOSED,
            **dict.fromkeys(AT_RDE, Refusal.HIGHEST_TIER),
        },
    ),
    Action.ESCALATE: Rule(places=AT_CSE | AT_PSE, otherwise=Refusal.HIGHEST_TIER),
    Action.HAND_BACK: Rule(places=AT_PSE | AT_RDE, otherwise=Refusal.LOWEST_TIER),
    Action.TRANSFER: Rule(places=WORKING),
    Action.OPEN_TECHNICAL_CASE: Rule(places=AT_PSE | AT_RDE, when=_no_open_case, otherwise=Refusal.WRONG_TIER),
    Action.ANSWER_TECHNICAL_CASE: Rule(
        places=frozenset({Place.RDE_20}),
        held=True,
        when=_open_case,
        instead={Place.RDE_10: Refusal.NOT_ANALYSED},
        otherwise=Refusal.WRONG_TIER,
    ),
    Action.INFORM_CUSTOMER: Rule(places=OPEN | {Place.RESOLVED}),
    Action.PAUSE: Rule(places=WORKING),
    Action.RESUME: Rule(places=WORKING, when=_paused),
    Action.RESOLVE: Rule(places=OPEN),
    Action.REOPEN: Rule(
        places=_ENDED, instead=dict.fromkeys(ANSWERED, Refusal.NOT_RESOLVED), otherwise=Refusal.NOT_RESOLVED
    ),
    Action.CLOSE: Rule(places=frozenset({Place.RESOLVED}), otherwise=Refusal.NOT_RESOLVED),
    Action.WITHDRAW: Rule(places=frozenset(Place) - {Place.CLOSED}),
}

TITLES: Final[Mapping[Place, str]] = {
    Place.UNROUTED: "not routed",
    Place.CSE_10: "confirm and record the problem",
    Place.CSE_20: "search the material",
    Place.CSE_30: "answer found?",
    Place.CSE_40: "submit the answer",
    Place.CSE_50: "does the customer accept?",
    Place.PSE_10: "analyse the problem",
    Place.PSE_20: "answer found?",
    Place.PSE_30: "submit the answer",
    Place.PSE_40: "does the customer accept?",
    Place.RDE_10: "analyse the problem",
    Place.RDE_20: "provide an answer",
    Place.RDE_ANSWERED: "does the customer accept?",
    Place.RESOLVED: "resolved",
    Place.CLOSED: "closed",
}


def why_not(action: Action, ticket: Ticket, origin: Origin = Origin.LIVE) -> Refusal | None:
    """The reason why the command has no place here, or None. What its parameters say is judged by `decide`."""
    rule = RULES[action]
    imported = origin is Origin.IMPORT
    if ticket.place not in (rule.places | rule.imported if imported else rule.places):
        return rule.instead.get(ticket.place) or _ELSEWHERE.get(ticket.place, rule.otherwise)
    if rule.held and ticket.agent_id is None and not imported:
        return Refusal.NOBODY_HOLDS_IT
    return rule.when(ticket)


def allowed(ticket: Ticket) -> tuple[Action, ...]:
    """The commands that would change the ticket now, for somebody with the right to give them."""
    return tuple(action for action in Action if why_not(action, ticket) is None)


def permit(command: TicketCommand, ticket: Ticket) -> None:
    """Refuse a command that has no place here."""
    if reason := why_not(command.action, ticket, command.origin):
        raise refused(reason, ticket)


def refused(reason: Refusal, ticket: Ticket) -> Refused:
    """The refusal, with where the ticket is and what it would accept."""
    return Refused(reason, now=whereabouts(ticket), allowed=allowed(ticket))


def whereabouts(ticket: Ticket) -> str:
    """Where the ticket is, in a sentence."""
    if ticket.place is Place.UNROUTED:
        return "The ticket is not routed."
    if ticket.place in _ENDED:
        cause = f" ({ticket.closing_cause.value})" if ticket.closing_cause else ""
        return f"The ticket is {ticket.place.value}{cause}."
    holder = f"in the queue of team {ticket.team}"
    if ticket.agent_id is not None:
        holder = f"with agent {ticket.agent_id} of team {ticket.team}"
    waits = f", waiting ({ticket.paused.value})" if ticket.paused else ""
    return f"The ticket is at {ticket.place.value} ({TITLES[ticket.place]}), {holder}{waits}."
