"""Every second of a clock is explained: what counted, by which rule and window, and why the rest did not (P9)."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_events.contracts.sla import OnChange
from sla_svc.domain.clocks.deadlines import elapsed_at
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.explaining.cutting import cut, told
from sla_svc.domain.explaining.segments import Change, Reason, Segment, segments_of
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.rulebook import Rulebook
from tests.effort import examples
from tests.sla_svc.domain.explaining.histories import CENTRE, histories, moments, rulebooks
from tests.sla_svc.domain.scene import FAR, Facts, at, book, clocks, row, rule

HOUR = 3600


@given(histories(), rulebooks(), moments)
@settings(max_examples=examples(40), deadline=None)
def test_the_segments_have_no_gaps_and_those_that_count_add_up(facts: Facts, rulebook: Rulebook, now: int) -> None:
    judged = judge(facts.facts, rulebook, METRICS, FAR)
    for clock in [*judged, *cut(judged, facts.facts, now)]:
        until = max(now, clock.turns[-1].at)
        segments = segments_of(clock, told(facts.facts).waits, until)
        end = until if clock.ended_at is None else clock.ended_at
        assert _is_contiguous(segments, *sorted((clock.started_at, end)))
        assert _counted(segments) == elapsed_at(clock.turns, end)
        assert all(segment.seconds > 0 for segment in segments)


def test_a_segment_names_the_window_the_pause_and_the_event() -> None:
    facts = Facts()
    came = facts.received("2026-03-02 08:30")
    paused = facts.add("2026-03-02 11:30", "TicketPaused", reason="customer")
    resumed = facts.add("2026-03-02 13:30", "TicketResumed", reason="customer")
    segments = _explained(facts, "2026-03-02 15:00", pauses=frozenset({"customer"}), calendar="office")
    assert [(each.start, each.end, each.counted, each.reason, each.event) for each in segments] == [
        (at("2026-03-02 08:30"), at("2026-03-02 09:00"), False, Reason.OUTSIDE_HOURS, came.event_id),
        (at("2026-03-02 09:00"), at("2026-03-02 11:30"), True, Reason.WINDOW, came.event_id),
        (at("2026-03-02 11:30"), at("2026-03-02 13:30"), False, Reason.PAUSED, paused.event_id),
        (at("2026-03-02 13:30"), at("2026-03-02 15:00"), True, Reason.WINDOW, resumed.event_id),
    ]
    assert [each.calendar_says.window for each in segments if each.calendar_says is not None] == [
        "",
        "09:00-12:00",
        "13:00-17:00",
    ]
    assert segments[2].waits_for == ("customer",)
    assert {(each.terms.policy, each.terms.rule.row, each.terms.calendar.name) for each in segments} == {
        ("test", "all", "office")
    }


def test_a_holiday_a_special_day_and_a_make_up_day_are_named() -> None:
    facts = Facts()
    facts.received("2026-03-04 10:00")
    segments = _explained(facts, "2026-03-08 00:00", calendar="office")
    assert [
        (each.reason, each.calendar_says.en) for each in segments if each.calendar_says and each.calendar_says.en
    ] == [
        (Reason.HOLIDAY, "Tide day"),
        (Reason.PARTIAL_DAY, "Half day"),
        (Reason.EXTRA_DAY, "Extra day"),
    ]


@pytest.mark.parametrize(
    ("on_change", "hours_before", "hours_after"),
    [(OnChange.KEEP, 2, 1), (OnChange.RESTART, 0, 1), (OnChange.FROM_START, 3, 1)],
)
def test_what_was_counted_before_another_rule_took_over(
    on_change: OnChange, hours_before: int, hours_after: int
) -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 10:00", "TicketPaused", reason="customer")
    facts.add("2026-03-02 11:00", "TicketResumed", reason="customer")
    graded = facts.classified("2026-03-02 12:00", "complaint", complaint_grade="A")
    policy = book(
        row("A", rule("total_resolution", HOUR, row="A", on_change=on_change), grade="A"),
        row("all", rule("total_resolution", 4 * HOUR, pauses=frozenset({"customer"}))),
    )
    (clock,) = clocks(facts, policy)["total_resolution"]
    segments = segments_of(clock, told(facts.facts).waits, at("2026-03-02 13:00"))
    before = [each for each in segments if each.end <= graded.at]
    changed = [each for each in before if each.counted or on_change is not OnChange.KEEP]
    assert {each.change for each in changed} == {Change(on_change, graded.event_id)}
    assert {each.change for each in before if each not in changed} <= {None}
    assert _counted(before) == hours_before * HOUR
    assert {each.terms.rule.row for each in before} == {"A" if on_change is OnChange.FROM_START else "all"}
    after = [each for each in segments if each.start >= graded.at]
    assert [(each.change, each.event, each.terms.rule.row) for each in after] == [(None, graded.event_id, "A")]
    assert _counted(after) == hours_after * HOUR


def test_what_a_restart_left_out_says_so_though_a_later_rule_keeps_what_counted() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    restarted = facts.classified("2026-03-02 10:00", "complaint", complaint_grade="A")
    kept = facts.classified("2026-03-02 11:00", "complaint", complaint_grade="B")
    policy = book(
        row("A", rule("total_resolution", HOUR, row="A", on_change=OnChange.RESTART), grade="A"),
        row("B", rule("total_resolution", HOUR, row="B", on_change=OnChange.KEEP), grade="B"),
        row("all", rule("total_resolution", 4 * HOUR)),
    )
    (clock,) = clocks(facts, policy)["total_resolution"]
    segments = segments_of(clock, (), at("2026-03-02 12:00"))
    assert [(each.counted, each.change) for each in segments] == [
        (False, Change(OnChange.RESTART, restarted.event_id)),
        (True, Change(OnChange.KEEP, kept.event_id)),
        (True, None),
    ]


def test_a_clock_that_begins_later_says_so() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 10:00", "CallbackScheduled", callback_id="1", due_at="2026-03-05T10:00:00+00:00")
    (clock,) = clocks(facts, book(row("all", rule("callback_due", HOUR))))["callback_due"]
    (segment,) = segments_of(clock, (), at("2026-03-03 00:00"))
    assert (segment.start, segment.end) == (at("2026-03-03 00:00"), at("2026-03-05 10:00"))
    assert (segment.counted, segment.reason) == (False, Reason.BEFORE_START)


def test_what_was_stopped_before_its_start_counted_nothing() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 10:00", "CallbackScheduled", callback_id="1", due_at="2026-03-05T10:00:00+00:00")
    facts.add("2026-03-04 10:00", "CallbackCompleted", callback_id="1")
    (clock,) = clocks(facts, book(row("all", rule("callback_due", HOUR))))["callback_due"]
    assert [each.reason for each in segments_of(clock, (), FAR)] == [Reason.BEFORE_START]


@given(st.integers(0, 10 * HOUR))
@settings(max_examples=examples(10))
def test_a_clock_at_a_moment_knows_nothing_later(seconds: int) -> None:
    facts = Facts()
    came = facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 11:00", "TicketPaused", reason="customer")
    facts.add("2026-03-02 14:00", "TicketResolved", resolution="no_answer_needed")
    found = clocks(facts, book(row("all", rule("total_resolution", HOUR, pauses=frozenset({"customer"})))))
    (clock,) = cut(found["total_resolution"], facts.facts, came.at + seconds)
    assert all(turn.at <= came.at + seconds for turn in clock.turns)
    assert elapsed_at(clock.turns, came.at + seconds) == min(seconds, 2 * HOUR)


def _explained(facts: Facts, until: str, **said: Any) -> list[Segment]:
    policy = book(row("all", rule("total_resolution", 400 * HOUR, **said)), calendars=[CENTRE])
    (clock,) = clocks(facts, policy)["total_resolution"]
    return segments_of(clock, told(facts.facts).waits, at(until))


def _is_contiguous(segments: list[Segment], start: int, end: int) -> bool:
    joined = all(earlier.end == later.start for earlier, later in pairwise(segments))
    return joined and ((segments[0].start, segments[-1].end) == (start, end) if segments else start == end)


def _counted(segments: list[Segment]) -> int:
    return sum(segment.seconds for segment in segments if segment.counted)
