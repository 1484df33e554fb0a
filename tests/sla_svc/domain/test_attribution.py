"""Whose time a clock counted, and whose the overrun was; the sums are exact."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from sla_svc.domain.attribution import Held, Holder, Party, held, shares
from sla_svc.domain.clocks.deadlines import elapsed_at
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.explaining.cutting import told
from sla_svc.domain.explaining.segments import Segment, segments_of
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.rulebook import Rulebook
from tests.effort import examples
from tests.routing_svc.domain.test_ticket import PHASES
from tests.sla_svc.domain.explaining.histories import rulebooks
from tests.sla_svc.domain.scene import Facts, at, book, clocks, row, rule
from tests.sla_svc.domain.walks import Walked, walked

HOUR = 3600


@given(walked(), rulebooks())
@settings(max_examples=examples(8), deadline=None, phases=PHASES)
def test_the_shares_add_up_to_what_was_counted_and_to_the_overrun(walk: Walked, rulebook: Rulebook) -> None:
    holders = held(walk.facts)
    for clock in judge(walk.facts, rulebook, METRICS, walk.until):
        until = walk.until if clock.ended_at is None else clock.ended_at
        segments = segments_of(clock, told(walk.facts).waits, until)
        elapsed, target = elapsed_at(clock.turns, until), clock.terms.rule.target_seconds
        whole = shares(segments, holders)
        assert sum(share.seconds for share in whole) == elapsed
        overrun = shares(segments, holders, beyond_seconds=target)
        assert sum(share.seconds for share in overrun) == max(elapsed - target, 0)
        of_whole = {share.holder: share.seconds for share in whole}
        assert all(share.seconds <= of_whole[share.holder] for share in overrun)


def test_the_time_of_a_ticket_is_shared_among_those_who_had_it() -> None:
    facts = _went_up()
    found = {share.holder: share.seconds for share in shares(*_explained(facts, "2026-03-02 20:00"))}
    assert found == {
        Holder(Party.RECEPTION): HOUR,
        Holder(Party.QUEUE, "CSE", "cse"): HOUR,
        Holder(Party.TIER, "CSE", "cse", "a"): 2 * HOUR,
        Holder(Party.HAND_OVER, "PSE", "pse"): HOUR,
        Holder(Party.TIER, "PSE", "pse", "b"): 2 * HOUR,
        Holder(Party.VENDOR): HOUR,
        Holder(Party.CUSTOMER): 3 * HOUR,
    }


def test_only_what_was_counted_after_the_target_is_overrun() -> None:
    segments, holders = _explained(_went_up(), "2026-03-02 20:00")
    found = Counter({share.holder.party: share.seconds for share in shares(segments, holders, beyond_seconds=6 * HOUR)})
    assert found == {Party.TIER: HOUR, Party.VENDOR: HOUR, Party.CUSTOMER: 3 * HOUR}
    assert shares(segments, holders, beyond_seconds=11 * HOUR) == []


def test_a_wait_that_stops_the_clock_is_nobodys() -> None:
    segments, holders = _explained(_went_up(), "2026-03-02 20:00", "vendor", "awaiting_verdict")
    assert {share.holder.party for share in shares(segments, holders)} == set(Party) - {
        Party.VENDOR,
        Party.CUSTOMER,
        Party.IMPLEMENTATION,
        Party.OTHER,
        Party.CLOSED,
    }


def test_a_transfer_is_a_hand_over_and_a_release_puts_the_ticket_into_the_queue() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:00", "TicketRouted", tier="CSE", team="cse")
    facts.add("2026-03-02 09:00", "TicketAssigned", agent_id="a", tier="CSE", team="cse")
    facts.add("2026-03-02 10:00", "TicketTransferred", tier="CSE", from_team="cse", team="network")
    facts.add("2026-03-02 11:00", "TicketAssigned", agent_id="b", tier="CSE", team="network")
    facts.add("2026-03-02 12:00", "TicketReleased", agent_id="b")
    assert [(each.at, each.holder.party) for each in held(facts.facts)] == [
        (at("2026-03-02 09:00"), Party.QUEUE),
        (at("2026-03-02 09:00"), Party.TIER),
        (at("2026-03-02 10:00"), Party.HAND_OVER),
        (at("2026-03-02 11:00"), Party.TIER),
        (at("2026-03-02 12:00"), Party.QUEUE),
    ]


def test_the_time_after_the_end_is_nobodys() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 10:00", "TicketResolved", resolution="no_answer_needed")
    facts.add("2026-03-02 10:00", "CallbackScheduled", callback_id="1", due_at="2026-03-02T12:00:00+00:00")
    (clock,) = clocks(facts, book(row("all", rule("callback_due", HOUR))))["callback_due"]
    (share,) = shares(segments_of(clock, (), at("2026-03-02 14:00")), held(facts.facts))
    assert (share.holder.party, share.seconds) == (Party.CLOSED, 2 * HOUR)


def test_two_waits_at_once_are_the_customers() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 10:00", "TicketPaused", reason="vendor")
    facts.add("2026-03-02 11:00", "TicketPaused", reason="user")
    assert [each.holder.party for each in held(facts.facts)] == [Party.VENDOR, Party.CUSTOMER]


@given(st.permutations(range(8)))
@settings(max_examples=examples(10))
def test_the_order_in_which_facts_arrive_does_not_matter(order: list[int]) -> None:
    facts = _went_up().facts
    assert held([facts[index] for index in order]) == held(facts)


def _went_up() -> Facts:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 10:00", "TicketRouted", tier="CSE", team="cse")
    facts.add("2026-03-02 11:00", "TicketAssigned", agent_id="a", tier="CSE", team="cse")
    facts.add("2026-03-02 13:00", "TicketEscalated", from_tier="CSE", from_team="cse", tier="PSE", team="pse")
    facts.add("2026-03-02 14:00", "TicketAssigned", agent_id="b", tier="PSE", team="pse")
    facts.add("2026-03-02 16:00", "TicketPaused", reason="vendor")
    facts.add("2026-03-02 17:00", "TicketResumed", reason="vendor")
    facts.add("2026-03-02 17:00", "AnswerSubmitted", answer=1, tier="PSE")
    return facts


def _explained(facts: Facts, until: str, *pauses: str) -> tuple[list[Segment], list[Held]]:
    policy = book(row("all", rule("total_resolution", 6 * HOUR, pauses=frozenset(pauses))))
    (clock,) = clocks(facts, policy)["total_resolution"]
    return segments_of(clock, told(facts.facts).waits, at(until)), held(facts.facts)
