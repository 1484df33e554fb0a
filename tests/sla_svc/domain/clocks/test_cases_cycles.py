"""What goes wrong elsewhere where clocks start, stop and start again: one test for each case, by its number."""

import pytest

from shared_events.contracts.sla import CancelReason, SlaBreached, TurnKind
from sla_svc.domain.clocks.clock import BREACH, State
from sla_svc.domain.clocks.deadlines import breached_at, deadline_of, in_time, pending
from sla_svc.domain.facts import Observed, moment
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.policies.rules import Threshold
from sla_svc.domain.story import Story
from tests.sla_svc.domain.clocks.telling import Telling
from tests.sla_svc.domain.scene import Facts, at, book, clocks, row, rule

HOUR = 3600
RESPONSE = book(row("all", rule("first_response", HOUR)))
COMPLAINTS = book(row("A", rule("first_response", HOUR), rule("complaint_handling", 24 * HOUR), category="complaint"))


@pytest.mark.parametrize(
    ("kind", "by", "counts"),
    [
        ("AnswerSubmitted", "agent-1", True),
        ("CustomerInformed", "agent-1", True),
        ("CustomerInformed", "system:routing", False),
        ("AnswerProposed", "agent-1", False),
        ("TicketAssigned", "agent-1", False),
    ],
)
def test_case_21_a_response_is_what_a_person_says_to_the_customer(kind: str, by: str, counts: bool) -> None:
    """Case 21: neither a program's message nor work that the customer does not hear of is a response."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:30", kind, by=by, agent_id="agent-1")
    (clock,) = clocks(facts, RESPONSE)["first_response"]
    assert (clock.state is State.MET) is counts


def test_case_22_the_next_reply_is_owed_from_the_oldest_message_that_nobody_answered() -> None:
    """Case 22: several messages are one cycle, and a resolved ticket owes no reply."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:10", "CustomerMessageReceived")
    facts.add("2026-03-02 09:30", "CustomerInformed")
    facts.add("2026-03-02 10:00", "CustomerMessageReceived")
    facts.add("2026-03-02 10:20", "CustomerMessageReceived")
    facts.add("2026-03-02 10:40", "CustomerInformed")
    facts.add("2026-03-02 11:00", "CustomerMessageReceived")
    facts.add("2026-03-02 11:30", "TicketResolved", resolution="accepted")
    found = clocks(facts, book(row("all", rule("next_reply", HOUR))))["next_reply"]
    assert [(clock.started_at, clock.ended_at, clock.turns[-1].why) for clock in found] == [
        (at("2026-03-02 10:00"), at("2026-03-02 10:40"), ()),
        (at("2026-03-02 11:00"), at("2026-03-02 11:30"), (CancelReason.RESOLVED,)),
    ]


def test_case_23_a_ticket_that_is_resolved_without_a_response_has_its_clock_cancelled() -> None:
    """Case 23: it is neither met nor missed, unless the deadline was over before."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:30", "TicketResolved", resolution="no_answer_needed")
    (clock,) = clocks(facts, RESPONSE)["first_response"]
    assert (clock.turns[-1].why, breached_at(clock, at("2026-03-03 00:00"))) == ((CancelReason.RESOLVED,), None)
    late = Facts()
    late.received("2026-03-02 09:00")
    late.add("2026-03-02 10:30", "TicketClosed", cause="done")
    (clock,) = clocks(late, RESPONSE)["first_response"]
    assert breached_at(clock, at("2026-03-03 00:00")) == at("2026-03-02 10:00")


def test_case_24_updates_are_owed_from_the_first_response_on() -> None:
    """Case 24: until then it is the response that the customer waits for; then from each thing they were told."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    policy = book(row("all", rule("first_response", HOUR), rule("periodic_update", 4 * HOUR)))
    assert set(clocks(facts, policy)) == {"first_response"}
    facts.add("2026-03-02 09:30", "CustomerInformed")
    facts.add("2026-03-02 12:00", "CustomerInformed", by="system:intake")
    facts.add("2026-03-02 13:00", "AnswerSubmitted", answer=1, tier="CSE")
    found = clocks(facts, policy)["periodic_update"]
    assert [(clock.cycle, clock.started_at, deadline_of(clock.turns)) for clock in found] == [
        (1, at("2026-03-02 09:30"), None),
        (2, at("2026-03-02 13:00"), at("2026-03-02 17:00")),
    ]


def test_case_25_a_reopening_begins_anew_and_nobody_pays_for_the_time_in_between() -> None:
    """Case 25: the old cycle is not judged again, and the first response is never measured again."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:01", "TicketRouted", tier="CSE", team="cse")
    facts.add("2026-03-02 09:30", "AnswerSubmitted", answer=1, tier="CSE")
    facts.add("2026-03-02 09:40", "TicketResolved", resolution="accepted")
    metrics = ("first_response", "reply_submission", "tier_cse", "total_resolution")
    policy = book(row("all", *(rule(metric, HOUR) for metric in metrics)))
    before = clocks(facts, policy)
    facts.add("2026-03-09 12:00", "TicketReopened", cause="dissatisfied", tier="CSE", team="cse", callback_id="c1")
    after = clocks(facts, policy)
    assert {metric: found[:1] for metric, found in after.items()} == before
    assert "first_response" not in {metric for metric, found in after.items() if len(found) > 1}
    for metric in metrics[1:]:
        (again,) = after[metric][1:]
        assert (again.cycle, again.started_at, deadline_of(again.turns)) == (
            2,
            at("2026-03-09 12:00"),
            at("2026-03-09 13:00"),
        )


def test_case_25_a_complaint_is_handled_again_from_its_reopening_also_if_nobody_had_responded() -> None:
    """Case 25: what the complaint had before, or was before, does not count in its new cycle."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:30", "TicketResolved", resolution="no_answer_needed")
    facts.add("2026-03-03 09:00", "TicketReopened", cause="other", tier="CSE", team="cse")
    facts.classified("2026-03-03 10:00", "complaint")
    (clock,) = clocks(facts, COMPLAINTS)["complaint_handling"]
    assert clock.started_at == at("2026-03-03 09:00")
    facts.add("2026-03-03 11:00", "TicketResolved", resolution="accepted")
    facts.add("2026-03-04 09:00", "TicketReopened", cause="other", tier="CSE", team="cse")
    assert [each.started_at for each in clocks(facts, COMPLAINTS)["complaint_handling"]] == [
        at("2026-03-03 09:00"),
        at("2026-03-04 09:00"),
    ]


def test_case_25_a_reopened_ticket_that_turns_out_to_be_a_complaint_is_handled_from_the_reopening() -> None:
    """Case 25: the response was given long before, and the time in between is nobody's."""
    complaints = row("c", rule("complaint_handling", HOUR), category="complaint")
    policy = book(complaints, row("all", rule("first_response", HOUR)))
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:10", "CustomerInformed")
    facts.add("2026-03-02 09:30", "TicketResolved", resolution="accepted")
    facts.add("2026-03-09 09:00", "TicketReopened", cause="other", tier="CSE", team="cse")
    facts.classified("2026-03-09 09:05", "complaint")
    (clock,) = clocks(facts, policy)["complaint_handling"]
    assert clock.started_at == at("2026-03-09 09:00")


def test_case_26_a_thank_you_after_the_end_starts_nothing() -> None:
    """Case 26: only a reopening makes it work again."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:30", "AnswerSubmitted", answer=1, tier="CSE")
    facts.add("2026-03-02 09:40", "TicketResolved", resolution="accepted")
    facts.add("2026-03-02 09:50", "CustomerMessageReceived")
    facts.add("2026-03-02 09:55", "CustomerInformed")
    metrics = ("next_reply", "periodic_update", "total_resolution", "reply_submission")
    found = clocks(facts, book(row("all", *(rule(metric, HOUR) for metric in metrics))))
    assert all(clock.ended_at is not None for each in found.values() for clock in each)
    assert "next_reply" not in found


def test_case_27_of_a_merged_ticket_the_clocks_end_and_of_a_split_one_they_begin_with_the_contact() -> None:
    """Case 27: with a metric that knows the merging; the target's clocks are its own, and go on."""

    def asked(fact: Observed, story: Story) -> int | None:
        return story.contacted_at if fact.kind == "ConsultationReceived" else None

    def merged(fact: Observed, _: Story) -> CancelReason | None:
        return CancelReason.WITHDRAWN if fact.kind == "ConsultationMerged" else None

    metric = Metric(name="answer", starts={"asked": asked}, stops={"never": lambda *_: None}, ends=merged)
    policy = book(row("all", rule("answer", HOUR)))
    source = Facts()
    source.received("2026-03-02 09:00")
    source.add("2026-03-02 09:30", "ConsultationMerged", into="another")
    (clock,) = clocks(source, policy, metrics={"answer": metric})["answer"]
    assert (clock.state, pending(clock)) == (State.CANCELLED, [])
    part = Facts()
    part.received("2026-03-02 11:00", contacted="2026-03-02 08:50")
    (clock,) = clocks(part, policy, metrics={"answer": metric})["answer"]
    assert deadline_of(clock.turns) == at("2026-03-02 09:50")


def test_case_28_what_is_imported_or_entered_late_raises_no_storm_of_old_warnings() -> None:
    """Case 28: breaches of the past are recorded without notice, and warnings of the past not at all."""
    warned = book(row("all", rule("first_response", HOUR, warnings=(Threshold("50%", 1800),), escalate=True)))
    for live in (False, True):
        facts = Facts()
        telling = Telling(warned)
        telling.take(facts.received("2026-03-02 09:00", live=live, recorded="2026-03-03 09:00"))
        assert telling.pass_to("2026-03-04 00:00") == ["SlaBreached"]
        event = telling.said[-1].event
        assert isinstance(event, SlaBreached)
        assert (event.at, event.notice, event.escalate) == (moment(at("2026-03-02 10:00")), False, False)


def test_case_28_an_open_ticket_of_an_older_system_goes_on_here() -> None:
    """Case 28: what falls due after the import is told, and what follows from it follows."""
    rules = book(row("all", rule("first_response", 4 * HOUR, warnings=(Threshold("50%", 2 * HOUR),), escalate=True)))
    telling = Telling(rules)
    telling.take(Facts().received("2026-03-02 09:00", live=False, recorded="2026-03-02 12:00"))
    assert telling.pass_to("2026-03-03 00:00") == ["SlaBreached"]  # the warning was over before
    event = telling.said[-1].event
    assert isinstance(event, SlaBreached)
    assert (event.at, event.notice, event.escalate) == (moment(at("2026-03-02 13:00")), True, True)
    assert [said.live for said in telling.said] == [False, True]


def test_case_28_of_what_is_entered_late_the_future_is_warned_of() -> None:
    """Case 28: only what was over before it was known is old."""
    facts = Facts()
    warnings = (Threshold("25%", 900), Threshold("50%", 1800))
    telling = Telling(book(row("all", rule("first_response", HOUR, warnings=warnings))))
    telling.take(facts.received("2026-03-02 09:20", contacted="2026-03-02 09:00"))
    assert [(each.name, each.notice) for each in pending(telling.clock("first_response"))] == [
        ("50%", True),
        (BREACH, True),
    ]


def test_case_28_a_deadline_that_a_late_classification_shows_was_over_before() -> None:
    """Case 28: the clock began with the contact, but nobody could know until somebody said what it was about."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.classified("2026-03-02 12:00", "complaint")
    (clock,) = clocks(facts, COMPLAINTS)["first_response"]
    assert [(each.name, each.at, each.notice) for each in pending(clock)] == [(BREACH, at("2026-03-02 10:00"), False)]


def test_a_callback_visit_that_is_made_before_its_time_is_made_in_time() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    planned = facts.add("2026-03-02 10:00", "CallbackScheduled", callback_id="c1", due_at="2026-03-05T09:00:00+00:00")
    telling = Telling(book(row("all", rule("callback_due", HOUR))))
    telling.take(*facts.facts)
    telling.take(facts.add("2026-03-03 09:00", "CallbackAttempted", callback_id="c1", attempt=1, result="not_reached"))
    done = facts.add("2026-03-04 09:00", "CallbackCompleted", callback_id="c1", satisfied=True)
    assert telling.take(done) == ["ClockMet"]
    clock = telling.clock("callback_due")
    assert [(turn.kind, turn.at, turn.elapsed, turn.cause) for turn in clock.turns] == [
        (TurnKind.STARTED, at("2026-03-05 09:00"), 0, planned.event_id),
        (TurnKind.MET, at("2026-03-04 09:00"), 0, done.event_id),
    ]
    assert in_time(clock.turns)
    assert telling.pass_to("2026-03-09 00:00") == []
    assert telling.restored() == telling.clocks


def test_a_callback_visit_that_is_known_when_it_is_over_is_told_from_its_beginning() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 10:00", "CallbackScheduled", callback_id="c1", due_at="2026-03-05T09:00:00+00:00")
    facts.add("2026-03-04 09:00", "CallbackCompleted", callback_id="c1", satisfied=True)
    telling = Telling(book(row("all", rule("callback_due", HOUR))))
    assert telling.take(*facts.facts) == ["ClockStarted", "ClockMet"]
    assert telling.restored() == telling.clocks


def test_a_withdrawn_ticket_owes_none_of_its_callback_visits() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    for visit in ("c1", "c2"):
        facts.add("2026-03-02 10:00", "CallbackScheduled", callback_id=visit, due_at="2026-03-05T09:00:00+00:00")
    facts.add("2026-03-03 09:00", "ConsultationWithdrawn")
    found = clocks(facts, book(row("all", rule("callback_due", HOUR))))["callback_due"]
    assert [clock.turns[-1].why for clock in found] == [(CancelReason.WITHDRAWN,)] * 2


def test_a_withdrawn_ticket_that_is_reopened_is_worked_on_anew() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:01", "TicketRouted", tier="PSE", team="pse")
    facts.add("2026-03-02 09:30", "ConsultationWithdrawn")
    facts.add("2026-03-02 09:31", "TicketClosed", cause="withdrawn")
    facts.add("2026-03-03 09:00", "TicketReopened", cause="customer_request", tier="PSE", team="pse")
    found = clocks(facts, book(row("all", rule("total_resolution", HOUR), rule("tier_pse", HOUR))))
    for each in found.values():
        assert [(clock.state, clock.started_at) for clock in each[1:]] == [(State.RUNNING, at("2026-03-03 09:00"))]
        assert each[0].turns[-1].why == (CancelReason.WITHDRAWN,)
