"""The ticket as it is now: given these events in the log, then this is what the ledger knows."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from ledger_svc.views.tickets.row import TicketRow
from ledger_svc.views.tickets.view import CHANGES, fold
from shared_events.contracts import REGISTRY
from shared_events.contracts.base import Fact, Origin, Tier
from shared_events.contracts.feedback import (
    AttemptResult,
    CallbackAttempted,
    CallbackCompleted,
    CallbackScheduled,
    DissatisfactionRaised,
)
from shared_events.contracts.intake import (
    Channel,
    ConsultationAcknowledged,
    ConsultationCorrected,
    ConsultationWithdrawn,
    Contact,
    CustomerMessageReceived,
)
from shared_events.contracts.routing import (
    AnswerAccepted,
    AnswerProposed,
    AnswerRejected,
    AnswerSubmitted,
    CustomerInformed,
    PauseReason,
    ReopeningCause,
    Resolution,
    TechnicalCaseAnswered,
    TechnicalCaseOpened,
    TicketAssigned,
    TicketClosed,
    TicketEscalated,
    TicketHandedBack,
    TicketPaused,
    TicketReleased,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketRouted,
    TicketTransferred,
)
from tests.ledger_svc.history import (
    AGENT,
    ASSIGNED,
    CLASSIFIED,
    NOON,
    RECEIVED,
    ROUTED,
    TICKET,
    History,
    after,
    history,
)

IN_WORK = (RECEIVED, CLASSIFIED, ROUTED, ASSIGNED)
PROPOSED = AnswerProposed(**after(4), answer=1, tier=Tier.CSE, text="zx1:answer")
SUBMITTED = AnswerSubmitted(**after(5), answer=1, tier=Tier.CSE)
ACCEPTED = AnswerAccepted(**after(6), answer=1, tier=Tier.CSE)
RESOLVED = TicketResolved(**after(6), resolution=Resolution.ACCEPTED)
CLOSED = TicketClosed(**after(7), cause="done")
WITHDRAWN = ConsultationWithdrawn(**after(8), reason="zx1:reason")
ESCALATED = TicketEscalated(**after(8), from_tier=Tier.CSE, from_team="cse", tier=Tier.PSE, team="pse")


def given(*events: Fact) -> TicketRow:
    """The row after these events."""
    row: TicketRow | None = None
    for recorded in history(*events):
        row = fold(row, recorded)
    assert row is not None
    return row


def told(minutes: int) -> dict[str, str]:
    """Who did it and when, as the document has it."""
    return {"at": f"2026-03-02T12:{minutes:02}:00Z", "by": AGENT}


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ((RECEIVED,), "received"),
        ((RECEIVED, CLASSIFIED), "classified"),
        ((RECEIVED, CLASSIFIED, ROUTED), "queued"),
        (IN_WORK, "in_work"),
        ((*IN_WORK, TicketReleased(**after(4), agent_id=AGENT)), "queued"),
        ((*IN_WORK, PROPOSED), "in_work"),
        ((*IN_WORK, PROPOSED, SUBMITTED), "answered"),
        ((*IN_WORK, PROPOSED, SUBMITTED, ACCEPTED, RESOLVED), "resolved"),
        ((*IN_WORK, PROPOSED, SUBMITTED, ACCEPTED, RESOLVED, CLOSED), "closed"),
        ((*IN_WORK, SUBMITTED, AnswerRejected(**after(6), answer=1, tier=Tier.CSE)), "in_work"),
        ((*IN_WORK, ESCALATED), "queued"),
        ((RECEIVED, WITHDRAWN), "withdrawn"),
        ((*IN_WORK, WITHDRAWN), "withdrawn"),
        ((*IN_WORK, WITHDRAWN, TicketClosed(**after(9), cause="withdrawn")), "withdrawn"),
    ],
)
def test_the_status_says_where_the_ticket_is(events: Sequence[Fact], status: str) -> None:
    assert given(*events).status == status


def test_a_withdrawal_does_not_undo_the_closing_of_a_ticket() -> None:
    assert given(*IN_WORK, SUBMITTED, RESOLVED, CLOSED, WITHDRAWN).status == "closed"


def test_a_ticket_reopened_after_a_withdrawal_is_in_a_queue_again() -> None:
    reopened = TicketReopened(**after(20), cause=ReopeningCause.CUSTOMER_REQUEST, tier=Tier.CSE, team="cse")
    row = given(*IN_WORK, WITHDRAWN, TicketClosed(**after(9), cause="withdrawn"), reopened)
    assert (row.status, row.queued_since) == ("queued", reopened.at)


def test_the_record_of_the_consultation_is_kept() -> None:
    received = RECEIVED.model_copy(
        update={"contact": Contact(name="zx1:name", phone="zx1:phone"), "content": "zx1:content", "product": "router"}
    )
    row = given(received, ConsultationAcknowledged(**after(0), expected_reply_at=NOON + timedelta(hours=4)), CLASSIFIED)
    assert (row.ticket_id, row.number, row.customer_id, row.channel) == (
        TICKET,
        "1002-0034-7",
        "customer-1",
        "telephone",
    )
    assert (row.received_at, row.contacted_at) == (NOON, NOON - timedelta(minutes=3))
    assert row.expected_reply_at == NOON + timedelta(hours=4)
    assert (row.category, row.urgency, row.complexity) == ("technical_support", "high", "complex")
    assert row.document["contact"] == {"name": "zx1:name", "phone": "zx1:phone", "email": None, "address": None}
    assert (row.document["content"], row.document["product"]) == ("zx1:content", "router")
    assert row.document["received"] == told(0)


def test_a_correction_keeps_what_was_believed_before() -> None:
    received = RECEIVED.model_copy(update={"contact": Contact(phone="zx1:wrong"), "content": "zx1:content"})
    corrected = ConsultationCorrected(
        **after(9),
        reason="zx1:misheard",
        channel=Channel.CHAT,
        contacted_at=NOON - timedelta(minutes=5),
        contact=Contact(phone="zx1:right"),
    )
    row = given(received, corrected)
    assert (row.channel, row.contacted_at) == ("chat", NOON - timedelta(minutes=5))
    assert row.document["contact"]["phone"] == "zx1:right"
    assert [(c["field"], c["before"], c["after"], c["sealed"]) for c in row.document["corrections"]] == [
        ("channel", "telephone", "chat", False),
        ("contacted_at", "2026-03-02T11:57:00Z", "2026-03-02T11:55:00Z", False),
        ("contact.phone", "zx1:wrong", "zx1:right", True),
    ]
    assert all(c["reason"] == "zx1:misheard" and c["corrected"] == told(9) for c in row.document["corrections"])


def test_an_answer_carries_each_of_its_steps() -> None:
    row = given(*IN_WORK, PROPOSED, SUBMITTED, ACCEPTED)
    assert row.document["answers"] == [
        {
            "answer": 1,
            "tier": "CSE",
            "text": "zx1:answer",
            "exception": None,
            "proposed": told(4),
            "submitted": told(5),
            "accepted": told(6),
            "rejected": None,
            "rejection_reason": None,
        }
    ]


def test_an_imported_answer_is_submitted_without_a_proposal() -> None:
    submitted = AnswerSubmitted(**after(5), answer=1, tier=Tier.RDE, exception="answered_by_rde")
    (answer,) = given(*IN_WORK, submitted).document["answers"]
    assert (answer["proposed"], answer["exception"], answer["submitted"]) == (None, "answered_by_rde", told(5))


def test_a_technical_case_comes_back_to_the_pse_as_a_proposed_answer() -> None:
    row = given(
        *IN_WORK,
        ESCALATED,
        TicketAssigned(**after(9), tier=Tier.PSE, team="pse", agent_id="agent-8"),
        TechnicalCaseOpened(**after(10), case=1, description="zx1:case"),
        TicketEscalated(**after(10), from_tier=Tier.PSE, from_team="pse", tier=Tier.RDE, team="rde"),
        TechnicalCaseAnswered(
            **after(11), case=1, answer=1, text="zx1:text", from_team="rde", team="pse", agent_id="agent-8"
        ),
    )
    assert (row.tier, row.team, row.agent_id, row.status) == ("PSE", "pse", "agent-8", "in_work")
    assert row.document["technical_cases"] == [
        {"case": 1, "description": "zx1:case", "opened": told(10), "answered": told(11), "answer": 1}
    ]
    assert row.document["answers"][0]["text"] == "zx1:text"
    assert row.tiers_touched == "CSE+PSE+RDE"


def test_moves_are_counted_by_where_they_went() -> None:
    def move(kind: Any, **places: Any) -> Fact:
        fact: Fact = kind(**after(9), from_team="a", team="b", **places)
        return fact

    row = given(
        *IN_WORK,
        move(TicketEscalated, from_tier=Tier.CSE, tier=Tier.PSE),
        move(TicketEscalated, from_tier=Tier.PSE, tier=Tier.RDE),
        move(TicketHandedBack, from_tier=Tier.RDE, tier=Tier.PSE),
        move(TicketHandedBack, from_tier=Tier.PSE, tier=Tier.CSE),
        move(TicketEscalated, from_tier=Tier.CSE, tier=Tier.RDE),
        move(TicketHandedBack, from_tier=Tier.RDE, tier=Tier.CSE),
        move(TicketEscalated, from_tier=Tier.CSE, tier=Tier.PSE),
        move(TicketTransferred, tier=Tier.PSE),
    )
    assert (row.escalated_cse_pse, row.escalated_pse_rde, row.escalated_cse_rde) == (2, 1, 1)
    assert (row.handed_back_pse_cse, row.handed_back_rde_pse, row.handed_back_rde_cse) == (1, 1, 1)
    assert row.transfers == 1


def test_a_ticket_that_went_straight_to_pse_has_not_touched_cse() -> None:
    row = given(RECEIVED, CLASSIFIED, TicketRouted(**after(2), tier=Tier.PSE, team="pse", automatic=True))
    assert row.tiers_touched == "PSE"


def test_waiting_in_a_queue_counts_from_the_last_time_it_was_entered() -> None:
    assert given(RECEIVED, CLASSIFIED, ROUTED).queued_since == ROUTED.at
    assert given(*IN_WORK).queued_since is None
    assert given(*IN_WORK, ESCALATED).queued_since == ESCALATED.at


def test_a_pause_lasts_until_the_wait_for_its_reason_is_over() -> None:
    paused = TicketPaused(**after(5), reason=PauseReason.CUSTOMER, note="zx1:note")
    row = given(*IN_WORK, paused)
    assert (row.paused, row.waits, row.status) == (True, 1, "in_work")
    assert row.document["pauses"] == [{"reason": "customer", "note": "zx1:note", "paused": told(5)}]
    row = given(*IN_WORK, paused, TicketResumed(**after(6), reason=PauseReason.CUSTOMER))
    assert (row.paused, row.waits, row.document["pauses"]) == (False, 1, [])


def test_another_reason_is_another_wait() -> None:
    row = given(
        *IN_WORK,
        TicketPaused(**after(5), reason=PauseReason.CUSTOMER),
        TicketResumed(**after(6), reason=PauseReason.CUSTOMER),
        TicketPaused(**after(6), reason=PauseReason.VENDOR),
    )
    assert (row.paused, row.waits) == (True, 2)


def test_refusals_and_reopenings_are_counted_and_told() -> None:
    row = given(
        *IN_WORK,
        PROPOSED,
        SUBMITTED,
        AnswerRejected(**after(6), answer=1, tier=Tier.CSE, reason="zx1:still broken"),
        AnswerSubmitted(**after(7), answer=2, tier=Tier.CSE, text="zx1:again"),
        RESOLVED,
        CLOSED,
        TicketReopened(**after(9), cause=ReopeningCause.DISSATISFIED, tier=Tier.CSE, team="cse", callback_id="c.1"),
    )
    assert (row.rejections, row.reopenings, row.status, row.agent_id) == (1, 1, "queued", None)
    first, second = row.document["answers"]
    assert (first["rejected"], first["rejection_reason"]) == (told(6), "zx1:still broken")
    assert second["text"] == "zx1:again"
    assert row.document["reopenings"] == [
        {"cause": "dissatisfied", "note": None, "callback_id": "c.1", "reopened": told(9)}
    ]
    assert (row.document["resolution"], row.document["closing"]) == (None, None)


def test_what_was_said_to_and_by_the_customer_is_kept() -> None:
    row = given(
        *IN_WORK,
        CustomerMessageReceived(**after(5), channel=Channel.EMAIL, message="zx1:more"),
        CustomerInformed(**after(6), message="zx1:soon"),
    )
    assert row.document["messages"] == [{"channel": "email", "text": "zx1:more", "received": told(5)}]
    assert row.document["notices"] == [{"text": "zx1:soon", "sent": told(6)}]


def test_a_callback_visit_is_told_from_its_planning_to_its_outcome() -> None:
    later = NOON + timedelta(days=1)
    visit = {**after(9), "callback_id": f"{TICKET}.1"}
    row = given(
        RECEIVED,
        CallbackScheduled(**visit, answer=1, due_at=later),
        CallbackAttempted(**visit, attempt=1, result=AttemptResult.NOT_REACHED, try_again_at=later, note="zx1:busy"),
        CallbackAttempted(**visit, attempt=2, result=AttemptResult.REACHED),
        CallbackCompleted(**visit, satisfied=False, comment="zx1:comment"),
        DissatisfactionRaised(**visit),
    )
    (callback,) = row.document["callbacks"]
    assert callback["due_at"] == "2026-03-03T12:00:00Z"
    assert [attempt["result"] for attempt in callback["attempts"]] == ["not_reached", "reached"]
    assert (callback["satisfied"], callback["comment"]) == (False, "zx1:comment")
    assert (callback["completed"], callback["dissatisfaction_raised"]) == (told(9), told(9))


def test_the_row_knows_the_version_of_each_service_and_where_the_ticket_came_from() -> None:
    row: TicketRow | None = None
    for recorded in History(Origin.IMPORT).of(*IN_WORK):
        row = fold(row, recorded)
    assert row is not None
    assert row.document["versions"] == {"intake": 2, "routing": 2}
    assert row.origin == "import"


def test_a_ticket_that_only_routing_knows_is_kept_as_far_as_it_is_known() -> None:
    row = given(ROUTED, ASSIGNED)
    assert (row.number, row.status, row.tier, row.received_at) == (None, "in_work", "CSE", ROUTED.at)


def test_every_event_of_the_registry_is_taken_in() -> None:
    assert set(CHANGES) == set(REGISTRY.values())
