"""What other services' events ask of a ticket."""

import pytest

from routing_svc.domain.commands import EscalateTicket, ReopenTicket, RouteTicket, WithdrawTicket
from routing_svc.domain.policy import close_withdrawn, escalate_breached, reopen_dissatisfied, route_technical
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
from shared_events.contracts.sla import SlaBreached
from tests.routing_svc.examples import CUSTOMER, NOON, happened
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


def breached(metric: str, *, escalate: bool = True) -> SlaBreached:
    """A deadline that passed at noon."""
    return SlaBreached(
        at=NOON,
        by="system:sla",
        clock_id="k1",
        metric=metric,
        cycle=1,
        deadline=NOON,
        target_seconds=3600,
        escalate=escalate,
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


@pytest.mark.parametrize(
    ("metric", "target"),
    [("tier_cse", Tier.PSE), ("tier_pse", Tier.RDE), ("first_response", None), ("tier_rde", None)],
)
def test_a_breach_brings_the_ticket_up_from_the_tier_that_took_too_long_or_from_wherever_it_is(
    metric: str, target: Tier | None
) -> None:
    escalate = EscalateTicket(tier=target, overdue_since=NOON, at=LATER, by=BY)
    assert escalate_breached(recorded(breached(metric))) == [escalate]


def test_a_breach_of_which_the_policy_does_not_say_so_moves_nothing() -> None:
    assert escalate_breached(recorded(breached("tier_cse", escalate=False))) == []


def test_imported_events_ask_nothing() -> None:
    assert escalate_breached(recorded(breached("tier_cse"), Origin.IMPORT)) == []
    assert route_technical(recorded(classified(), Origin.IMPORT)) == []
    assert close_withdrawn(recorded(WITHDRAWN, Origin.IMPORT)) == []
    assert reopen_dissatisfied(recorded(DISSATISFIED, Origin.IMPORT)) == []


def test_other_events_ask_nothing() -> None:
    assert escalate_breached(recorded(WITHDRAWN)) == []
    assert route_technical(recorded(WITHDRAWN)) == []
    assert close_withdrawn(recorded(DISSATISFIED)) == []
    assert reopen_dissatisfied(recorded(WITHDRAWN)) == []
