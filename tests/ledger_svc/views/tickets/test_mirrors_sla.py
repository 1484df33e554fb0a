"""Whatever becomes of clocks, in whatever order facts arrive, the ledger says the same of them as SLA itself."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any, Final

import pytest

from ledger_svc.views.tickets import document
from ledger_svc.views.tickets.row import TicketRow
from ledger_svc.views.tickets.view import fold
from shared_events.contracts.sla import OnChange
from sla_svc.domain.clocks.clock import BREACH, Clock, State
from sla_svc.domain.clocks.deadlines import deadline_of, in_time, pending
from sla_svc.domain.clocks.differences import Said, crossed, difference
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.facts import Observed, moment
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.policies.rules import Rule, Threshold
from tests.ledger_svc.history import History
from tests.sla_svc.domain.scene import OFFICE, Facts, at, book, calendar, row, rule

HOUR: Final = 3600
MONDAY: Final = "2026-03-02 08:00"
SEEDS: Final = range(8)
MEASURED: Final = ("first_response", "next_reply", "reply_submission", "tier_cse", "tier_pse", "total_resolution")


def rules(name: str, hours: int, on_change: OnChange) -> list[Rule]:
    """Of a row: every metric by the hours of an office."""
    half = Threshold("50%", hours * HOUR // 2)
    about: dict[str, Any] = {"row": name, "calendar": "office", "on_change": on_change, "warnings": (half,)}
    pauses = frozenset({"customer", "awaiting_verdict"})
    return [rule(metric, hours * HOUR, pauses=pauses, **about) for metric in MEASURED]


BOOK: Final = book(
    row("urgent", *rules("urgent", 2, OnChange.FROM_START), urgency="high"),
    row("slow", *rules("slow", 16, OnChange.RESTART), urgency="low"),
    row("all", *rules("all", 8, OnChange.KEEP)),
    calendars=[calendar("office", week=OFFICE)],
)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ledger_says_of_clocks_what_sla_says(seed: int) -> None:
    history, ticket = History(), None
    for clocks, said in kept(seed):
        for recorded in history.of(*(each.event for each in said)):
            ticket = fold(ticket, recorded)
        assert seen_by_ledger(ticket) == seen_by_sla(clocks)


def test_what_is_compared_has_everything_that_can_become_of_a_clock() -> None:
    happened = {type(each.event).__name__ for seed in SEEDS for _, said in kept(seed) for each in said}
    assert happened == {
        "ClockStarted",
        "ClockPaused",
        "ClockResumed",
        "ClockRetargeted",
        "ClockMet",
        "ClockCancelled",
        "SlaWarned",
        "SlaBreached",
        "SlaWarningRetracted",
        "SlaBreachRetracted",
    }


@cache
def kept(seed: int) -> Sequence[tuple[Sequence[Clock], Sequence[Said]]]:
    """The clocks after every fact that arrives and what falls due by then, and what was said of it."""
    facts: list[Observed] = []
    clocks: list[Clock] = []
    steps: list[tuple[Sequence[Clock], Sequence[Said]]] = []
    now = at(MONDAY)
    for fact in arrivals(Random(seed)):
        now = max(now, fact.at)
        facts.append(replace(fact, recorded_at=now))
        found = difference(clocks, judge(facts, BOOK, METRICS, now), (fact.event_id, now))
        clocks, said = list(found.clocks), list(found.said)
        for index, clock in enumerate(clocks):
            for crossing in (each for each in pending(clock) if each.at <= now):
                fired, clocks[index] = crossed(clocks[index], crossing)
                said.append(fired)
        steps.append((tuple(clocks), said))
    return steps


def arrivals(random: Random) -> list[Observed]:
    """Plausible and implausible facts, of which some arrive much later than they happened."""
    story = Facts()
    story.received(MONDAY)
    moment = at(MONDAY)
    for _ in range(24):
        moment += random.choice([60, HOUR, HOUR, 4 * HOUR, 15 * HOUR])
        kind, data = any_fact(random)
        story.add(moment, kind, **data)
    return sorted(story.facts, key=lambda fact: fact.at + random.choice([0, 0, 0, 30 * HOUR]))


def any_fact(random: Random) -> tuple[str, dict[str, Any]]:
    """What may happen to a ticket."""
    tier = random.choice(["CSE", "PSE"])
    classified = {"category": "fees", "request_kind": "new_demand", "urgency": random.choice(["low", "normal", "high"])}
    facts: list[tuple[str, dict[str, Any]]] = [
        ("ConsultationClassified", classified),
        ("CustomerMessageReceived", {"channel": "chat"}),
        ("TicketRouted", {"tier": tier}),
        ("TicketEscalated", {"tier": tier}),
        ("TicketPaused", {"reason": "customer"}),
        ("TicketResumed", {"reason": "customer"}),
        ("AnswerSubmitted", {"answer": 1, "tier": tier}),
        ("AnswerRejected", {"answer": 1, "tier": tier}),
        ("CustomerInformed", {}),
        ("TicketResolved", {"resolution": "accepted"}),
        ("TicketReopened", {"tier": tier}),
    ]
    return random.choices(facts, [3, 3, 3, 2, 3, 3, 2, 2, 1, 1, 2])[0]


def seen_by_ledger(ticket: TicketRow | None) -> dict[str, tuple[Any, ...]]:
    clocks = [] if ticket is None else ticket.document.get("clocks", [])
    return {
        clock["clock_id"]: (
            clock["metric"],
            clock["cycle"],
            clock["state"],
            clock["row"],
            clock["started_at"],
            clock["deadline"] if clock["ended_at"] is None else None,
            clock["ended_at"],
            clock["in_time"],
            tuple(clock["waiting_for"]),
            tuple(sorted(clock["breaches"])),
            warnings_of(clock),
        )
        for clock in clocks
    }


def warnings_of(clock: document.Clock) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((warned["warning"], warned["at"]) for warned in clock["warnings"]))


def seen_by_sla(clocks: Sequence[Clock]) -> dict[str, tuple[Any, ...]]:
    return {
        clock.clock_id: (
            clock.metric,
            clock.cycle,
            clock.state.value,
            clock.terms.rule.row,
            text(clock.started_at),
            text(deadline_of(clock.turns)),
            text(clock.ended_at),
            in_time(clock.turns) if clock.state is State.MET else None,
            clock.turns[-1].why if clock.state is State.PAUSED else (),
            tuple(sorted(text(mark.at) for mark in clock.marks if mark.name == BREACH)),
            tuple(sorted((mark.name, text(mark.at)) for mark in clock.marks if mark.name != BREACH)),
        )
        for clock in clocks
    }


def text(instant: int | None) -> Any:
    return None if instant is None else document.moment(moment(instant))
