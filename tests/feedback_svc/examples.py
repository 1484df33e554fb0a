"""Callback visits in examples: their events, and the commands that lead to them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from feedback_svc.domain.callback import DECIDER, CompleteCallback, RecordAttempt, ScheduleCallback
from shared_events.contracts.feedback import (
    AttemptResult,
    CallbackAttempted,
    CallbackCompleted,
    CallbackScheduled,
    DissatisfactionRaised,
)
from shared_events.testing import Spec

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE = NOON + timedelta(hours=1)
TOMORROW = NOON + timedelta(days=1)
TICKET = "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50"
VISIT = f"{TICKET}.1"
CUSTOMER = "c1"

SCHEDULED = CallbackScheduled(at=NOON, by="a1", customer_id=CUSTOMER, callback_id=VISIT, answer=1, due_at=TOMORROW)
NOT_REACHED = CallbackAttempted(
    at=ONE,
    by="a1",
    customer_id=CUSTOMER,
    callback_id=VISIT,
    attempt=1,
    result=AttemptResult.NOT_REACHED,
    try_again_at=TOMORROW,
    note="Busy.",
)
REACHED = CallbackAttempted(
    at=ONE, by="a1", customer_id=CUSTOMER, callback_id=VISIT, attempt=1, result=AttemptResult.REACHED
)
SATISFIED = CallbackCompleted(
    at=ONE, by="a1", customer_id=CUSTOMER, callback_id=VISIT, satisfied=True, comment="Works."
)
DISSATISFIED = CallbackCompleted(
    at=ONE, by="a1", customer_id=CUSTOMER, callback_id=VISIT, satisfied=False, comment="It broke again."
)
RAISED = DissatisfactionRaised(at=ONE, by="a1", customer_id=CUSTOMER, callback_id=VISIT)

nothing_planned = Spec(DECIDER)
planned = Spec(DECIDER).given(SCHEDULED)
reached = planned.given(REACHED)


def schedule(**said: Any) -> ScheduleCallback:
    facts: dict[str, Any] = {"at": NOON, "by": "a1", "ticket_id": TICKET, "customer_id": CUSTOMER}
    return ScheduleCallback(**facts | said)


def attempt(result: AttemptResult, **said: Any) -> RecordAttempt:
    facts: dict[str, Any] = {"at": ONE, "by": "a1", "callback_id": VISIT, "result": result}
    return RecordAttempt(**facts | said)


def complete(*, satisfied: bool, **said: Any) -> CompleteCallback:
    comment = "Works." if satisfied else "It broke again."
    facts: dict[str, Any] = {"at": ONE, "by": "a1", "callback_id": VISIT, "satisfied": satisfied, "comment": comment}
    return CompleteCallback(**facts | said)
