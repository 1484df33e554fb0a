"""The clocks of a ticket, through the whole system: facts from the log, clocks and breaches in it."""

from datetime import timedelta

from shared_events.contracts import decode
from shared_events.contracts.base import Fact
from shared_events.contracts.sla import ClockMet, ClockStarted, SlaBreached, SlaBreachRetracted
from tests.system.journey import ASKED, AT_CSE, PROPOSAL, acceptance, received, routed, submission
from tests.system.serving import Centre


async def told(centre: Centre, ticket_id: str) -> list[Fact]:
    """What SLA has said of a ticket."""
    await centre.settled()
    return [decode(event) for event in (await centre.zixun.stores["sla"].load(ticket_id)).events]


async def test_a_ticket_that_is_answered_in_time_has_met_its_clocks(centre: Centre) -> None:
    ticket = await routed(centre)
    await ticket.walk(*AT_CSE, PROPOSAL, submission(1), acceptance(1))
    events = await told(centre, ticket.ticket_id)
    started = {event.metric for event in events if isinstance(event, ClockStarted)}
    met = {event.metric: event.in_time for event in events if isinstance(event, ClockMet)}
    assert {"first_response", "tier_cse", "total_resolution"} <= started
    assert met["first_response"], met
    assert met["tier_cse"]
    assert met["total_resolution"]
    shown = await ticket.shown()
    assert {clock["metric"]: clock["state"] for clock in shown["clocks"]}["first_response"] == "met"


async def test_a_call_that_was_entered_a_day_later_is_breached_at_its_deadline_and_notified_to_nobody(
    centre: Centre,
) -> None:
    long_ago = centre.zixun.clock.now() - timedelta(days=40)
    ticket = await received(centre, **ASKED, contacted_at=long_ago.isoformat())
    await centre.settled()
    events: list[Fact] = []
    while not (breaches := [event for event in events if isinstance(event, SlaBreached)]):
        events = await told(centre, ticket.ticket_id)
    assert {event.notice for event in breaches} == {False}
    assert all(event.at == event.deadline for event in breaches)
    assert not [event for event in events if isinstance(event, SlaBreachRetracted)]
