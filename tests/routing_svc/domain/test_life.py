"""Messages, waits, the end of a ticket, and beginning again."""

import pytest

from routing_svc.domain.commands import (
    CloseTicket,
    Command,
    InformCustomer,
    PauseTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
    RouteTicket,
    WithdrawTicket,
)
from routing_svc.domain.refusals import Refusal
from routing_svc.domain.state import OPEN, WORKING, Place
from shared_events.contracts.base import Tier
from shared_events.contracts.routing import (
    CustomerInformed,
    PauseReason,
    ReopeningCause,
    Resolution,
    TicketReopened,
    TicketResolved,
)
from tests.routing_svc.examples import (
    CASE,
    CLOSED,
    CUSTOMER,
    RESOLVED,
    UP_TO_RDE,
    WITHDRAWN,
    asked,
    at,
    goes_on,
    happened,
    queued,
    ticket,
    waits,
)

PAUSE = asked(PauseTicket, reason=PauseReason.CUSTOMER)
WITHDRAW = asked(WithdrawTicket, customer_id=CUSTOMER)
REOPEN = asked(ReopenTicket, cause=ReopeningCause.RECURRED)
REOPENED = happened(TicketReopened, cause=ReopeningCause.RECURRED, tier=Tier.CSE, team="cse")
DISSATISFIED = asked(ReopenTicket, cause=ReopeningCause.DISSATISFIED, callback_id="t.1")
REOPENED_BY_CALLBACK = happened(
    TicketReopened, cause=ReopeningCause.DISSATISFIED, tier=Tier.CSE, team="cse", callback_id="t.1"
)
PLACES = list(Place)


@pytest.mark.parametrize("place", [place for place in PLACES if place in OPEN or place is Place.RESOLVED])
def test_the_customer_may_be_told_something_until_the_ticket_is_closed(place: Place) -> None:
    told = happened(CustomerInformed, message="One more day.")
    at(place).when(asked(InformCustomer, message="One more day.")).then(told)


def test_nothing_is_told_about_a_closed_ticket() -> None:
    at(Place.CLOSED).when(asked(InformCustomer, message="x")).then_refused(Refusal.ALREADY_CLOSED)


@pytest.mark.parametrize("place", [place for place in PLACES if place in WORKING])
def test_a_ticket_in_work_may_wait(place: Place) -> None:
    at(place).when(PAUSE).then(waits())


def test_a_ticket_in_the_queue_may_wait() -> None:
    queued.when(PAUSE).then(waits())


@pytest.mark.parametrize("place", [Place.CSE_50, Place.PSE_40, Place.RDE_ANSWERED])
def test_an_answered_ticket_waits_for_its_verdict_already(place: Place) -> None:
    at(place).when(PAUSE).then_refused(Refusal.VERDICT_OPEN)


def test_to_wait_for_the_same_twice_changes_nothing() -> None:
    queued.given(waits()).when(PAUSE).then_nothing()


def test_another_reason_is_another_wait() -> None:
    vendor = asked(PauseTicket, reason=PauseReason.VENDOR)
    queued.given(waits()).when(vendor).then(goes_on(), waits(PauseReason.VENDOR))


def test_a_wait_ends() -> None:
    queued.given(waits()).when(asked(ResumeTicket)).then(goes_on())


@pytest.mark.parametrize("place", [place for place in PLACES if place is not Place.UNROUTED])
def test_to_end_a_wait_that_is_none_changes_nothing(place: Place) -> None:
    at(place).when(asked(ResumeTicket)).then_nothing()


@pytest.mark.parametrize("resolution", [Resolution.NO_ANSWER_NEEDED, Resolution.NO_ANSWER_POSSIBLE])
def test_a_ticket_in_work_is_resolved_without_an_answer(resolution: Resolution) -> None:
    at(Place.PSE_10).when(asked(ResolveTicket, resolution=resolution, note="Found it.")).then(
        happened(TicketResolved, resolution=resolution, note="Found it.")
    )


def test_resolving_ends_the_wait() -> None:
    needless = asked(ResolveTicket, resolution=Resolution.NO_ANSWER_NEEDED)
    queued.given(waits()).when(needless).then(
        goes_on(), happened(TicketResolved, resolution=Resolution.NO_ANSWER_NEEDED)
    )


@pytest.mark.parametrize("place", [Place.CSE_50, Place.PSE_40, Place.RDE_ANSWERED])
def test_an_answer_to_which_nobody_replied_is_resolved_without_a_verdict(place: Place) -> None:
    silent = asked(ResolveTicket, resolution=Resolution.NO_VERDICT)
    at(place).when(silent).then(happened(TicketResolved, resolution=Resolution.NO_VERDICT))


def test_a_ticket_is_resolved_as_accepted_only_by_the_verdict() -> None:
    claimed = asked(ResolveTicket, resolution=Resolution.ACCEPTED)
    at(Place.CSE_50).when(claimed).then_refused(Refusal.ACCEPTED_ONLY_BY_VERDICT)


def test_without_an_answer_there_is_no_verdict_to_miss() -> None:
    silent = asked(ResolveTicket, resolution=Resolution.NO_VERDICT)
    at(Place.CSE_10).when(silent).then_refused(Refusal.NO_VERDICT_ONLY_AFTER_ANSWER)


def test_a_submitted_answer_is_not_passed_over() -> None:
    needless = asked(ResolveTicket, resolution=Resolution.NO_ANSWER_NEEDED)
    at(Place.CSE_50).when(needless).then_refused(Refusal.ANSWER_NEEDS_VERDICT)


def test_to_resolve_twice_for_the_same_reason_changes_nothing() -> None:
    needless = asked(ResolveTicket, resolution=Resolution.NO_ANSWER_NEEDED)
    resolved = queued.given(happened(TicketResolved, resolution=Resolution.NO_ANSWER_NEEDED))
    resolved.when(needless).then_nothing()
    resolved.when(asked(ResolveTicket, resolution=Resolution.NO_ANSWER_POSSIBLE)).then_refused(Refusal.ALREADY_RESOLVED)


def test_a_resolved_ticket_is_closed() -> None:
    at(Place.RESOLVED).when(asked(CloseTicket)).then(CLOSED)


def test_to_close_twice_changes_nothing() -> None:
    at(Place.CLOSED).when(asked(CloseTicket)).then_nothing()


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (Place.CSE_10, Refusal.NOT_RESOLVED),
        (Place.CSE_50, Refusal.VERDICT_OPEN),
        (Place.UNROUTED, Refusal.NOT_ROUTED),
    ],
)
def test_only_a_resolved_ticket_is_closed(place: Place, reason: Refusal) -> None:
    at(place).when(asked(CloseTicket)).then_refused(reason)


@pytest.mark.parametrize("place", [Place.RESOLVED, Place.CLOSED])
def test_a_ticket_is_reopened_in_the_queue_of_the_tier_and_team_that_had_it_last(place: Place) -> None:
    at(place).when(REOPEN).then(REOPENED)


def test_a_ticket_is_reopened_at_the_tier_that_is_named() -> None:
    at_pse = asked(ReopenTicket, cause=ReopeningCause.RECURRED, tier=Tier.PSE, team="network", note="Again.")
    at(Place.CLOSED).when(at_pse).then(
        happened(TicketReopened, cause=ReopeningCause.RECURRED, tier=Tier.PSE, team="network", note="Again.")
    )


def test_a_ticket_that_is_reopened_at_rde_has_a_technical_case() -> None:
    at_rde = asked(ReopenTicket, cause=ReopeningCause.RECURRED, tier=Tier.RDE)
    at(Place.CLOSED).when(at_rde).then(
        happened(TicketReopened, cause=ReopeningCause.RECURRED, tier=Tier.RDE, team="rde"), CASE
    )


def test_a_case_that_is_still_open_is_not_opened_again_on_reopening() -> None:
    needless = happened(TicketResolved, resolution=Resolution.NO_ANSWER_NEEDED)
    at(Place.PSE_10).given(CASE, UP_TO_RDE, needless).when(REOPEN).then(
        happened(TicketReopened, cause=ReopeningCause.RECURRED, tier=Tier.RDE, team="rde")
    )


def test_what_is_in_work_is_not_reopened() -> None:
    at(Place.CSE_10).when(REOPEN).then_refused(Refusal.NOT_RESOLVED)
    at(Place.CSE_50).when(REOPEN).then_refused(Refusal.NOT_RESOLVED)


def test_a_dissatisfied_customer_reopens_the_ticket() -> None:
    at(Place.CLOSED).when(DISSATISFIED).then(REOPENED_BY_CALLBACK)


def test_a_callback_reopens_a_ticket_once() -> None:
    reopened = at(Place.CLOSED).given(REOPENED_BY_CALLBACK)
    reopened.when(DISSATISFIED).then_nothing()
    reopened.given(RESOLVED, CLOSED).when(DISSATISFIED).then_nothing()


def test_a_callback_does_not_disturb_a_ticket_that_is_in_work_again() -> None:
    at(Place.CLOSED).given(REOPENED).when(DISSATISFIED).then_nothing()


@pytest.mark.parametrize("place", [place for place in PLACES if place is not Place.CLOSED])
def test_a_withdrawn_consultation_closes_its_ticket_wherever_it_is(place: Place) -> None:
    at(place).when(WITHDRAW).then(WITHDRAWN)


def test_withdrawing_ends_the_wait() -> None:
    queued.given(waits()).when(WITHDRAW).then(goes_on(), WITHDRAWN)


def test_to_withdraw_twice_changes_nothing() -> None:
    queued.given(WITHDRAWN).when(WITHDRAW).then_nothing()


def test_a_consultation_withdrawn_before_it_was_routed_is_not_routed_later() -> None:
    withdrawn = ticket.given(WITHDRAWN)
    withdrawn.when(asked(RouteTicket, customer_id=CUSTOMER, automatic=True)).then_nothing()
    withdrawn.when(asked(RouteTicket, customer_id=CUSTOMER)).then_refused(Refusal.ALREADY_ROUTED)


def test_a_ticket_that_was_never_routed_is_reopened_at_cse() -> None:
    ticket.given(WITHDRAWN).when(REOPEN).then(REOPENED)


@pytest.mark.parametrize(
    "command",
    [
        PAUSE,
        REOPEN,
        asked(ResumeTicket),
        asked(InformCustomer, message="x"),
        asked(ResolveTicket, resolution=Resolution.NO_ANSWER_NEEDED),
    ],
)
def test_a_ticket_that_is_not_routed_has_no_life_yet(command: Command) -> None:
    ticket.when(command).then_refused(Refusal.NOT_ROUTED)
