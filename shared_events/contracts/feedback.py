"""Events of feedback: the callback visit after an accepted answer (CCE-10)."""

from enum import StrEnum

from shared_events.contracts.base import CustomerId, Fact, Instant, Personal, Step


class AttemptResult(StrEnum):
    """Whether the customer could be reached."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"


class FeedbackFact(Fact):
    """`customer_id` names whose key seals the texts."""

    customer_id: CustomerId
    step: Step = Step.CCE_10


class CallbackScheduled(FeedbackFact):
    """A visit is due: because the answer `answer` was accepted, or planned by hand (R12)."""

    callback_id: str
    due_at: Instant
    answer: int | None = None


class CallbackAttempted(FeedbackFact):
    """Somebody tried. `attempt` counts from 1; a customer who was not reached is tried again (R12)."""

    callback_id: str
    attempt: int
    result: AttemptResult
    try_again_at: Instant | None = None
    note: Personal[str] | None = None


class CallbackCompleted(FeedbackFact):
    """The visit is done."""

    callback_id: str
    satisfied: bool
    comment: Personal[str] | None = None


class DissatisfactionRaised(FeedbackFact):
    """The customer is not satisfied; routing reopens the ticket (R12)."""

    callback_id: str


FeedbackEvent = CallbackScheduled | CallbackAttempted | CallbackCompleted | DissatisfactionRaised
