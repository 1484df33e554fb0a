"""Moving the clocks of a ticket to another version: once, by an event, and exactly as it was previewed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared_events.contracts.sla import CancelReason, ClockCancelled, ClockStarted, OnChange, PolicyMigrated
from shared_events.testing import Spec
from sla_svc.domain.clocks.deadlines import deadline_of
from sla_svc.domain.clocks.published import terms_said
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.migrating import DECIDER, MigrateClocks, Moved, Moves, Refusal, is_running_otherwise, preview
from sla_svc.domain.rulebook import Rulebook
from tests.sla_svc.domain.clocks.telling import Telling
from tests.sla_svc.domain.scene import Facts, at, book, clocks, edition, row, rule

HOUR = 3600
TEN = "2026-03-02 10:00"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MOVE = MigrateClocks(at=NOON, by="lead-1", policy="test", policy_version="2", on_change=OnChange.KEEP)
MOVED = PolicyMigrated(at=NOON, by="lead-1", policy="test", policy_version="2", on_change=OnChange.KEEP)
A_CLOCK = ClockCancelled(
    at=NOON,
    by="system:sla",
    clock_id="total_resolution/e-1",
    metric="total_resolution",
    cycle=1,
    caused_by="e-2",
    learned_at=NOON,
    reason=CancelReason.WITHDRAWN,
    elapsed_seconds=0,
)
ticket = Spec(DECIDER)


def two_versions(seconds_before: int, seconds_after: int, metric: str = "total_resolution") -> Rulebook:
    """The second is in the rulebook, and applies to new clocks only much later."""
    later = edition(row("new", rule(metric, seconds_after, row="new")), version="2", since=at("2027-01-01 00:00"))
    return book(row("old", rule(metric, seconds_before, row="old")), later=[later])


def moving(when: str, on_change: OnChange = OnChange.KEEP) -> MigrateClocks:
    return replace(MOVE, at=datetime.fromisoformat(when).replace(tzinfo=UTC), on_change=on_change)


def test_a_ticket_with_clocks_is_moved_by_an_event_of_its_own() -> None:
    ticket.given(A_CLOCK).when(MOVE).then(MOVED)


def test_moving_it_again_to_where_it_was_moved_last_changes_nothing() -> None:
    ticket.given(A_CLOCK, MOVED).when(MOVE).then_nothing()
    ticket.given(A_CLOCK, MOVED, A_CLOCK).when(replace(MOVE, on_change=OnChange.RESTART)).then_nothing()


def test_it_can_be_moved_on_and_back() -> None:
    third = MOVED.model_copy(update={"policy_version": "3"})
    ticket.given(A_CLOCK, MOVED).when(replace(MOVE, policy_version="3")).then(third)
    ticket.given(A_CLOCK, MOVED, third).when(MOVE).then(MOVED)


def test_it_is_moved_again_once_a_clock_has_started_by_another_version() -> None:
    ticket.given(A_CLOCK, MOVED, _started("3")).when(MOVE).then(MOVED)
    ticket.given(A_CLOCK, MOVED, _started("2")).when(MOVE).then_nothing()


def test_a_ticket_of_which_sla_knows_nothing_is_refused() -> None:
    ticket.given().when(MOVE).then_refused(Refusal.NO_CLOCKS)


def test_what_is_restored_is_where_it_was_moved_last() -> None:
    assert DECIDER.fold(Moves(), []) == Moves()
    assert DECIDER.fold(Moves(), [A_CLOCK]) == Moves(has_clocks=True)
    assert DECIDER.fold(Moves(), [A_CLOCK, MOVED, A_CLOCK]) == Moves(has_clocks=True, last=MOVED)


def test_a_preview_names_the_clocks_that_would_go_by_other_terms_with_both_deadlines() -> None:
    facts = Facts()
    received = facts.received(TEN)
    (moved,) = preview(facts.facts, two_versions(HOUR, 2 * HOUR), METRICS, moving("2026-03-02 10:30"), now=at(TEN))
    assert moved == Moved(
        clock_id=f"total_resolution/{received.event_id}",
        metric="total_resolution",
        cycle=1,
        row_before="old",
        row_after="new",
        deadline_before=at("2026-03-02 11:00"),
        deadline_after=at("2026-03-02 12:00"),
    )


def test_a_preview_says_which_clocks_would_be_breached_at_once() -> None:
    facts = Facts()
    facts.received(TEN)
    stricter = two_versions(3 * HOUR, HOUR)
    (moved,) = preview(facts.facts, stricter, METRICS, moving("2026-03-02 12:00"), now=at("2026-03-02 12:00"))
    assert moved.is_breached_by_it
    (looser,) = preview(facts.facts, two_versions(HOUR, 3 * HOUR), METRICS, moving(TEN), now=at(TEN))
    assert not looser.is_breached_by_it


@pytest.mark.parametrize("on_change", list(OnChange))
def test_what_is_previewed_is_what_happens(on_change: OnChange) -> None:
    facts = Facts()
    facts.received(TEN)
    facts.add("2026-03-02 10:20", "TicketRouted", tier="CSE", team="cse")
    rulebook = two_versions(HOUR, 3 * HOUR)
    command = moving("2026-03-02 10:30", on_change)
    (moved,) = preview(facts.facts, rulebook, METRICS, command, now=at("2026-03-02 10:30"))
    telling = Telling(rulebook)
    telling.take(*facts.facts)
    migrated = facts.add(
        "2026-03-02 10:30", "PolicyMigrated", policy="test", policy_version="2", on_change=on_change.value
    )
    assert telling.take(migrated) == ["ClockRetargeted"]
    assert deadline_of(telling.clock("total_resolution").turns) == moved.deadline_after
    assert telling.restored() == telling.clocks


def test_what_has_ended_stays_as_it_was() -> None:
    facts = Facts()
    facts.received(TEN)
    facts.add("2026-03-02 10:10", "TicketRouted", tier="CSE", team="cse")
    facts.add("2026-03-02 10:20", "TicketResolved", resolution="accepted")
    rulebook, command = two_versions(HOUR, 2 * HOUR), moving("2026-03-02 10:30")
    assert preview(facts.facts, rulebook, METRICS, command, now=at("2026-03-02 10:30")) == []


def test_a_metric_that_the_other_version_does_not_have_keeps_its_clock() -> None:
    facts = Facts()
    facts.received(TEN)
    later = edition(row("new", rule("first_response", HOUR)), version="2", since=at("2027-01-01 00:00"))
    rulebook = book(row("old", rule("total_resolution", HOUR)), later=[later])
    assert preview(facts.facts, rulebook, METRICS, moving("2026-03-02 10:30"), now=at("2026-03-02 10:30")) == []


def test_a_clock_that_starts_only_because_of_the_move_is_not_one_that_is_moved() -> None:
    """By the shorter target the response is overdue, and from its deadline on the complaint is to be handled."""
    facts = Facts()
    facts.received(TEN)
    facts.add("2026-03-02 10:01", "TicketRouted", tier="CSE", team="cse")
    handled = rule("complaint_handling", 9 * HOUR)
    later = edition(row("new", rule("first_response", HOUR), handled), version="2", since=at("2027-01-01 00:00"))
    rulebook = book(row("old", rule("first_response", 8 * HOUR), handled), later=[later])
    command = moving("2026-03-02 13:00", OnChange.FROM_START)
    moved = preview(facts.facts, rulebook, METRICS, command, now=at("2026-03-02 13:00"))
    assert [clock.metric for clock in moved] == ["first_response"]


def test_a_move_concerns_what_runs_by_another_version() -> None:
    facts = Facts()
    facts.received(TEN)
    rulebook = two_versions(HOUR, 2 * HOUR)
    (running,) = clocks(facts, rulebook)["total_resolution"]
    assert is_running_otherwise(running, "test", "2")
    assert is_running_otherwise(running, "other", "1")
    assert not is_running_otherwise(running, "test", "1")
    facts.add("2026-03-02 10:10", "TicketRouted", tier="CSE", team="cse")
    facts.add("2026-03-02 10:20", "TicketResolved", resolution="accepted")
    (met,) = clocks(facts, rulebook)["total_resolution"]
    assert not is_running_otherwise(met, "test", "2")


def _started(version: str) -> ClockStarted:
    terms = terms_said(clocks(_one_received(), two_versions(HOUR, HOUR))["total_resolution"][0].turns[0])
    return ClockStarted(
        at=NOON,
        by="system:sla",
        clock_id="next_reply/e-3",
        metric="next_reply",
        cycle=1,
        caused_by="e-3",
        learned_at=NOON,
        terms=terms.model_copy(update={"policy_version": version}),
    )


def _one_received() -> Facts:
    facts = Facts()
    facts.received(TEN)
    return facts
