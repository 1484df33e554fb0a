"""What would have been by other rules is counted per metric, with the clocks that would differ."""

from sla_svc.domain.clocks.clock import Clock
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.rulebook import Rulebook
from sla_svc.domain.what_if import Changed, Comparison, Outcome, compare, outcome_of
from tests.sla_svc.domain.clocks.telling import Telling
from tests.sla_svc.domain.scene import OFFICE, Facts, at, book, calendar, row, rule

HOUR = 3600
NOON = at("2026-03-02 12:00")
STRICT = book(row("all", rule("first_response", HOUR)))
GENEROUS = book(row("all", rule("first_response", 8 * HOUR)))


def answered(after: str | None = "11:30") -> Facts:
    """Received at nine, and answered then, or not yet."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    if after is not None:
        facts.add(f"2026-03-02 {after}", "CustomerInformed")
    return facts


def judged(facts: Facts, rulebook: Rulebook) -> list[Clock]:
    return judge(facts.facts, rulebook, METRICS, NOON)


def compared(facts: Facts, before: Rulebook, after: Rulebook) -> dict[str, Comparison]:
    comparisons: dict[str, Comparison] = {}
    compare(comparisons, "t-1", judged(facts, before), judged(facts, after), now=NOON)
    return comparisons


def test_a_shorter_target_gains_a_breach_and_names_its_ticket() -> None:
    assert compared(answered(), GENEROUS, STRICT) == {
        "first_response": Comparison(
            "first_response",
            clocks_before=1,
            clocks_after=1,
            breaches_before=0,
            breaches_after=1,
            over_seconds_before=0,
            over_seconds_after=3 * HOUR // 2,
            gained=[Changed("t-1", "first_response", 1, 0, 3 * HOUR // 2)],
        )
    }


def test_a_longer_target_loses_a_breach() -> None:
    (comparison,) = compared(answered(), STRICT, GENEROUS).values()
    assert (comparison.breaches_before, comparison.breaches_after, comparison.gained) == (1, 0, [])
    assert comparison.lost == [Changed("t-1", "first_response", 1, 3 * HOUR // 2, 0)]


def test_by_the_same_rules_nothing_differs() -> None:
    (comparison,) = compared(answered(), STRICT, STRICT).values()
    assert (comparison.breaches_before, comparison.breaches_after) == (1, 1)
    assert comparison.over_seconds_before == comparison.over_seconds_after == 3 * HOUR // 2
    assert comparison.gained == comparison.lost == []


def test_a_clock_that_runs_counts_as_it_stands_now() -> None:
    (clock,) = judged(answered(None), STRICT)
    assert outcome_of(clock, at("2026-03-02 09:59")) == Outcome(False, 0, 59 * 60)
    assert outcome_of(clock, at("2026-03-02 12:00")) == Outcome(True, 2 * HOUR, 3 * HOUR)


def test_only_the_open_time_of_the_calendar_is_over() -> None:
    office = book(
        row("all", rule("first_response", 2 * HOUR, calendar="office")), calendars=[calendar("office", week=OFFICE)]
    )
    (clock,) = judged(answered("14:00"), office)
    assert outcome_of(clock, NOON) == Outcome(True, 2 * HOUR, 4 * HOUR)


def test_what_is_due_at_closing_time_is_late_at_night_though_no_open_time_is_over() -> None:
    office = book(
        row("all", rule("first_response", 3 * HOUR, calendar="office")), calendars=[calendar("office", week=OFFICE)]
    )
    (clock,) = judged(answered("12:30"), office)
    assert outcome_of(clock, NOON) == Outcome(True, 0, 3 * HOUR)


def test_a_metric_of_one_set_of_rules_only_counts_on_its_side() -> None:
    other = book(row("all", rule("total_resolution", HOUR)))
    found = compared(answered(), STRICT, other)
    assert list(found) == ["first_response", "total_resolution"]
    assert (found["first_response"].clocks_before, found["first_response"].clocks_after) == (1, 0)
    assert (found["total_resolution"].clocks_before, found["total_resolution"].clocks_after) == (0, 1)
    assert found["first_response"].lost == [Changed("t-1", "first_response", 1, 3 * HOUR // 2, 0)]
    assert found["total_resolution"].gained == [Changed("t-1", "total_resolution", 1, 0, 2 * HOUR)]


def test_a_cancelled_clock_counts_nowhere() -> None:
    facts = answered(None)
    facts.add("2026-03-02 11:00", "ConsultationWithdrawn")
    assert compared(facts, GENEROUS, STRICT) == {}


def test_tickets_are_added_up() -> None:
    comparisons: dict[str, Comparison] = {}
    for ticket in ("t-1", "t-2"):
        facts = answered()
        compare(comparisons, ticket, judged(facts, GENEROUS), judged(facts, STRICT), now=NOON)
    total = comparisons["first_response"]
    assert (total.clocks_before, total.clocks_after, total.breaches_after) == (2, 2, 2)
    assert total.over_seconds_after == 3 * HOUR
    assert [changed.ticket_id for changed in total.gained] == ["t-1", "t-2"]


def test_clocks_that_are_restored_from_their_events_compare_as_those_that_were_judged() -> None:
    facts = answered()
    telling = Telling(GENEROUS)
    telling.take(*facts.facts)
    telling.pass_to(NOON)
    comparisons: dict[str, Comparison] = {}
    compare(comparisons, "t-1", telling.restored(), judged(facts, STRICT), now=NOON)
    assert comparisons == compared(facts, GENEROUS, STRICT)
