"""What other services' events ask of a ticket."""

import pytest

from routing_svc.domain.commands import ReopenTicket, RouteTicket, WithdrawTicket
from routing_svc.domain.policy import close_withdrawn, reopen_dissatisfied, route_technical
from shared_events.contracts.base import Origin, Tier
from shared_events.contracts.feedback import DissatisfactionRaised
from shared_events.contracts.intake import (
    Category,
    Complexity,
    ConsultationClassified,
    ConsultationWithdrawn,
    Importance,
    RequestKind,
    Urgency,
)
from shared_events.contracts.routing import DirectReason, ReopeningCause
from tests.routing_svc.examples import CUSTOMER, happened
from tests.routing_svc.recordings import LATER, recorded

BY = "system:routing"


def classified(
    category: Category = Category.TECHNICAL_SUPPORT,
    request_kind: RequestKind = RequestKind.IN_CONTRACT_SERVICE,
    importance: Importance = Importance.NORMAL,
) -> ConsultationClassified:
    """A classification."""
    return happened(
        ConsultationClassified,
        category=category,
        request_kind=request_kind,
        complexity=Complexity.COMPLEX,
        urgency=Urgency.NORMAL,
        importance=importance,
    )


WITHDRAWN = happened(ConsultationWithdrawn)
DISSATISFIED = happened(DissatisfactionRaised, callback_id="t1.1")
TO_CSE = RouteTicket(customer_id=CUSTOMER, automatic=True, at=LATER, by=BY)


def test_a_technical_consultation_enters_at_cse() -> None:
    assert route_technical(recorded(classified())) == [TO_CSE]


def test_what_needs_the_technical_department_enters_at_cse_whatever_it_is_about() -> None:
    needed = classified(Category.FEES, RequestKind.TECHNICAL_DEPARTMENT)
    assert route_technical(recorded(needed)) == [TO_CSE]


def test_an_important_customer_goes_directly_to_pse() -> None:
    direct = RouteTicket(
        customer_id=CUSTOMER,
        tier=Tier.PSE,
        direct_reason=DirectReason.IMPORTANT_CUSTOMER,
        automatic=True,
        at=LATER,
        by=BY,
    )
    assert route_technical(recorded(classified(importance=Importance.IMPORTANT))) == [direct]


@pytest.mark.parametrize("category", [each for each in Category if each is not Category.TECHNICAL_SUPPORT])
def test_what_is_not_technical_is_routed_by_people(category: Category) -> None:
    assert route_technical(recorded(classified(category, importance=Importance.IMPORTANT))) == []


def test_a_withdrawn_consultation_closes_its_ticket() -> None:
    assert close_withdrawn(recorded(WITHDRAWN)) == [WithdrawTicket(customer_id=CUSTOMER, at=LATER, by=BY)]


def test_a_dissatisfied_customer_reopens_the_ticket() -> None:
    reopen = ReopenTicket(cause=ReopeningCause.DISSATISFIED, callback_id="t1.1", at=LATER, by=BY)
    assert reopen_dissatisfied(recorded(DISSATISFIED)) == [reopen]


def test_imported_events_ask_nothing() -> None:
    assert route_technical(recorded(classified(), Origin.IMPORT)) == []
    assert close_withdrawn(recorded(WITHDRAWN, Origin.IMPORT)) == []
    assert reopen_dissatisfied(recorded(DISSATISFIED, Origin.IMPORT)) == []


def test_other_events_ask_nothing() -> None:
    assert route_technical(recorded(WITHDRAWN)) == []
    assert close_withdrawn(recorded(DISSATISFIED)) == []
    assert reopen_dissatisfied(recorded(WITHDRAWN)) == []
