"""Every second of a ticket's life is somewhere, and in one place only."""

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from routing_svc.domain.state import Status, Ticket
from sla_svc.domain.conservation import Conservation, conservation, unaccounted_seconds
from tests.effort import examples
from tests.routing_svc.domain.test_ticket import PHASES
from tests.sla_svc.domain.scene import Facts, at
from tests.sla_svc.domain.walks import CONTACT, WALKED_FROM, Walked, walked

HOUR = 3600


@given(walked())
@settings(max_examples=examples(8), deadline=None, phases=PHASES)
def test_where_the_time_went_is_what_routing_itself_says_of_the_ticket(walk: Walked) -> None:
    expected = Counter({"unassigned": WALKED_FROM - CONTACT})
    for (since, ticket), (to, _) in pairwise([*walk.stands, (walk.until, Ticket())]):
        expected[_where(ticket)] += to - since
    found = conservation(walk.facts, walk.until)
    assert found is not None
    assert found.lifetime == walk.until - CONTACT
    assert _counted(found) == {where: seconds for where, seconds in expected.items() if seconds}
    assert found.unaccounted == 0


@given(walked(in_order=False), st.integers(0, 500_000))
@settings(max_examples=examples(8), deadline=None, phases=PHASES)
def test_no_second_is_lost_in_whatever_order_the_facts_were_recorded(walk: Walked, seconds: int) -> None:
    assert unaccounted_seconds([(walk.facts, walk.until), (walk.facts, CONTACT + seconds)]) == 0


def test_closed_goes_before_paused_before_unassigned_before_the_tier() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00", contacted="2026-03-02 08:00")
    facts.add("2026-03-02 10:00", "TicketRouted", tier="CSE", team="cse")
    facts.add("2026-03-02 11:00", "TicketAssigned", agent_id="a", tier="CSE", team="cse")
    facts.add("2026-03-02 13:00", "TicketPaused", reason="customer")
    facts.add("2026-03-02 15:00", "TicketReleased", agent_id="a")
    facts.add("2026-03-02 18:00", "TicketResumed", reason="customer")
    facts.add("2026-03-02 19:00", "TicketResolved", resolution="no_answer_needed")
    facts.add("2026-03-02 23:00", "TicketReopened", tier="PSE", team="pse", cause="other")
    facts.add("2026-03-02 23:30", "TicketAssigned", agent_id="b", tier="PSE", team="pse")
    assert conservation(facts.facts, at("2026-03-03 00:00")) == Conservation(
        tiers={"CSE": 2 * HOUR, "PSE": HOUR // 2, "RDE": 0},
        unassigned=3 * HOUR + HOUR + HOUR // 2,
        paused=5 * HOUR,
        closed=4 * HOUR,
        lifetime=16 * HOUR,
    )


def test_two_reasons_at_once_are_one_pause() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 10:00", "TicketPaused", reason="customer")
    facts.add("2026-03-02 11:00", "TicketPaused", reason="vendor")
    facts.add("2026-03-02 12:00", "TicketResumed", reason="customer")
    facts.add("2026-03-02 14:00", "TicketResumed", reason="vendor")
    found = conservation(facts.facts, at("2026-03-02 15:00"))
    assert found is not None
    assert (found.paused, found.unassigned) == (4 * HOUR, 2 * HOUR)


def test_an_answer_of_research_goes_straight_to_the_engineer_who_asked() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:00", "TicketRouted", tier="RDE", team="rde")
    facts.add("2026-03-02 09:00", "TicketAssigned", agent_id="r", tier="RDE", team="rde")
    facts.add("2026-03-02 12:00", "TechnicalCaseAnswered", case=1, answer=1, team="pse", agent_id="p")
    found = conservation(facts.facts, at("2026-03-02 14:00"))
    assert found is not None
    assert (found.tiers, found.unassigned) == ({"CSE": 0, "PSE": 2 * HOUR, "RDE": 3 * HOUR}, 0)


def test_a_contact_that_was_put_right_moves_the_beginning() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-05 09:00", "ConsultationCorrected", contacted_at="2026-03-02T08:00:00+00:00")
    assert conservation(facts.facts, at("2026-03-02 07:00")) is None
    found = conservation(facts.facts, at("2026-03-02 10:00"))
    assert found is not None
    assert found.lifetime == found.unassigned == 2 * HOUR


def test_seconds_that_no_event_accounts_for_are_counted() -> None:
    """Somebody has it, and no event says in which tier: such a thing may not stay hidden in another summand."""
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 10:00", "TicketAssigned", agent_id="a", tier="nowhere", team="cse")
    assert (
        unaccounted_seconds([(facts.facts, at("2026-03-02 11:00")), (facts.facts, at("2026-03-02 12:00"))]) == 3 * HOUR
    )


def _where(ticket: Ticket) -> str:
    if ticket.status in {Status.RESOLVED, Status.CLOSED}:
        return "closed"
    if ticket.paused is not None:
        return "paused"
    if ticket.agent_id is None or ticket.tier is None:
        return "unassigned"
    return ticket.tier.value


def _counted(found: Conservation) -> dict[str, int]:
    parts = {**found.tiers, "unassigned": found.unassigned, "paused": found.paused, "closed": found.closed}
    return {where: seconds for where, seconds in parts.items() if seconds}
