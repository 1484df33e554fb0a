"""How clocks go, by the facts of a ticket."""

from shared_events.contracts.sla import OnChange, TurnKind
from sla_svc.domain.clocks.clock import BREACH, State
from sla_svc.domain.clocks.deadlines import crossings, deadline_of, in_time
from sla_svc.domain.policies.rules import Threshold
from tests.sla_svc.domain.scene import OFFICE, Facts, at, book, calendar, clocks, row, rule

HOUR = 3600


def test_the_first_response_is_counted_from_the_contact_to_the_answer() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:10", contacted="2026-03-02 09:00")
    facts.add("2026-03-02 09:50", "AnswerSubmitted", answer=1, tier="CSE")
    (clock,) = clocks(facts, book(row("all", rule("first_response", HOUR))))["first_response"]
    assert [(turn.kind, turn.at, turn.elapsed) for turn in clock.turns] == [
        (TurnKind.STARTED, at("2026-03-02 09:00"), 0),
        (TurnKind.MET, at("2026-03-02 09:50"), 50 * 60),
    ]
    assert in_time(clock.turns)


def test_a_pause_moves_the_deadline_by_the_open_time_that_it_takes() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 11:30", "TicketPaused", reason="customer")
    facts.add("2026-03-02 13:30", "TicketResumed", reason="customer")
    office = calendar("office", week=OFFICE)
    rules = rule("total_resolution", 8 * HOUR, calendar="office", pauses=frozenset({"customer"}))
    (clock,) = clocks(facts, book(row("all", rules), calendars=[office]))["total_resolution"]
    assert clock.turns[-1].elapsed == 2 * HOUR + 1800
    assert deadline_of(clock.turns) == at("2026-03-03 11:00")


def test_a_complaint_is_handled_from_the_response_or_from_when_that_was_due() -> None:
    policy = book(
        row("A", rule("first_response", HOUR), rule("complaint_handling", 24 * HOUR), category="complaint"),
    )
    early = Facts()
    early.received("2026-03-02 09:00")
    early.classified("2026-03-02 09:10", "complaint", complaint_grade="A")
    early.add("2026-03-02 09:30", "CustomerInformed")
    (clock,) = clocks(early, policy)["complaint_handling"]
    assert clock.started_at == at("2026-03-02 09:30")
    late = Facts()
    late.received("2026-03-02 09:00")
    late.classified("2026-03-02 09:10", "complaint", complaint_grade="A")
    assert "complaint_handling" not in clocks(late, policy, until=at("2026-03-02 09:59"))
    (clock,) = clocks(late, policy, until=at("2026-03-02 10:00"))["complaint_handling"]
    assert clock.started_at == at("2026-03-02 10:00")
    late.add("2026-03-02 12:00", "CustomerInformed")
    (clock,) = clocks(late, policy)["complaint_handling"]
    assert (clock.started_at, deadline_of(clock.turns)) == (at("2026-03-02 10:00"), at("2026-03-03 10:00"))


def test_another_grade_retargets_the_clock_from_the_start() -> None:
    policy = book(
        row("A", rule("first_response", HOUR, row="A", on_change=OnChange.FROM_START), grade="A"),
        row("all", rule("first_response", 4 * HOUR, warnings=(Threshold("50%", 2 * HOUR),))),
    )
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.classified("2026-03-02 12:00", "complaint", complaint_grade="A")
    # The grade is known as `complaint_grade`, and asked for as `grade`.
    (clock,) = clocks(facts, policy)["first_response"]
    assert [turn.kind for turn in clock.turns] == [TurnKind.STARTED, TurnKind.RETARGETED]
    assert [(each.name, each.at) for each in crossings(clock.turns)] == [
        ("50%", at("2026-03-02 11:00")),
        (BREACH, at("2026-03-02 12:00")),
    ]


def test_coming_back_to_a_tier_is_a_new_cycle() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00", contacted="2026-03-02 08:50")
    facts.add("2026-03-02 09:05", "TicketRouted", tier="CSE", team="cse")
    facts.add("2026-03-02 10:00", "TicketEscalated", from_tier="CSE", tier="PSE", from_team="cse", team="pse")
    facts.add("2026-03-02 11:00", "TicketHandedBack", from_tier="PSE", tier="CSE", from_team="pse", team="cse")
    facts.add("2026-03-02 12:00", "TicketResolved", resolution="no_answer_needed")
    found = clocks(facts, book(row("all", rule("tier_cse", HOUR), rule("tier_pse", HOUR))))
    assert [(clock.cycle, clock.started_at, clock.ended_at) for clock in found["tier_cse"]] == [
        (1, at("2026-03-02 08:50"), at("2026-03-02 10:00")),
        (2, at("2026-03-02 11:00"), at("2026-03-02 12:00")),
    ]
    assert [clock.state for clock in found["tier_pse"]] == [State.MET]
    assert not in_time(found["tier_cse"][0].turns)
    assert in_time(found["tier_cse"][1].turns)
