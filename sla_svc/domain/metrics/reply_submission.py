"""From the customer's contact to the answer in their hands; again from a refusal, and from a reopening."""

from typing import Final

from sla_svc.domain.facts import Observed
from sla_svc.domain.metrics.anchors import contacted, over, received, reopened, submitted
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.story import ENDINGS, Story


def asked(fact: Observed, story: Story) -> int | None:
    """Counted from the contact."""
    return _first(contacted(fact, story), _again(fact, story))


def recorded(fact: Observed, story: Story) -> int | None:
    """Counted from the reception."""
    return _first(received(fact, story), _again(fact, story))


def _again(fact: Observed, story: Story) -> int | None:
    return fact.at if fact.kind == "AnswerRejected" else reopened(fact, story)


def _first(*moments: int | None) -> int | None:
    return next((moment for moment in moments if moment is not None), None)


METRIC: Final = Metric(
    name="reply_submission",
    starts={"contacted": asked, "received": recorded},
    stops={"submitted": submitted},
    ends=over,
    hears=frozenset({"ConsultationReceived", "AnswerSubmitted", "AnswerRejected", "TicketReopened"}) | ENDINGS,
)
