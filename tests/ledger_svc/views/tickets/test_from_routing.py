"""What the ledger keeps of the walk through the tiers: given these events in the log, then this is known."""

from typing import Any

from shared_events.contracts.base import Fact, Tier
from shared_events.contracts.routing import (
    AnswerRejected,
    AnswerSubmitted,
    PauseReason,
    ReopeningCause,
    TechnicalCaseAnswered,
    TechnicalCaseOpened,
    TicketAssigned,
    TicketEscalated,
    TicketHandedBack,
    TicketPaused,
    TicketReopened,
    TicketResumed,
    TicketTransferred,
)
from tests.ledger_svc.history import (
    after,
)
from tests.ledger_svc.views.tickets.given import (
    ACCEPTED,
    CLOSED,
    ESCALATED,
    IN_WORK,
    PROPOSED,
    RESOLVED,
    SUBMITTED,
    given,
    told,
)


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
