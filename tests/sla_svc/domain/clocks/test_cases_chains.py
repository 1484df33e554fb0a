"""What goes wrong elsewhere where a clock starts with another one: the tests of case 29."""

from sla_svc.domain.clocks.deadlines import deadline_of, in_time
from tests.sla_svc.domain.scene import Facts, at, book, clocks, row, rule

HOUR = 3600
COMPLAINTS = book(row("A", rule("first_response", HOUR), rule("complaint_handling", 24 * HOUR), category="complaint"))


def test_case_29_handling_starts_with_the_response_in_whatever_way_it_was_given() -> None:
    """Case 29: a late response does not move what began at its deadline."""
    for minutes, starts in ((30, "09:30"), (60, "10:00"), (61, "10:00"), (180, "10:00")):
        facts = Facts()
        facts.received("2026-03-02 09:00")
        facts.classified("2026-03-02 09:05", "complaint")
        facts.add("2026-03-02 09:10", "TicketEscalated", from_tier="CSE", tier="PSE", from_team="cse", team="pse")
        facts.add(at("2026-03-02 09:00") + minutes * 60, "AnswerSubmitted", answer=1, tier="PSE")
        (clock,) = clocks(facts, COMPLAINTS)["complaint_handling"]
        assert clock.started_at == at(f"2026-03-02 {starts}")


def test_case_29_a_grade_that_is_known_late_counts_from_the_response_that_was_given() -> None:
    """Case 29: also if that was given before anybody knew that it is a complaint."""
    policy = book(
        row("A", rule("first_response", HOUR, row="A"), rule("complaint_handling", 24 * HOUR), grade="A"),
        row("all", rule("first_response", 4 * HOUR)),
    )
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:30", "CustomerInformed")
    facts.classified("2026-03-02 12:00", "complaint", complaint_grade="A")
    (clock,) = clocks(facts, policy)["complaint_handling"]
    assert (clock.started_at, deadline_of(clock.turns)) == (at("2026-03-02 09:30"), at("2026-03-03 09:30"))


def test_case_29_while_the_response_waits_its_deadline_does_not_come() -> None:
    """Case 29: handling starts when the response is given after all; and never without a response that applies."""
    policy = book(
        row(
            "A",
            rule("first_response", HOUR, pauses=frozenset({"customer"})),
            rule("complaint_handling", 24 * HOUR),
            category="complaint",
        )
    )
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.classified("2026-03-02 09:05", "complaint")
    facts.add("2026-03-02 09:10", "TicketPaused", reason="customer")
    assert "complaint_handling" not in clocks(facts, policy)
    facts.add("2026-03-03 09:00", "CustomerInformed")
    (clock,) = clocks(facts, policy)["complaint_handling"]
    assert clock.started_at == at("2026-03-03 09:00")


def test_case_29_a_response_in_time_by_the_grade_that_counts_starts_the_handling() -> None:
    """Case 29: that it was late by an earlier grade is history."""
    policy = book(
        row("A", rule("first_response", HOUR, row="A"), grade="A"),
        row("B", rule("first_response", 3 * HOUR, row="B"), rule("complaint_handling", 48 * HOUR), grade="B"),
    )
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.classified("2026-03-02 09:05", "complaint", complaint_grade="A")
    facts.classified("2026-03-02 10:30", "complaint", complaint_grade="B")
    facts.add("2026-03-02 11:00", "CustomerInformed")
    found = clocks(facts, policy)
    assert in_time(found["first_response"][0].turns)
    assert found["complaint_handling"][0].started_at == at("2026-03-02 11:00")


def test_case_29_handling_goes_by_the_response_that_was_owed_in_the_end() -> None:
    """Case 29: not by the clock that was cancelled while nobody thought it a complaint."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.classified("2026-03-02 09:05", "complaint")
    facts.classified("2026-03-02 09:10", "fees")
    facts.classified("2026-03-02 09:15", "complaint")
    facts.add("2026-03-02 09:30", "CustomerInformed")
    (clock,) = clocks(facts, COMPLAINTS)["complaint_handling"]
    assert clock.started_at == at("2026-03-02 09:30")
