"""What the ledger keeps of a consultation: given these events in the log, then this is known."""

from datetime import timedelta

from shared_events.contracts.intake import (
    Channel,
    ConsultationAcknowledged,
    ConsultationCorrected,
    Contact,
    CustomerMessageReceived,
    Urgency,
)
from shared_events.contracts.routing import (
    CustomerInformed,
)
from tests.ledger_svc.history import (
    CLASSIFIED,
    NOON,
    RECEIVED,
    TICKET,
    after,
)
from tests.ledger_svc.views.tickets.given import IN_WORK, given, told


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


def test_a_classification_replaces_the_one_before_and_what_it_required() -> None:
    required = CLASSIFIED.model_copy(update={"requirement": "zx1:on site"})
    assert given(RECEIVED, required).document["requirement"] == "zx1:on site"
    assert given(RECEIVED, required, CLASSIFIED).document["requirement"] is None


def test_a_breach_that_raises_the_urgency_does_not_take_the_requirement_away() -> None:
    required = CLASSIFIED.model_copy(update={"requirement": "zx1:on site"})
    raised = CLASSIFIED.model_copy(update={"by": "system:intake", "urgency": Urgency.CRITICAL})
    row = given(RECEIVED, required, raised)
    assert (row.urgency, row.document["requirement"]) == ("critical", "zx1:on site")


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


def test_what_was_said_to_and_by_the_customer_is_kept() -> None:
    row = given(
        *IN_WORK,
        CustomerMessageReceived(**after(5), channel=Channel.EMAIL, message="zx1:more"),
        CustomerInformed(**after(6), message="zx1:soon"),
    )
    assert row.document["messages"] == [{"channel": "email", "text": "zx1:more", "received": told(5)}]
    assert row.document["notices"] == [{"text": "zx1:soon", "sent": told(6)}]
