"""What goes wrong elsewhere when thresholds fall due: one test for each case, by its number."""

import pytest

from shared_events.contracts.sla import ClockRetargeted, RetargetReason, SlaBreached, SlaBreachRetracted, SlaWarned
from sla_svc.domain.clocks.clock import BREACH, State
from sla_svc.domain.clocks.deadlines import breached_at, crossings, deadline_of, elapsed_at, in_time, pending
from sla_svc.domain.clocks.differences import difference
from sla_svc.domain.facts import moment
from sla_svc.domain.policies.rules import Threshold
from sla_svc.domain.policies.thresholds import threshold
from tests.sla_svc.domain.clocks.telling import Telling
from tests.sla_svc.domain.scene import OFFICE, Facts, at, book, calendar, clocks, edition, row, rule

HOUR = 3600
OFFICE_HOURS = calendar("office", week=OFFICE)
WARNED = book(
    row("all", rule("first_response", HOUR, warnings=(Threshold("50%", 1800),), escalate=True, raise_urgency=True))
)


def test_case_37_every_threshold_fires_once() -> None:
    """Case 37: once for each clock, cycle, threshold and due time, however often time is said to pass."""
    facts = Facts()
    telling = Telling(WARNED)
    telling.take(facts.received("2026-03-02 09:00"))
    told = [
        telling.pass_to(f"2026-03-02 {time}") for time in ("09:29:59", "09:30", "09:30", "09:59:59", "10:00", "11:00")
    ]
    assert told == [[], ["SlaWarned"], [], [], ["SlaBreached"], []]
    assert pending(telling.clock("first_response")) == []


def test_case_37_a_reopened_ticket_has_thresholds_of_its_own() -> None:
    """Case 37: another cycle is another clock."""
    facts = Facts()
    telling = Telling(book(row("all", rule("total_resolution", HOUR))))
    telling.take(facts.received("2026-03-02 09:00"))
    assert telling.pass_to("2026-03-02 11:00") == ["SlaBreached"]
    telling.take(facts.add("2026-03-02 11:00", "TicketResolved", resolution="accepted"))
    telling.take(facts.add("2026-03-02 12:00", "TicketReopened", cause="other", tier="CSE", team="cse"))
    assert telling.pass_to("2026-03-02 14:00") == ["SlaBreached"]
    assert [(each.cycle, each.started_at) for each in telling.named("total_resolution")] == [
        (1, at("2026-03-02 09:00")),
        (2, at("2026-03-02 12:00")),
    ]


def test_case_38_after_an_outage_all_that_fell_due_is_said_with_its_true_moment_and_in_order() -> None:
    """Case 38: the breach is at the deadline, whenever it is noticed."""
    facts = Facts()
    telling = Telling(WARNED)
    telling.take(facts.received("2026-03-02 09:00"))
    assert telling.pass_to("2026-03-09 09:00") == ["SlaWarned", "SlaBreached"]
    warned, breached = (said.event for said in telling.said[-2:])
    assert isinstance(warned, SlaWarned)
    assert isinstance(breached, SlaBreached)
    assert (warned.at, warned.elapsed_seconds) == (moment(at("2026-03-02 09:30")), 1800)
    assert (breached.at, breached.deadline) == (moment(at("2026-03-02 10:00")), moment(at("2026-03-02 10:00")))
    assert (breached.notice, breached.escalate, breached.raise_urgency) == (True, True, True)


def test_case_39_what_the_ticket_overtook_is_no_longer_pending() -> None:
    """Case 39: a timer that was armed before an answer, a pause or a change finds nothing to say."""
    facts = Facts()
    telling = Telling(WARNED)
    telling.take(facts.received("2026-03-02 09:00"))
    (armed, _) = pending(telling.clock("first_response"))
    telling.take(facts.add("2026-03-02 09:29", "CustomerInformed"))
    assert armed not in pending(telling.clock("first_response"))
    assert telling.pass_to("2026-03-03 00:00") == []


def test_case_40_a_fact_that_comes_late_takes_back_what_was_wrong() -> None:
    """Case 40: the call that was entered next day was in time; what was believed in between stays in the events."""
    facts = Facts()
    telling = Telling(WARNED)
    telling.take(facts.received("2026-03-02 09:00"))
    telling.pass_to("2026-03-03 08:00")
    told = telling.take(facts.add("2026-03-02 09:20", "CustomerInformed", recorded="2026-03-03 08:00"))
    assert sorted(told) == ["ClockMet", "SlaBreachRetracted", "SlaWarningRetracted"]
    retracted = next(said.event for said in telling.said if isinstance(said.event, SlaBreachRetracted))
    assert (retracted.at, retracted.breached_at) == (moment(at("2026-03-03 08:00")), moment(at("2026-03-02 10:00")))
    assert in_time(telling.clock("first_response").turns)
    assert telling.clock("first_response").marks == ()


@pytest.mark.parametrize(
    ("contact", "deadline", "told"),
    [
        ("08:30", "09:30", ["SlaBreached"]),
        ("09:40", "10:40", ["SlaBreached"]),
        ("09:10", "10:10", []),
    ],
)
def test_case_40_a_corrected_contact_moves_the_clock_with_all_that_was_said_of_it(
    contact: str, deadline: str, told: list[str]
) -> None:
    """Case 40: backwards and forwards; a breach that becomes visible is recorded with its true time, without notice."""
    facts = Facts()
    telling = Telling(book(row("all", rule("first_response", HOUR))))
    telling.take(facts.received("2026-03-02 09:10"))
    telling.pass_to("2026-03-02 12:00")
    right = f"2026-03-02T{contact}:00+00:00"
    correction = facts.add("2026-03-02 12:00", "ConsultationCorrected", contacted_at=right)
    assert telling.take(correction) == (["ClockRetargeted", "SlaBreachRetracted"] if told else [])
    assert telling.pass_to("2026-03-02 12:00") == told
    assert deadline_of(telling.clock("first_response").turns) == at(f"2026-03-02 {deadline}")
    if told:
        retargeted, breached = telling.said[-3].event, telling.said[-1].event
        assert isinstance(retargeted, ClockRetargeted)
        assert (retargeted.reason, retargeted.deadline) == (
            RetargetReason.CORRECTED,
            moment(at(f"2026-03-02 {deadline}")),
        )
        assert isinstance(breached, SlaBreached)
        assert (breached.at, breached.notice) == (moment(at(f"2026-03-02 {deadline}")), False)
    assert telling.restored() == telling.clocks


def test_case_40_a_contact_that_is_corrected_to_after_the_response_leaves_nothing_to_wait_for() -> None:
    """Case 40: the clock that was stopped before it began was met in no time."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:30", "CustomerInformed")
    facts.add("2026-03-02 09:40", "ConsultationCorrected", contacted_at="2026-03-02T09:35:00+00:00")
    (clock,) = clocks(facts, WARNED)["first_response"]
    assert (clock.state, clock.turns[-1].elapsed, in_time(clock.turns)) == (State.MET, 0, True)
    assert crossings(clock.turns) == []


def test_case_40_a_pause_that_is_entered_late_tells_the_clock_again_as_a_whole() -> None:
    """Case 40: the breach that it undoes is retracted, and falls due again when the time is up."""
    facts = Facts()
    policy = book(row("all", rule("total_resolution", HOUR, pauses=frozenset({"customer"}))))
    telling = Telling(policy)
    telling.take(facts.received("2026-03-02 09:00"))
    telling.pass_to("2026-03-02 10:05")
    pause = facts.add("2026-03-02 09:10", "TicketPaused", reason="customer", recorded="2026-03-02 10:05")
    resume = facts.add("2026-03-02 09:30", "TicketResumed", reason="customer", recorded="2026-03-02 10:05")
    assert telling.take(pause, resume) == ["ClockPaused", "ClockResumed", "SlaBreachRetracted"]
    assert telling.pass_to("2026-03-02 11:00") == ["SlaBreached"]
    assert telling.said[-1].event.at == moment(at("2026-03-02 10:20"))


def test_case_40_a_clock_that_never_ran_is_cancelled_once_and_comes_back_as_a_whole() -> None:
    """Case 40: what it said is retracted, and not said again because it did not run."""
    facts = Facts()
    received = facts.received("2026-03-02 09:00", recorded="2026-03-02 11:00")
    said_no = facts.add("2026-03-02 09:30", "AnswerRejected", answer=1, tier="CSE")
    policy = book(row("all", rule("reply_submission", HOUR)))
    telling = Telling(policy)
    telling.take(said_no)
    assert telling.pass_to("2026-03-02 11:00") == ["SlaBreached"]
    assert telling.take(received) == ["ClockStarted", "ClockCancelled", "SlaBreachRetracted"]
    assert telling.pass_to("2026-03-03 00:00") == ["SlaBreached"]
    assert telling.again() == []
    submitted = facts.add("2026-03-02 09:20", "AnswerSubmitted", answer=1, tier="CSE", recorded="2026-03-03 00:00")
    told = telling.take(submitted)
    assert sorted(told) == ["ClockMet", "ClockRetargeted", "SlaBreachRetracted"]
    assert telling.pass_to("2026-03-04 00:00") == ["SlaBreached"]
    assert [(each.cycle, each.state) for each in telling.named("reply_submission")] == [
        (1, State.MET),
        (2, State.RUNNING),
    ]
    assert {clock.clock_id: clock for clock in telling.restored()} == {
        clock.clock_id: clock for clock in telling.clocks
    }


def test_case_41_a_warning_before_the_deadline_is_counted_in_open_hours() -> None:
    """Case 41: three hours before Tuesday 11:00 is Monday 16:00, not Tuesday 08:00."""
    warning = threshold("3h", 8 * HOUR)
    facts = Facts()
    facts.received("2026-03-02 10:00")
    policy = book(
        row("all", rule("total_resolution", 8 * HOUR, calendar="office", warnings=(warning,))),
        calendars=[OFFICE_HOURS],
    )
    (clock,) = clocks(facts, policy)["total_resolution"]
    assert [(each.name, each.at, each.deadline) for each in crossings(clock.turns)] == [
        ("3h", at("2026-03-02 16:00"), at("2026-03-03 11:00")),
        (BREACH, at("2026-03-03 11:00"), at("2026-03-03 11:00")),
    ]


def test_case_42_a_breach_at_night_is_at_night() -> None:
    """Case 42: who is told only when the office opens is told of the true moment."""
    facts = Facts()
    telling = Telling(WARNED)
    telling.take(facts.received("2026-03-02 23:00"))
    telling.pass_to("2026-03-03 09:00")
    assert telling.said[-1].event.at == moment(at("2026-03-03 00:00"))
    opening = next(
        each.start for each in OFFICE_HOURS.stretches(at("2026-03-03 00:00"), at("2026-03-04 00:00")) if each.is_open
    )
    assert opening == at("2026-03-03 09:00")


def test_case_43_all_that_is_due_is_pending_however_many_thresholds_there_are() -> None:
    """Case 43: in the order of their moments, without a cap."""
    warnings = tuple(Threshold(f"{share}%", 36 * share) for share in range(1, 100))
    facts = Facts()
    telling = Telling(book(row("all", rule("total_resolution", HOUR, warnings=warnings))))
    telling.take(facts.received("2026-03-02 09:00"))
    assert len(telling.pass_to("2026-03-02 10:00")) == 100
    moments = [said.event.at for said in telling.said[1:]]
    assert moments == sorted(moments)


@pytest.mark.parametrize("arrival", [1, -1])
def test_case_44_clocks_of_services_that_differ_do_not_turn_the_story_round(arrival: int) -> None:
    """Case 44: the ticket was routed a moment before it was recorded, by the other service's clock."""
    facts = Facts()
    facts.received("2026-03-02 09:00:02", contacted="2026-03-02 08:55")
    facts.add("2026-03-02 09:00:01", "TicketRouted", tier="CSE", team="cse")
    found = clocks(facts.facts[::arrival], book(row("all", rule("tier_cse", HOUR), rule("first_response", HOUR))))
    assert [clock.started_at for each in found.values() for clock in each] == [at("2026-03-02 08:55")] * 2


def test_case_44_a_breach_that_is_known_within_the_tolerance_of_clocks_is_noticed() -> None:
    """Case 44: a second between two services does not decide whether anybody is told."""
    facts = Facts()
    graded = rule("first_response", HOUR, row="A", escalate=True)
    telling = Telling(book(row("A", graded, grade="A"), row("all", rule("first_response", 4 * HOUR))))
    telling.take(facts.received("2026-03-02 09:00"))
    telling.take(facts.classified("2026-03-02 12:00", "complaint", complaint_grade="A", recorded="2026-03-02 12:00:01"))
    assert [(each.at, each.notice) for each in pending(telling.clock("first_response"))] == [
        (at("2026-03-02 12:00"), True)
    ]


def test_case_45_a_migration_is_a_fact_of_each_ticket_and_repeating_it_says_nothing() -> None:
    """Case 45: so it can be stopped and resumed; what is over is not touched."""
    later = edition(row("all", rule("total_resolution", 3 * HOUR)), version="2", since=at("2027-01-01"))
    facts = Facts()
    telling = Telling(book(row("all", rule("total_resolution", HOUR), rule("first_response", HOUR)), later=[later]))
    telling.take(facts.received("2026-03-02 09:00"))
    telling.take(facts.add("2026-03-02 09:10", "CustomerInformed"))
    to_it = {"policy": "test", "policy_version": "2", "on_change": "keep"}
    assert telling.take(facts.add("2026-03-02 09:30", "PolicyMigrated", **to_it)) == ["ClockRetargeted"]
    assert telling.take(facts.add("2026-03-02 09:40", "PolicyMigrated", **to_it)) == []
    assert deadline_of(telling.clock("total_resolution").turns) == at("2026-03-02 12:00")
    assert telling.clock("first_response").terms.policy_version == "1"


@pytest.mark.parametrize(
    ("target_hours", "due_at"), [(10_000_000, "2026-03-05T09:00:00+00:00"), (1, "2199-12-31T23:59:59+00:00")]
)
def test_what_lies_behind_all_that_calendars_reckon_with_never_falls_due(target_hours: int, due_at: str) -> None:
    facts = Facts()
    policy = book(row("all", rule("callback_due", target_hours * HOUR, warnings=(Threshold("50%", HOUR // 2),))))
    telling = Telling(policy)
    telling.take(facts.received("2026-03-02 09:00"))
    telling.take(facts.add("2026-03-02 10:00", "CallbackScheduled", callback_id="c1", due_at=due_at))
    assert deadline_of(telling.clock("callback_due").turns) is None
    assert telling.pass_to("2026-03-04 00:00") == []
    assert telling.take(facts.add("2026-03-06 10:00", "CallbackCompleted", callback_id="c1", satisfied=True)) == [
        "ClockMet"
    ]


def test_a_calendar_that_never_opens_never_breaches() -> None:
    never = calendar("never", week={})
    facts = Facts()
    policy = book(
        row("all", rule("total_resolution", HOUR, calendar="never", warnings=(Threshold("50%", 1800),))),
        calendars=[never],
    )
    telling = Telling(policy)
    telling.take(facts.received("2026-03-02 09:00"))
    clock = telling.clock("total_resolution")
    assert (deadline_of(clock.turns), pending(clock), elapsed_at(clock.turns, at("2027-03-02 09:00"))) == (None, [], 0)
    assert breached_at(clock, at("2036-01-01")) is None
    telling.take(facts.add("2026-03-05 09:00", "TicketResolved", resolution="accepted"))
    assert in_time(telling.clock("total_resolution").turns)


def test_without_the_reception_a_tier_is_counted_from_when_it_got_the_ticket() -> None:
    facts = Facts()
    facts.add("2026-03-02 09:05", "TicketRouted", tier="CSE", team="cse")
    facts.add("2026-03-02 09:10", "AnswerSubmitted", answer=1, tier="CSE")
    facts.add("2026-03-02 09:20", "TicketClosed", cause="done")
    metrics = ("first_response", "tier_cse", "total_resolution")
    found = clocks(facts, book(row("all", *(rule(metric, HOUR) for metric in metrics))))
    assert [(clock.metric, clock.started_at, clock.state) for each in found.values() for clock in each] == [
        ("tier_cse", at("2026-03-02 09:05"), State.MET)
    ]


def test_what_is_the_same_makes_no_difference() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    found = [clock for each in clocks(facts, WARNED).values() for clock in each]
    assert difference(found, found, ("", 0)).said == []
