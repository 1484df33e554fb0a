"""A consultation in examples: its events, and the commands that lead to them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from intake_svc.domain.commands import (
    AddCustomerMessage,
    ClassifyConsultation,
    CorrectConsultation,
    ReceiveConsultation,
    WithdrawConsultation,
)
from intake_svc.domain.consultation import DECIDER
from shared_events.contracts.intake import (
    Category,
    Channel,
    Complexity,
    ConsultationAcknowledged,
    ConsultationClassified,
    ConsultationCorrected,
    ConsultationReceived,
    ConsultationWithdrawn,
    Contact,
    CustomerMessageReceived,
    RequestKind,
    Urgency,
)
from shared_events.testing import Spec

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE = NOON + timedelta(hours=1)
CALLED = NOON - timedelta(minutes=3)
CUSTOMER = "c1"
CONTACT = Contact(name="陈伟", phone="+86 10 5555 0100")

RECEIVED = ConsultationReceived(
    at=NOON,
    by="a1",
    customer_id=CUSTOMER,
    number="1002-0034-0",
    channel=Channel.TELEPHONE,
    contacted_at=CALLED,
    contact=CONTACT,
    content="It does not start.",
    product="X200",
)
ACKNOWLEDGED = ConsultationAcknowledged(
    at=NOON, by="a1", customer_id=CUSTOMER, expected_reply_at=NOON + timedelta(hours=4)
)
CLASSIFIED = ConsultationClassified(
    at=ONE,
    by="a1",
    customer_id=CUSTOMER,
    category=Category.TECHNICAL_SUPPORT,
    request_kind=RequestKind.TECHNICAL_DEPARTMENT,
    complexity=Complexity.COMPLEX,
    urgency=Urgency.HIGH,
    expected_reply_at=NOON + timedelta(hours=4),
)
MESSAGE = CustomerMessageReceived(
    at=ONE, by="a1", customer_id=CUSTOMER, channel=Channel.CHAT, message="It happened again."
)
WITHDRAWN = ConsultationWithdrawn(at=ONE, by="a1", customer_id=CUSTOMER, reason="Solved.")

nothing_received = Spec(DECIDER)
received = Spec(DECIDER).given(RECEIVED, ACKNOWLEDGED)
classified = received.given(CLASSIFIED)
withdrawn = received.given(WITHDRAWN)


def receive(**said: Any) -> ReceiveConsultation:
    facts: dict[str, Any] = {
        "at": NOON,
        "by": "a1",
        "customer_id": CUSTOMER,
        "serial": 10_020_034,
        "channel": Channel.TELEPHONE,
        "contacted_at": CALLED,
        "contact": CONTACT,
        "content": "It does not start.",
        "product": "X200",
    }
    return ReceiveConsultation(**facts | said)


def classify(**said: Any) -> ClassifyConsultation:
    facts: dict[str, Any] = {
        "at": ONE,
        "by": "a1",
        "category": Category.TECHNICAL_SUPPORT,
        "request_kind": RequestKind.TECHNICAL_DEPARTMENT,
        "complexity": Complexity.COMPLEX,
        "urgency": Urgency.HIGH,
    }
    return ClassifyConsultation(**facts | said)


def correct(**said: Any) -> CorrectConsultation:
    facts: dict[str, Any] = {"at": ONE, "by": "a1", "reason": "misheard"}
    return CorrectConsultation(**facts | said)


def corrected(**facts: Any) -> ConsultationCorrected:
    return ConsultationCorrected(**{"at": ONE, "by": "a1", "customer_id": CUSTOMER, "reason": "misheard"} | facts)


def withdraw(**said: Any) -> WithdrawConsultation:
    facts: dict[str, Any] = {"at": ONE, "by": "a1", "reason": "Solved."}
    return WithdrawConsultation(**facts | said)


ADD_MESSAGE = AddCustomerMessage(at=ONE, by="a1", channel=Channel.CHAT, message="It happened again.")
