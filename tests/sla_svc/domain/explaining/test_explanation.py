"""What is said of a clock beside its segments: deadline, breach, warnings, rules, and whose time it was."""

from dataclasses import replace

from shared_events.contracts.sla import OnChange
from sla_svc.domain.attribution import Party
from sla_svc.domain.clocks.clock import BREACH, Clock, Mark
from sla_svc.domain.explaining.explanation import Explanation, explained
from sla_svc.domain.policies.rules import Threshold
from tests.sla_svc.domain.scene import Facts, at, book, clocks, row, rule

HOUR = 3600


def test_a_clock_that_was_met_late_keeps_its_deadline_and_says_since_when_it_was_over() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 11:30", "AnswerSubmitted", answer=1, tier="CSE")
    found = _explained(facts, "2026-03-02 23:00")
    assert (found.elapsed, found.deadline, found.breached_at, found.in_time) == (
        5 * HOUR // 2,
        at("2026-03-02 10:00"),
        at("2026-03-02 10:00"),
        False,
    )
    assert [(share.holder.party, share.seconds) for share in found.whole] == [(Party.RECEPTION, 5 * HOUR // 2)]
    assert [(share.holder.party, share.seconds) for share in found.overrun] == [(Party.RECEPTION, 3 * HOUR // 2)]


def test_a_clock_that_was_met_in_time_keeps_its_deadline_too() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:30", "AnswerSubmitted", answer=1, tier="CSE")
    found = _explained(facts, "2026-03-02 23:00")
    assert (found.deadline, found.breached_at, found.in_time) == (at("2026-03-02 10:00"), None, True)
    assert found.overrun == []


def test_a_running_clock_is_breached_once_that_was_said() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    assert _explained(facts, "2026-03-02 12:00").breached_at is None
    marks = (Mark("50%", at("2026-03-02 09:30")), Mark(BREACH, at("2026-03-02 10:00")))
    found = _explained(facts, "2026-03-02 12:00", marks=marks)
    assert found.breached_at == at("2026-03-02 10:00")
    assert found.warned == [marks[0]]
    assert found.in_time is None


def test_a_clock_that_stands_still_has_no_deadline() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:30", "TicketPaused", reason="customer")
    found = _explained(facts, "2026-03-02 12:00", pauses=frozenset({"customer"}))
    assert (found.deadline, found.elapsed) == (None, HOUR // 2)


def test_the_rules_are_told_with_the_rows_before_them() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    graded = facts.classified("2026-03-02 09:20", "complaint", complaint_grade="A")
    found = _explained(facts, "2026-03-02 09:30")
    first, second = found.rules
    assert first.terms is not None
    assert second.terms is not None
    assert [(each.row, each.condition, each.expected, each.found) for each in first.passed] == [
        ("graded", "grade", ("A",), None)
    ]
    assert (second.cause, second.terms.rule.row, second.passed) == (graded.event_id, "graded", ())
    assert found.deadline == at("2026-03-02 09:40")


def _explained(
    facts: Facts, until: str, *, marks: tuple[Mark, ...] = (), pauses: frozenset[str] = frozenset()
) -> Explanation:
    graded = rule("first_response", 40 * 60, row="graded", on_change=OnChange.FROM_START)
    usual = rule("first_response", HOUR, warnings=(Threshold("50%", HOUR // 2),), pauses=pauses)
    clock: Clock
    (clock,) = clocks(facts, book(row("graded", graded, grade="A"), row("all", usual)))["first_response"]
    (found,) = explained([replace(clock, marks=marks)], facts.facts, at(until))
    return found
