"""Every transition of the flow, found by asking `DECIDER`, and the page `docs/flow.md` that shows them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Final, TypedDict

from routing_svc.domain.commands import (
    AcceptAnswer,
    Action,
    AnswerTechnicalCase,
    AssignTicket,
    CloseTicket,
    Command,
    EscalateTicket,
    HandBackTicket,
    InformCustomer,
    OpenTechnicalCase,
    PauseTicket,
    ProposeAnswer,
    RecordAnalysis,
    RecordProblem,
    RecordSearch,
    RejectAnswer,
    ReleaseTicket,
    ReopenTicket,
    ReportNoAnswer,
    ResolveTicket,
    ResumeTicket,
    RouteTicket,
    SubmitAnswer,
    TransferTicket,
    WithdrawTicket,
)
from routing_svc.domain.rules import RULES, TITLES
from routing_svc.domain.state import OPEN, Place, Ticket
from routing_svc.domain.ticket import DECIDER
from shared_events.contracts.base import ActorId, Tier
from shared_events.contracts.routing import (
    AnswerAccepted,
    AnswerException,
    DirectReason,
    PauseReason,
    ReopeningCause,
    Resolution,
    RoutingEvent,
    TechnicalCaseOpened,
)
from shared_events.decider import Refused


class _Stamp(TypedDict):
    at: datetime
    by: ActorId


_STAMP: Final[_Stamp] = {"at": datetime(2026, 1, 1, tzinfo=UTC), "by": "an-agent"}
_CLAIM: Final = AssignTicket(agent_id="an-agent", **_STAMP)

VARIANTS: Final[Sequence[tuple[str, Command]]] = (
    ("route", RouteTicket(customer_id="c", **_STAMP)),
    ("route to PSE", RouteTicket(customer_id="c", tier=Tier.PSE, direct_reason=DirectReason.SPECIAL_CASE, **_STAMP)),
    ("route to RDE", RouteTicket(customer_id="c", tier=Tier.RDE, direct_reason=DirectReason.SPECIAL_CASE, **_STAMP)),
    ("assign", AssignTicket(agent_id="another", by_lead=True, **_STAMP)),
    ("release", ReleaseTicket(**_STAMP)),
    ("record_problem", RecordProblem(problem="-", **_STAMP)),
    ("record_search", RecordSearch(query="-", **_STAMP)),
    ("record_analysis", RecordAnalysis(analysis="-", **_STAMP)),
    ("propose_answer", ProposeAnswer(text="-", **_STAMP)),
    ("submit_answer", SubmitAnswer(**_STAMP)),
    (
        "submit_answer by exception",
        SubmitAnswer(exception=AnswerException.ANSWERED_BY_RDE, text="-", by_lead=True, **_STAMP),
    ),
    ("accept_answer", AcceptAnswer(**_STAMP)),
    ("reject_answer", RejectAnswer(**_STAMP)),
    ("report_no_answer", ReportNoAnswer(**_STAMP)),
    ("escalate", EscalateTicket(**_STAMP)),
    ("escalate past PSE", EscalateTicket(tier=Tier.RDE, reason="-", **_STAMP)),
    ("hand_back", HandBackTicket(**_STAMP)),
    ("hand_back past PSE", HandBackTicket(tier=Tier.CSE, reason="-", **_STAMP)),
    ("transfer", TransferTicket(team="another", told_customer="-", **_STAMP)),
    ("open_technical_case", OpenTechnicalCase(**_STAMP)),
    ("answer_technical_case", AnswerTechnicalCase(text="-", **_STAMP)),
    ("inform_customer", InformCustomer(message="-", **_STAMP)),
    ("pause", PauseTicket(reason=PauseReason.CUSTOMER, **_STAMP)),
    ("resume", ResumeTicket(**_STAMP)),
    ("resolve as no_verdict", ResolveTicket(resolution=Resolution.NO_VERDICT, **_STAMP)),
    ("resolve", ResolveTicket(resolution=Resolution.NO_ANSWER_NEEDED, **_STAMP)),
    ("reopen", ReopenTicket(cause=ReopeningCause.RECURRED, **_STAMP)),
    ("close", CloseTicket(**_STAMP)),
    ("withdraw", WithdrawTicket(customer_id="c", **_STAMP)),
)

CHART: Final = frozenset(
    {
        Action.RECORD_PROBLEM,
        Action.RECORD_SEARCH,
        Action.RECORD_ANALYSIS,
        Action.PROPOSE_ANSWER,
        Action.SUBMIT_ANSWER,
        Action.ACCEPT_ANSWER,
        Action.REJECT_ANSWER,
        Action.REPORT_NO_ANSWER,
        Action.ANSWER_TECHNICAL_CASE,
    }
)
"""The commands that are steps of the flow chart; the others go round it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """What one command does to a ticket at one place. `label` tells variants of a command apart."""

    action: Action
    label: str
    before: Place
    events: tuple[RoutingEvent, ...]
    after: Place


def transitions() -> Sequence[Transition]:
    """Every transition from every place, in the order of the commands and of the chart.

    One ticket stands for each place: the first that is found there, held by somebody, without a technical case if it
    can be, not waiting. Resuming is shown from a wait.
    """
    found: list[Transition] = []
    waiting = [Ticket()]
    seen = {Place.UNROUTED}
    while waiting:
        ticket = waiting.pop(0)
        for transition, after in _from(ticket):
            found.append(transition)
            if after.place not in seen:
                seen.add(after.place)
                waiting.append(_held(after))
    labels = [label for label, _ in VARIANTS]
    places = list(Place)
    return sorted(found, key=lambda each: (labels.index(each.label), places.index(each.before)))


def flow_page() -> str:
    """The whole of `docs/flow.md`."""
    every = transitions()
    return "\n".join(
        [
            *_INTRODUCTION,
            "## The chart",
            "",
            *_diagram(_chart_lines(every)),
            "",
            "## Round the chart",
            "",
            "Moves between tiers, the end of a ticket and its return, which is to the tier that had it last.",
            "",
            *_diagram(_move_lines(every)),
            "",
            "## Which command has its place where",
            "",
            *_matrix(),
            "",
            "## What follows",
            "",
            *_table(every),
            "",
        ]
    )


_INTRODUCTION: Final = (
    "# The flow of a ticket",
    "",
    "Generated from the code by `make schemas`; do not edit. Codes are those of the flow chart CS/TA06-24.",
    "",
)


def _from(ticket: Ticket) -> Iterator[tuple[Transition, Ticket]]:
    for label, command in VARIANTS:
        before = _paused(ticket) if command.action is Action.RESUME else ticket
        try:
            events = tuple(DECIDER.decide(command, before))
        except Refused:
            continue
        if events and not (label.endswith("past PSE") and ticket.tier is Tier.PSE):
            after = DECIDER.fold(before, events)
            yield (
                Transition(action=command.action, label=label, before=ticket.place, events=events, after=after.place),
                after,
            )


def _held(ticket: Ticket) -> Ticket:
    if ticket.place not in OPEN:
        return ticket
    return DECIDER.fold(ticket, DECIDER.decide(_CLAIM, ticket))


def _paused(ticket: Ticket) -> Ticket:
    wait = PauseTicket(reason=PauseReason.VENDOR, **_STAMP)
    try:
        return DECIDER.fold(ticket, DECIDER.decide(wait, ticket))
    except Refused:
        return ticket


def _diagram(lines: Sequence[str]) -> Sequence[str]:
    return ["```mermaid", "stateDiagram-v2", *(f"    {line}" for line in lines), "```"]


def _chart_lines(every: Sequence[Transition]) -> Sequence[str]:
    names = [
        f"{_id(place)}: {place.value} {TITLES[place]}" for place in Place if place.value[:3] in {"CSE", "PSE", "RDE"}
    ]
    drawn = [each for each in every if each.action in CHART and each.before is not each.after]
    return [
        *names,
        "technical_case: technical case",
        "resolved: CCE-10 callback visit",
        f"[*] --> {_id(Place.CSE_10)}: route",
        *(f"{_id(each.before)} --> {_target(each)}: {each.label}" for each in drawn),
        f"technical_case --> {_id(Place.RDE_10)}",
        "resolved --> [*]: close",
    ]


def _move_lines(every: Sequence[Transition]) -> Sequence[str]:
    drawn = [each for each in every if each.action not in CHART and _region(each.before) != _region(each.after)]
    lines = [f"{_region(each.before)} --> {_region(each.after)}: {each.label}" for each in drawn]
    return list(dict.fromkeys(lines))


def _region(place: Place) -> str:
    if place is Place.UNROUTED:
        return "[*]"
    if place is Place.RDE_ANSWERED:
        return "RDE"
    return place.value[:3] if place in OPEN else place.value


def _id(place: Place) -> str:
    return place.value.replace("-", "_")


def _target(transition: Transition) -> str:
    if any(isinstance(event, TechnicalCaseOpened) for event in transition.events):
        return "technical_case"
    return _id(transition.after)


def _matrix() -> Sequence[str]:
    head = "| command | " + " | ".join(place.value for place in Place) + " | held |"
    line = "|---" * (len(Place) + 2) + "|"
    rows = [
        f"| `{action.value}` | "
        + " | ".join("●" if place in rule.places else "" for place in Place)
        + f" | {'yes' if rule.held else ''} |"
        for action, rule in RULES.items()
    ]
    return [head, line, *rows]


def _table(every: Sequence[Transition]) -> Sequence[str]:
    rows = ["| command | at | events | then at |", "|---|---|---|---|"]
    for (label, events, after), group in groupby(every, key=_outcome):
        rows.append(f"| {label} | {', '.join(each.before.value for each in group)} | {events} | {after} |")
    return rows


def _outcome(transition: Transition) -> tuple[str, str, str]:
    events = ", ".join(_event(event) for event in transition.events)
    if transition.before is transition.after:
        return transition.label, events, "the same"
    if transition.action is Action.REOPEN:
        return transition.label, events, "the first box of the tier that had it last"
    accepted = any(isinstance(event, AnswerAccepted) for event in transition.events)
    return transition.label, events, "resolved, CCE-10" if accepted else transition.after.value


def _event(event: RoutingEvent) -> str:
    step = f" ({event.step.value})" if event.step else ""
    return f"{type(event).__name__}{step}"
