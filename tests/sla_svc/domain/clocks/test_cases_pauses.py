"""What goes wrong in other systems when tickets wait: one test for each case, by its number in `docs/sla-cases.md`."""

import pytest

from shared_events.contracts.sla import SlaBreached, TurnKind
from sla_svc.domain.clocks.clock import BREACH, State
from sla_svc.domain.clocks.deadlines import breached_at, crossings, deadline_of, in_time, pending
from sla_svc.domain.policies.rules import Threshold
from tests.sla_svc.domain.clocks.telling import Telling
from tests.sla_svc.domain.scene import OFFICE, Facts, at, book, calendar, clocks, edition, row, rule

HOUR = 3600
CUSTOMER = frozenset({"customer"})
OFFICE_HOURS = calendar("office", week=OFFICE)


@pytest.mark.parametrize(("second", "is_in_time"), [("09:59:59", True), ("10:00:00", True), ("10:00:01", False)])
def test_case_10_a_stop_at_the_deadline_is_in_time_and_a_second_later_is_not(second: str, is_in_time: bool) -> None:
    """Case 10: seconds count; breached iff the stop is later than the deadline."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add(f"2026-03-02 {second}", "AnswerSubmitted", answer=1, tier="CSE", microsecond=999_999)
    (clock,) = clocks(facts, book(row("all", rule("first_response", HOUR))))["first_response"]
    assert in_time(clock.turns) is is_in_time
    assert (breached_at(clock, at("2026-03-03 00:00")) is None) is is_in_time


def test_case_11_every_clock_goes_by_the_calendar_of_its_own_rule() -> None:
    """Case 11: response round the clock, handling in office hours, and each tier as its row says."""
    policy = book(
        row("pse", rule("tier_pse", HOUR, row="pse", calendar="office"), tier="PSE"),
        row("all", rule("first_response", HOUR), rule("total_resolution", HOUR, calendar="office")),
        calendars=[OFFICE_HOURS],
    )
    facts = Facts()
    facts.received("2026-03-07 09:00")
    facts.add("2026-03-07 09:05", "TicketRouted", tier="PSE", team="pse")
    found = clocks(facts, policy)
    deadlines = {metric: deadline_of(clock.turns) for metric, (clock,) in found.items()}
    assert deadlines == {
        "first_response": at("2026-03-07 10:00"),
        "tier_pse": at("2026-03-09 10:00"),
        "total_resolution": at("2026-03-09 10:00"),
    }


def test_case_12_a_ticket_that_is_resolved_while_it_waits_does_not_wait_any_more() -> None:
    """Case 12: pause and resolve in one second; pause, close and reopen: the pause does not come back."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:30", "TicketPaused", reason="customer")
    facts.add("2026-03-02 09:30", "TicketResolved", resolution="no_verdict", microsecond=5)
    facts.add("2026-03-02 12:00", "TicketReopened", cause="other", tier="CSE", team="cse")
    first, second = clocks(facts, book(row("all", rule("total_resolution", HOUR, pauses=CUSTOMER))))["total_resolution"]
    assert (first.turns[-1].kind, first.turns[-1].elapsed) == (TurnKind.MET, 1800)
    assert [turn.kind for turn in second.turns] == [TurnKind.STARTED]
    assert deadline_of(second.turns) == at("2026-03-02 13:00")


def test_case_13_reasons_to_wait_are_a_union() -> None:
    """Case 13: nested and repeated reasons count once; resuming what did not pause does nothing."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:05", "TicketResumed", reason="vendor")
    facts.add("2026-03-02 09:10", "TicketPaused", reason="customer")
    facts.add("2026-03-02 09:15", "TicketPaused", reason="customer")
    facts.add("2026-03-02 09:20", "TicketPaused", reason="vendor")
    facts.add("2026-03-02 09:30", "TicketResumed", reason="customer")
    facts.add("2026-03-02 09:40", "TicketResumed", reason="vendor")
    facts.add("2026-03-02 09:45", "TicketResumed", reason="vendor")
    rules = rule("total_resolution", HOUR, pauses=frozenset({"customer", "vendor"}))
    (clock,) = clocks(facts, book(row("all", rules)))["total_resolution"]
    assert [(turn.kind, turn.at, turn.why) for turn in clock.turns[1:]] == [
        (TurnKind.PAUSED, at("2026-03-02 09:10"), ("customer",)),
        (TurnKind.PAUSED, at("2026-03-02 09:20"), ("customer", "vendor")),
        (TurnKind.PAUSED, at("2026-03-02 09:30"), ("vendor",)),
        (TurnKind.RESUMED, at("2026-03-02 09:40"), ()),
    ]
    assert deadline_of(clock.turns) == at("2026-03-02 10:30")


def test_case_14_a_pause_while_the_centre_is_closed_costs_nothing() -> None:
    """Case 14: over night and over a holiday the clock would not have run anyway."""
    office = calendar("office", week=OFFICE, holidays=["2026-03-03"])
    facts = Facts()
    facts.received("2026-03-02 16:00")
    facts.add("2026-03-02 17:00", "TicketPaused", reason="customer")
    facts.add("2026-03-04 09:00", "TicketResumed", reason="customer")
    rules = rule("total_resolution", 2 * HOUR, calendar="office", pauses=CUSTOMER)
    (clock,) = clocks(facts, book(row("all", rules), calendars=[office]))["total_resolution"]
    assert [turn.elapsed for turn in clock.turns] == [0, HOUR, HOUR]
    assert deadline_of(clock.turns) == at("2026-03-04 10:00")


def test_case_15_a_pause_after_the_breach_does_not_undo_it() -> None:
    """Case 15: the breach stays at its moment, and what is over the target does not grow while the ticket waits."""
    facts = Facts()
    telling = Telling(book(row("all", rule("total_resolution", HOUR, pauses=CUSTOMER))))
    telling.take(facts.received("2026-03-02 09:00"))
    assert telling.pass_to("2026-03-02 10:30") == ["SlaBreached"]
    telling.take(facts.add("2026-03-02 10:30", "TicketPaused", reason="customer"))
    telling.take(facts.add("2026-03-02 11:30", "TicketResumed", reason="customer"))
    assert deadline_of(telling.clock("total_resolution").turns) == at("2026-03-02 10:00")
    telling.take(facts.add("2026-03-02 11:45", "TicketResolved", resolution="accepted"))
    assert telling.pass_to("2026-03-03 00:00") == []
    clock = telling.clock("total_resolution")
    assert (breached_at(clock, clock.turns[-1].at), clock.turns[-1].elapsed) == (at("2026-03-02 10:00"), HOUR + 45 * 60)


def test_case_16_a_pause_that_began_before_the_clock_holds_it_from_its_start() -> None:
    """Case 16: also where a rule that knows the reason takes over later."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:05", "TicketPaused", reason="customer")
    facts.add("2026-03-02 09:10", "TicketRouted", tier="PSE", team="pse")
    facts.classified("2026-03-02 09:20", "fees")
    facts.add("2026-03-02 09:40", "TicketResumed", reason="customer")
    pse = rule("tier_pse", HOUR, pauses=CUSTOMER)
    policy = book(
        row("fees", rule("total_resolution", HOUR, row="fees", pauses=CUSTOMER), category="fees"),
        row("all", pse, rule("total_resolution", 2 * HOUR)),
    )
    found = clocks(facts, policy)
    assert [(turn.kind, turn.at, turn.elapsed) for turn in found["tier_pse"][0].turns] == [
        (TurnKind.STARTED, at("2026-03-02 09:10"), 0),
        (TurnKind.PAUSED, at("2026-03-02 09:10"), 0),
        (TurnKind.RESUMED, at("2026-03-02 09:40"), 0),
    ]
    assert [(turn.kind, turn.at, turn.elapsed) for turn in found["total_resolution"][0].turns] == [
        (TurnKind.STARTED, at("2026-03-02 09:00"), 0),
        (TurnKind.RETARGETED, at("2026-03-02 09:20"), 1200),
        (TurnKind.PAUSED, at("2026-03-02 09:20"), 1200),
        (TurnKind.RESUMED, at("2026-03-02 09:40"), 1200),
    ]


def test_case_17_a_pause_disarms_what_is_pending_and_resuming_arms_what_is_left() -> None:
    """Case 17: what was said before the pause is not said again after it."""
    facts = Facts()
    warnings = (Threshold("25%", 900), Threshold("50%", 1800))
    telling = Telling(book(row("all", rule("total_resolution", HOUR, pauses=CUSTOMER, warnings=warnings))))
    telling.take(facts.received("2026-03-02 09:00"))
    assert telling.pass_to("2026-03-02 09:20") == ["SlaWarned"]
    telling.take(facts.add("2026-03-02 09:20", "TicketPaused", reason="customer"))
    assert pending(telling.clock("total_resolution")) == []
    assert telling.pass_to("2026-03-05 00:00") == []
    telling.take(facts.add("2026-03-05 00:00", "TicketResumed", reason="customer"))
    assert [(each.name, each.at) for each in pending(telling.clock("total_resolution"))] == [
        ("50%", at("2026-03-05 00:10")),
        (BREACH, at("2026-03-05 00:40")),
    ]


def test_case_18_the_past_does_not_change_with_what_pauses_are_called_today() -> None:
    """Case 18: facts and policies hold codes, and a clock goes by the version of the policy that it began with."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:10", "TicketPaused", reason="customer")
    facts.add("2026-03-02 09:50", "TicketResumed", reason="customer")
    rules = rule("total_resolution", HOUR, pauses=CUSTOMER)
    before = clocks(facts, book(row("all", rules)))["total_resolution"]
    later = edition(row("all", rule("total_resolution", HOUR)), version="2", since=at("2026-03-02 09:30"))
    assert clocks(facts, book(row("all", rules), later=[later]))["total_resolution"] == before


@pytest.mark.parametrize(("first", "pauses"), [("TicketPaused", False), ("TicketResumed", True)])
def test_case_19_of_two_facts_with_the_same_moment_the_stream_knows_which_came_first(first: str, pauses: bool) -> None:
    """Case 19: the version of the stream decides, not the moment."""
    second = "TicketResumed" if first == "TicketPaused" else "TicketPaused"
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:10", first, reason="customer")
    facts.add("2026-03-02 09:10", second, reason="customer")
    policy = book(row("all", rule("total_resolution", HOUR, pauses=CUSTOMER)))
    for arrival in (facts.facts, facts.facts[::-1]):
        (clock,) = clocks(arrival, policy)["total_resolution"]
        assert clock.state is (State.PAUSED if pauses else State.RUNNING)


@pytest.mark.parametrize("kind", ["AnswerSubmitted", "CustomerInformed"])
def test_case_19_of_two_cycles_that_begin_within_a_second_the_one_that_ended_there_is_the_first(kind: str) -> None:
    """Case 19: the numbers of the cycles go by the order of the facts, not by their ids."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    for _ in range(4):
        facts.add("2026-03-02 09:10", kind, answer=1, tier="CSE")
    found = clocks(facts, book(row("all", rule("periodic_update", HOUR))))["periodic_update"]
    assert [(clock.cycle, clock.turns[0].cause) for clock in found] == [
        (number, fact.event_id) for number, fact in enumerate(facts.facts[1:], 1)
    ]
    assert [clock.state for clock in found] == [State.MET] * 3 + [State.RUNNING]


def test_case_20_a_pause_ends_when_somebody_says_so_be_it_a_program() -> None:
    """Case 20: whoever limits how long a ticket waits resumes it; the customer's word does not."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:30", "TicketPaused", reason="customer")
    facts.add("2026-03-04 09:00", "CustomerMessageReceived")
    policy = book(row("all", rule("total_resolution", HOUR, pauses=CUSTOMER)))
    (clock,) = clocks(facts, policy)["total_resolution"]
    assert clock.state is State.PAUSED
    facts.add("2026-03-05 09:30", "TicketResumed", reason="customer", by="system:routing")
    (clock,) = clocks(facts, policy)["total_resolution"]
    assert deadline_of(clock.turns) == at("2026-03-05 10:00")


def test_a_ticket_that_goes_up_waits_for_the_verdict_no_more() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:01", "TicketRouted", tier="CSE", team="cse")
    facts.add("2026-03-02 09:30", "AnswerSubmitted", answer=1, tier="CSE")
    facts.add("2026-03-02 09:40", "TicketEscalated", from_tier="CSE", tier="PSE", from_team="cse", team="pse")
    rules = rule("total_resolution", HOUR, pauses=frozenset({"awaiting_verdict"}))
    (clock,) = clocks(facts, book(row("all", rules)))["total_resolution"]
    assert deadline_of(clock.turns) == at("2026-03-02 10:10")


def test_a_deadline_that_is_reached_as_the_pause_begins_is_over_when_the_pause_ends() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 10:00", "TicketPaused", reason="customer")
    facts.add("2026-03-02 11:00", "TicketResumed", reason="customer")
    telling = Telling(book(row("all", rule("total_resolution", HOUR, pauses=CUSTOMER))))
    telling.take(*facts.facts)
    assert [(each.name, each.at) for each in crossings(telling.clock("total_resolution").turns)] == [
        (BREACH, at("2026-03-02 10:00"))
    ]
    telling.pass_to("2026-03-02 12:00")
    assert isinstance(telling.said[-1].event, SlaBreached)
