"""What is said of a clock beside its segments: deadline, breach, warnings, rules, and whose time it was."""

from dataclasses import replace

import pytest

from shared_events.contracts.sla import OnChange
from sla_svc.domain.attribution import Party
from sla_svc.domain.clocks.clock import BREACH, Clock, Mark
from sla_svc.domain.clocks.deadlines import crossings
from sla_svc.domain.explaining.explanation import Explanation, explained, is_provisional
from sla_svc.domain.policies.rules import Threshold
from tests.sla_svc.domain.scene import OFFICE, Facts, at, book, calendar, clocks, row, rule

HOUR = 3600


def test_a_clock_that_was_met_late_keeps_its_deadline_and_says_since_when_it_was_over() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 11:30", "AnswerSubmitted", answer=1, tier="CSE")
    found = _explained(facts, "2026-03-02 23:00")
    ten = at("2026-03-02 10:00")
    assert (found.elapsed, found.deadline, _moments(found), found.in_time) == (5 * HOUR // 2, ten, [ten], False)
    assert [(share.holder.party, share.seconds) for share in found.whole] == [(Party.RECEPTION, 5 * HOUR // 2)]
    assert [(share.holder.party, share.seconds) for share in found.overrun] == [(Party.RECEPTION, 3 * HOUR // 2)]


def test_a_clock_that_was_met_in_time_keeps_its_deadline_too() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:30", "AnswerSubmitted", answer=1, tier="CSE")
    found = _explained(facts, "2026-03-02 23:00")
    assert (found.deadline, found.breaches, found.in_time) == (at("2026-03-02 10:00"), [], True)
    assert found.overrun == []


def test_a_running_clock_is_breached_once_that_was_said() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    assert _explained(facts, "2026-03-02 12:00").breaches == []
    marks = (Mark("50%", at("2026-03-02 09:30")), Mark(BREACH, at("2026-03-02 10:00")))
    found = _explained(facts, "2026-03-02 12:00", marks=marks)
    assert _moments(found) == [at("2026-03-02 10:00")]
    assert found.warned == [marks[0]]
    assert found.in_time is None


def test_a_clock_that_stands_still_has_no_deadline() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:30", "TicketPaused", reason="customer")
    found = _explained(facts, "2026-03-02 12:00", pauses=frozenset({"customer"}))
    assert (found.deadline, found.elapsed) == (None, HOUR // 2)


@pytest.mark.parametrize(
    ("known_until", "is_provisional"), [(None, False), ("2026-03-02", True), ("2026-03-03", False)]
)
def test_a_deadline_beyond_the_announced_holidays_is_provisional(known_until: str | None, is_provisional: bool) -> None:
    facts = Facts()
    facts.received("2026-03-02 16:00")
    office = calendar("office", week=OFFICE, known_until=known_until)
    usual = rule("first_response", 2 * HOUR, calendar="office")
    first, *_ = explained(
        clocks(facts, book(row("all", usual), calendars=[office]))["first_response"],
        facts.facts,
        at("2026-03-02 16:30"),
    )
    assert (first.deadline, first.is_provisional) == (at("2026-03-03 10:00"), is_provisional)


def test_what_is_due_at_midnight_rests_on_the_day_that_ends_then() -> None:
    centre = calendar(known_until="2026-03-02")
    assert not is_provisional(at("2026-03-03 00:00"), centre)
    assert is_provisional(at("2026-03-03 00:01"), centre)


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


def test_each_breach_is_told_with_the_rule_that_it_was_by() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.classified("2026-03-02 11:00", "complaint", complaint_grade="A")
    marks = (Mark(BREACH, at("2026-03-02 11:00")), Mark(BREACH, at("2026-03-02 10:00")))
    found = _explained(facts, "2026-03-02 12:00", marks=marks)
    assert [(each.at, each.terms.rule.row) for each in found.breaches] == [
        (at("2026-03-02 10:00"), "all"),
        (at("2026-03-02 11:00"), "graded"),
    ]


@pytest.mark.parametrize(
    ("on_change", "hours", "breaches", "deadline", "overrun"),
    [
        (OnChange.KEEP, 1, ["05:02:54"], "06:02:54", 3 * HOUR),
        (OnChange.FROM_START, 1, ["05:02:54"], "06:02:54", 3 * HOUR),
        (OnChange.KEEP, 3, ["05:02:54", "07:02:54"], "07:02:54", HOUR),
        (OnChange.KEEP, 12, ["05:02:54"], "16:02:54", 0),
        (OnChange.RESTART, 1, ["05:02:54", "07:02:54"], "07:02:54", HOUR),
    ],
)
def test_a_clock_whose_rule_changed_after_a_breach_says_all_that_the_manual_says(
    on_change: OnChange, hours: int, breaches: list[str], deadline: str, overrun: int
) -> None:
    facts = Facts()
    facts.received("2026-03-02 04:02:54")
    facts.classified("2026-03-02 06:02:54", "complaint", complaint_grade="A")
    graded = rule("first_response", hours * HOUR, row="graded", on_change=on_change)
    rules = book(row("graded", graded, grade="A"), row("live", rule("first_response", HOUR)))
    until = at("2026-03-02 08:02:54")
    (clock,) = clocks(facts, rules)["first_response"]
    said = tuple(Mark(each.name, each.at) for each in crossings(clock.turns) if each.at <= until)
    (found,) = explained([replace(clock, marks=said)], facts.facts, until)
    assert _moments(found) == [at(f"2026-03-02 {breach}") for breach in breaches]
    assert found.deadline == at(f"2026-03-02 {deadline}")
    assert sum(share.seconds for share in found.overrun) == overrun


def _moments(found: Explanation) -> list[int]:
    return [breach.at for breach in found.breaches]


def _explained(
    facts: Facts, until: str, *, marks: tuple[Mark, ...] = (), pauses: frozenset[str] = frozenset()
) -> Explanation:
    graded = rule("first_response", 40 * 60, row="graded", on_change=OnChange.FROM_START)
    usual = rule("first_response", HOUR, warnings=(Threshold("50%", HOUR // 2),), pauses=pauses)
    clock: Clock
    (clock,) = clocks(facts, book(row("graded", graded, grade="A"), row("all", usual)))["first_response"]
    (found,) = explained([replace(clock, marks=marks)], facts.facts, at(until))
    return found
