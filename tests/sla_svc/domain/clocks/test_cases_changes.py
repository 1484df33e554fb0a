"""What goes wrong elsewhere when something changes while clocks run: one test for each case, by its number."""

from datetime import timedelta

import pytest

from shared_events.contracts.sla import (
    CancelReason,
    ClockRetargeted,
    ClockStarted,
    OnChange,
    Passed,
    RetargetReason,
    SlaBreached,
)
from sla_svc.domain.clocks.clock import BREACH, State
from sla_svc.domain.clocks.deadlines import breached_at, crossings, deadline_of, in_time, pending
from sla_svc.domain.facts import Observed, moment
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.metrics.metric import Anchor, Metric
from sla_svc.domain.policies.rules import Threshold
from sla_svc.domain.story import Story
from tests.sla_svc.domain.clocks.telling import Telling
from tests.sla_svc.domain.scene import Facts, at, book, clocks, edition, row, rule

HOUR = 3600
CUSTOMER = frozenset({"customer"})


@pytest.mark.parametrize(
    ("on_change", "elapsed", "deadline"),
    [
        (OnChange.KEEP, 1800, "2026-03-02 13:10"),
        (OnChange.RESTART, 0, "2026-03-02 13:40"),
        (OnChange.FROM_START, 2400, "2026-03-02 13:00"),
    ],
)
def test_case_30_what_has_elapsed_is_kept_dropped_or_counted_again(
    on_change: OnChange, elapsed: int, deadline: str
) -> None:
    """Case 30: as the rule says that takes over; by its own reasons to pause if counted from the start."""
    normal = rule("total_resolution", HOUR, pauses=CUSTOMER)
    graded = rule("total_resolution", 4 * HOUR, row="A", on_change=on_change)
    facts = Facts()
    telling = Telling(book(row("A", graded, grade="A"), row("all", normal)))
    telling.take(facts.received("2026-03-02 09:00"))
    telling.take(facts.add("2026-03-02 09:10", "TicketPaused", reason="customer"))
    telling.take(facts.add("2026-03-02 09:20", "TicketResumed", reason="customer"))
    telling.take(facts.classified("2026-03-02 09:40", "complaint", complaint_grade="A"))
    event = telling.said[-1].event
    assert isinstance(event, ClockRetargeted)
    assert (event.reason, event.on_change, event.elapsed_seconds) == (RetargetReason.CHANGED, on_change, elapsed)
    assert (event.deadline_before, event.deadline) == (moment(at("2026-03-02 10:10")), moment(at(deadline)))


def test_case_30_several_grades_in_a_row_each_take_over_from_the_one_before() -> None:
    """Case 30: to a grade without such a clock and back again is a new cycle, which counts from the contact."""
    policy = book(
        row("A", rule("first_response", HOUR, row="A"), grade="A"),
        row("B", rule("first_response", 2 * HOUR, row="B"), grade="B"),
    )
    facts = Facts()
    telling = Telling(policy)
    telling.take(facts.received("2026-03-02 09:00"))
    for minute, grade in ((10, "B"), (20, "A"), (25, "B")):
        telling.take(facts.classified(f"2026-03-02 09:{minute}", "complaint", complaint_grade=grade))
    assert deadline_of(telling.clock("first_response").turns) == at("2026-03-02 11:00")
    assert telling.take(facts.classified("2026-03-02 09:30", "fees")) == ["ClockCancelled"]
    assert telling.take(facts.classified("2026-03-02 09:40", "complaint", complaint_grade="A")) == ["ClockStarted"]
    gone, again = telling.named("first_response")
    assert (gone.state, gone.turns[-1].why) == (State.CANCELLED, (CancelReason.NOT_APPLICABLE,))
    assert (again.cycle, again.started_at) == (2, at("2026-03-02 09:00"))
    assert deadline_of(again.turns) == at("2026-03-02 10:00")


def test_case_30_what_is_changed_and_changed_back_within_a_second_leaves_the_deadline() -> None:
    """Case 30: the clock goes by what was said last."""
    policy = book(row("A", rule("first_response", HOUR, row="A"), grade="A"), row("all", rule("first_response", 7200)))
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.classified("2026-03-02 09:10", "complaint", complaint_grade="A")
    facts.classified("2026-03-02 09:10", "complaint", microsecond=900_000)
    (clock,) = clocks(facts, policy)["first_response"]
    assert deadline_of(clock.turns) == at("2026-03-02 11:00")
    assert [each.name for each in crossings(clock.turns)] == [BREACH]


def test_case_31_a_policy_that_is_published_later_does_not_touch_what_runs_or_is_over() -> None:
    """Case 31: of two cycles each goes by the version that was in force when it began."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 11:00", "TicketResolved", resolution="accepted")
    facts.add("2026-03-03 09:00", "TicketReopened", cause="other", tier="CSE", team="cse")
    later = edition(row("all", rule("total_resolution", HOUR)), version="2", since=at("2026-03-02 10:00"))
    first, second = clocks(facts, book(row("all", rule("total_resolution", 3 * HOUR)), later=[later]))[
        "total_resolution"
    ]
    assert (first.terms.policy_version, in_time(first.turns)) == ("1", True)
    assert (second.terms.policy_version, deadline_of(second.turns)) == ("2", at("2026-03-03 10:00"))


def test_case_31_what_changes_in_flight_is_matched_in_the_version_that_the_clock_began_with() -> None:
    """Case 31: a change of the ticket is no change of the policy."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.classified("2026-03-02 09:30", "complaint", complaint_grade="A")
    rows = [row("A", rule("first_response", 2 * HOUR, row="A"), grade="A"), row("all", rule("first_response", HOUR))]
    later = edition(row("all", rule("first_response", 60)), version="2", since=at("2026-03-02 09:10"))
    (clock,) = clocks(facts, book(*rows, later=[later]))["first_response"]
    assert (clock.terms.policy_version, deadline_of(clock.turns)) == ("1", at("2026-03-02 11:00"))


def test_case_32_a_change_that_puts_the_deadline_into_the_past_is_one_breach_at_the_change() -> None:
    """Case 32: said once, with notice because nobody could have known before; and no warning beside it."""
    graded = rule("first_response", HOUR, row="A", warnings=(Threshold("50%", 1800),), escalate=True)
    facts = Facts()
    telling = Telling(book(row("A", graded, grade="A"), row("all", rule("first_response", 4 * HOUR))))
    telling.take(facts.received("2026-03-02 09:00"))
    telling.take(facts.classified("2026-03-02 12:00", "complaint", complaint_grade="A"))
    assert telling.pass_to("2026-03-05 00:00") == ["SlaBreached"]
    event = telling.said[-1].event
    assert isinstance(event, SlaBreached)
    assert (event.at, event.notice, event.escalate) == (moment(at("2026-03-02 12:00")), True, True)
    telling.take(facts.classified("2026-03-05 09:00", "fees", complaint_grade="A"))
    assert telling.pass_to("2026-03-06 00:00") == []


def test_case_32_what_was_breached_before_the_change_is_not_breached_again_at_it() -> None:
    """Case 32: the clock is over its new target as it was over the old one."""
    policy = book(row("B", rule("first_response", 5400, row="B"), grade="B"), row("all", rule("first_response", HOUR)))
    facts = Facts()
    telling = Telling(policy)
    telling.take(facts.received("2026-03-02 09:00"))
    assert telling.pass_to("2026-03-02 12:00") == ["SlaBreached"]
    telling.take(facts.classified("2026-03-02 12:00", "complaint", complaint_grade="B"))
    assert telling.pass_to("2026-03-03 00:00") == []


def test_case_33_a_change_that_lifts_a_breach_leaves_it_in_the_history() -> None:
    """Case 33: the clock is in time again, and falls due again by its new target."""
    policy = book(
        row("B", rule("first_response", 4 * HOUR, row="B"), grade="B"),
        row("all", rule("first_response", HOUR)),
    )
    facts = Facts()
    telling = Telling(policy)
    telling.take(facts.received("2026-03-02 09:00"))
    assert telling.pass_to("2026-03-02 11:00") == ["SlaBreached"]
    assert telling.take(facts.classified("2026-03-02 11:00", "complaint", complaint_grade="B")) == ["ClockRetargeted"]
    clock = telling.clock("first_response")
    assert breached_at(clock, at("2026-03-02 12:00")) is None
    assert [each.at for each in crossings(clock.turns) if each.name == BREACH] == [
        at("2026-03-02 10:00"),
        at("2026-03-02 13:00"),
    ]
    telling.take(facts.add("2026-03-02 12:30", "CustomerInformed"))
    clock = telling.clock("first_response")
    assert (in_time(clock.turns), [mark.at for mark in clock.marks]) == (True, [at("2026-03-02 10:00")])


def test_case_34_a_tier_answers_for_its_own_time_and_the_customer_for_none_of_it() -> None:
    """Case 34: handing on ends the tier's clock, coming back begins another; the customer's clock runs on."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:00", "TicketRouted", tier="CSE", team="cse", microsecond=1)
    facts.add("2026-03-02 09:30", "TicketEscalated", from_tier="CSE", tier="PSE", from_team="cse", team="pse")
    facts.add("2026-03-02 09:40", "TicketTransferred", tier="PSE", from_team="pse", team="pse-2")
    facts.add("2026-03-02 10:00", "TicketRouted", tier="RDE", team="rde")
    facts.add("2026-03-02 10:20", "TechnicalCaseAnswered", case=1, answer=1, from_team="rde", team="pse")
    rules = [rule(metric, HOUR) for metric in ("tier_cse", "tier_pse", "tier_rde", "total_resolution")]
    found = clocks(facts, book(row("all", *rules)))
    spans = {metric: [(clock.started_at, clock.ended_at) for clock in each] for metric, each in found.items()}
    nine, half, ten = at("2026-03-02 09:00"), at("2026-03-02 09:30"), at("2026-03-02 10:00")
    assert spans == {
        "tier_cse": [(nine, half)],
        "tier_pse": [(half, ten), (at("2026-03-02 10:20"), None)],
        "tier_rde": [(ten, at("2026-03-02 10:20"))],
        "total_resolution": [(nine, None)],
    }


def test_case_35_a_referral_has_a_clock_of_its_own_beside_those_of_the_owner() -> None:
    """Case 35: with a metric for it, of which each referral has its own clock."""

    def on(kind: str) -> Anchor:
        return lambda fact, _: fact.at if fact.kind == kind else None

    def which(fact: Observed) -> str:
        return str(fact.data.get("referral_id", ""))

    def never(_: Observed, __: Story) -> None:
        return None

    referral = Metric(
        name="referral",
        starts={"referred": on("TicketReferred")},
        stops={"closed": on("ReferralClosed")},
        ends=never,
        key=which,
    )
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:10", "TicketReferred", referral_id="r1")
    facts.add("2026-03-02 09:20", "TicketReferred", referral_id="r2")
    facts.add("2026-03-02 09:30", "ReferralClosed", referral_id="r1")
    policy = book(row("all", rule("referral", HOUR), rule("total_resolution", HOUR)))
    found = clocks(facts, policy, metrics={**METRICS, "referral": referral})
    assert [(clock.started_at, clock.ended_at) for clock in found["referral"]] == [
        (at("2026-03-02 09:10"), at("2026-03-02 09:30")),
        (at("2026-03-02 09:20"), None),
    ]
    assert deadline_of(found["total_resolution"][0].turns) == at("2026-03-02 10:00")


def test_case_36_of_rows_that_overlap_the_first_applies_and_the_reasons_are_recorded() -> None:
    """Case 36: why the rows before did not match stands in the event that starts the clock."""
    policy = book(
        row("A", rule("first_response", HOUR, row="A"), grade="A"),
        row("calls", rule("first_response", 2 * HOUR, row="calls"), channel=["telephone", "chat"]),
        row("all", rule("first_response", 3 * HOUR)),
    )
    telling = Telling(policy)
    telling.take(Facts().received("2026-03-02 09:00"))
    event = telling.said[-1].event
    assert isinstance(event, ClockStarted)
    assert (event.terms.row, event.deadline) == ("calls", moment(at("2026-03-02 09:00")) + timedelta(hours=2))
    assert event.terms.passed == (Passed(row="A", condition="grade", expected=("A",), found=None),)


def test_a_migration_during_a_pause_leaves_the_clock_paused_by_the_reasons_of_the_new_version() -> None:
    later = edition(
        row("all", rule("total_resolution", 3 * HOUR, pauses=CUSTOMER)), version="2", since=at("2027-01-01")
    )
    facts = Facts()
    telling = Telling(book(row("all", rule("total_resolution", HOUR, pauses=CUSTOMER)), later=[later]))
    telling.take(facts.received("2026-03-02 09:00"))
    telling.take(facts.add("2026-03-02 09:30", "TicketPaused", reason="customer"))
    migrated = facts.add("2026-03-02 10:00", "PolicyMigrated", policy="test", policy_version="2", on_change="keep")
    assert telling.take(migrated) == ["ClockRetargeted", "ClockPaused"]
    event = telling.said[-2].event
    assert isinstance(event, ClockRetargeted)
    assert (event.reason, event.elapsed_seconds) == (RetargetReason.MIGRATED, 1800)
    assert pending(telling.clock("total_resolution")) == []
    telling.take(facts.add("2026-03-02 11:00", "TicketResumed", reason="customer"))
    assert deadline_of(telling.clock("total_resolution").turns) == at("2026-03-02 13:30")


def test_a_move_to_a_shorter_target_tells_nobody_of_what_is_over_by_it_at_once() -> None:
    """Its preview has told whoever made it; what falls due later is told as ever."""
    stricter = rule("total_resolution", HOUR, escalate=True, warnings=(Threshold("50%", HOUR // 2),))
    later = edition(row("all", stricter, rule("first_response", 4 * HOUR)), version="2", since=at("2027-01-01"))
    policy = book(row("all", rule("total_resolution", 9 * HOUR), rule("first_response", 9 * HOUR)), later=[later])
    facts = Facts()
    telling = Telling(policy)
    telling.take(facts.received("2026-03-02 09:00"))
    telling.take(
        facts.add("2026-03-02 11:00", "PolicyMigrated", policy="test", policy_version="2", on_change="from_start")
    )
    assert telling.pass_to("2026-03-02 14:00") == ["SlaBreached", "SlaBreached"]
    breaches = [said.event for said in telling.said if isinstance(said.event, SlaBreached)]
    assert [(each.metric, each.at, each.notice, each.escalate) for each in breaches] == [
        ("total_resolution", moment(at("2026-03-02 11:00")), False, False),
        ("first_response", moment(at("2026-03-02 13:00")), True, False),
    ]


def test_a_clock_starts_by_the_version_that_is_in_force_at_the_anchor_that_it_names() -> None:
    calls = {"contacted": "2026-03-02 08:59"}
    later = edition(
        row("all", rule("first_response", HOUR, start="contacted")), version="2", since=at("2026-03-02 09:00")
    )
    facts = Facts()
    facts.received("2026-03-02 09:01", **calls)
    (clock,) = clocks(facts, book(row("all", rule("first_response", HOUR)), later=[later]))["first_response"]
    assert (clock.terms.policy_version, clock.started_at) == ("1", at("2026-03-02 08:59"))
    by_reception = book(row("all", rule("first_response", HOUR, start="received")), later=[later])
    (clock,) = clocks(facts, by_reception)["first_response"]
    assert clock.started_at == at("2026-03-02 09:01")


def test_a_callback_visit_goes_by_the_policy_that_is_in_force_when_it_is_planned() -> None:
    """So a policy that is published in between changes no clock that was told of."""
    first = row("all", rule("callback_due", HOUR))
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 10:00", "CallbackScheduled", callback_id="c1", due_at="2026-03-05T09:00:00+00:00")
    later = edition(row("all", rule("callback_due", 2 * HOUR)), version="2", since=at("2026-03-03 09:00"))
    (before,), (after,) = (
        clocks(facts, policies)["callback_due"] for policies in (book(first), book(first, later=[later]))
    )
    assert (after.terms.policy_version, after.turns) == ("1", before.turns)
