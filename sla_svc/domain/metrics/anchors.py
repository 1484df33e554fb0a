"""The moments from which and to which several metrics measure."""

from shared_events.contracts.sla import CancelReason
from sla_svc.domain.facts import Observed
from sla_svc.domain.story import Story, speaks_to_customer


def contacted(fact: Observed, story: Story) -> int | None:
    """The call was connected, the mail received, the chat opened."""
    return story.contacted_at if fact.kind == "ConsultationReceived" else None


def received(fact: Observed, _: Story) -> int | None:
    """The consultation was recorded."""
    return fact.at if fact.kind == "ConsultationReceived" else None


def responded(fact: Observed, _: Story) -> int | None:
    """A person told the customer something, be it an answer or not."""
    return fact.at if speaks_to_customer(fact) else None


def submitted(fact: Observed, _: Story) -> int | None:
    """The customer was given an answer."""
    return fact.at if fact.kind == "AnswerSubmitted" else None


def resolved(fact: Observed, _: Story) -> int | None:
    """Nothing more is to be done; some old systems only know closing."""
    done = fact.kind == "TicketResolved" or (fact.kind == "TicketClosed" and fact.data["cause"] == "done")
    return fact.at if done else None


def reopened(fact: Observed, _: Story) -> int | None:
    """Work began again."""
    return fact.at if fact.kind == "TicketReopened" else None


def withdrawn(fact: Observed, _: Story) -> CancelReason | None:
    """The customer no longer wants an answer."""
    gone = fact.kind == "ConsultationWithdrawn" or (fact.kind == "TicketClosed" and fact.data["cause"] == "withdrawn")
    return CancelReason.WITHDRAWN if gone else None


def over(fact: Observed, story: Story) -> CancelReason | None:
    """The ticket ended, so that what the clock waited for is no longer needed."""
    return withdrawn(fact, story) or (None if resolved(fact, story) is None else CancelReason.RESOLVED)
