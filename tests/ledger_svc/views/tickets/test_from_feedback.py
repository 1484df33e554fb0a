"""What the ledger keeps of callback visits: given these events in the log, then this is known."""

from datetime import timedelta

from shared_events.contracts.feedback import (
    AttemptResult,
    CallbackAttempted,
    CallbackCompleted,
    CallbackScheduled,
    DissatisfactionRaised,
)
from tests.ledger_svc.history import (
    NOON,
    RECEIVED,
    TICKET,
    after,
)
from tests.ledger_svc.views.tickets.given import given, told


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
