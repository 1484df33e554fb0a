"""A year of a centre in virtual time, through the real engine: at its end all that was said is true, and said once."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from shared_events.contracts.base import Fact, Origin
from shared_events.contracts.envelope import Recorded, Stored
from shared_events.contracts.sla import SlaBreached, SlaBreachRetracted, SlaWarned, SlaWarningRetracted
from sla_svc.adapters.encoding import clocks_encoded
from sla_svc.domain.clocks.clock import BREACH, Clock, Mark
from sla_svc.domain.clocks.deadlines import crossings
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.clocks.restoring import Told, restored
from sla_svc.domain.facts import seconds
from sla_svc.domain.metrics import METRICS
from tests.shared_events.conftest import FixedClock
from tests.sla_svc.domain.clocks.telling import standing
from tests.system.clocks.centre_year import END, OVER, arrivals, batches, rulebook
from tests.system.clocks.kept import Kept

THE_END = END + OVER

Named = tuple[str, str, int]
"""A clock, one of its thresholds, and the moment at which that fell due."""


def test_after_a_year_all_that_was_said_is_true_and_was_said_once() -> None:
    """Two zones, all four changes of their clocks, holidays, a second edition, late entries, silent sources."""
    check_year(tickets=60, seed=1)


@pytest.mark.torture(seeds=10)
@pytest.mark.timeout(1200)
def test_so_it_is_after_any_year(seed: int) -> None:
    check_year(tickets=1_000, seed=seed)


def test_folding_the_year_anew_says_nothing_and_comes_to_the_same_clocks() -> None:
    check_replay(tickets=25, seed=2)


@pytest.mark.torture(seeds=10)
@pytest.mark.timeout(1200)
def test_so_it_is_with_any_year(seed: int) -> None:
    check_replay(tickets=500, seed=seed + 100)


def check_year(*, tickets: int, seed: int) -> None:
    """Every ticket by itself."""
    kept = asyncio.run(lived(tickets, seed))
    assert len(kept.rows.tickets) == tickets
    kinds = Counter(stored.type for events in kept.tables.events.values() for stored in events)
    assert {"SlaWarned", "SlaBreached", "SlaBreachRetracted", "ClockRetargeted"} <= kinds.keys(), kinds
    for ticket in kept.rows.tickets:
        check_clocks(kept, ticket)
        check_said(kept, ticket)


def check_replay(*, tickets: int, seed: int) -> None:
    """Into new rows: the clocks from what was said, the facts from the log."""
    asyncio.run(_replay(tickets, seed))


async def lived(tickets: int, seed: int) -> Kept:
    """The year from its first fact, and until all of it is over."""
    came = arrivals(tickets, seed)
    clock = FixedClock()
    clock.moment = came[0].at
    kept = Kept(rulebook(), clock)
    for batch, at, known_through in batches(came, seed):
        await kept.pass_to(known_through)
        clock.moment = max(clock.moment, at)
        await kept.take(batch)
    await kept.pass_to(THE_END)
    return kept


def check_clocks(kept: Kept, ticket: str) -> None:
    """They are those of all facts together; and so they come out of the events that told of them."""
    clocks = kept.clocks(ticket)
    judged = judge(kept.facts(ticket), kept.rulebook, METRICS, seconds(THE_END))
    assert standing(clocks, marks=False) == standing(judged, marks=False), ticket
    assert standing(_restored(kept, ticket)) == standing(clocks), ticket


def check_said(kept: Kept, ticket: str) -> None:
    """Every breach at its true moment, nothing twice, and nothing wrong that is not taken back."""
    standing_now: Counter[Named] = Counter()
    for event, _ in kept.told(ticket):
        for named, change in _said(event):
            standing_now[named] += change
            assert standing_now[named] in {0, 1}, (ticket, named)
    said = {named for named, count in standing_now.items() if count}
    clocks = [clock for clock in kept.clocks(ticket) if not clock.is_superseded]
    assert said == {(clock.clock_id, mark.name, mark.at) for clock in clocks for mark in clock.marks}, ticket
    true = {named for clock in clocks for named in _true(clock)}
    assert {named for named in true if named[1] == BREACH} <= said <= true, ticket
    if not any(_is_surprising(kept, ticket)):
        types = {type(event) for event, _ in kept.told(ticket)}
        assert not types & {SlaWarningRetracted, SlaBreachRetracted}, ticket


async def _replay(tickets: int, seed: int) -> None:
    kept = await lived(tickets, seed)
    anew = Kept(kept.rulebook, kept.clock)
    by_ticket: dict[str, list[Recorded[Fact]]] = {}
    for arrival in arrivals(tickets, seed):
        by_ticket.setdefault(arrival.recorded.stored.subject, []).append(arrival.recorded)
    for ticket, facts in by_ticket.items():
        clocks = clocks_encoded(_restored(kept, ticket))
        row = replace(kept.rows.tickets[ticket], facts=b"", clocks=clocks, horizon=seconds(THE_END), due_at=None)
        anew.rows.tickets[ticket] = row
        outcome = await anew.take(facts)
        assert outcome.appends == [], ticket
        assert standing(anew.clocks(ticket)) == standing(kept.clocks(ticket)), ticket
    await anew.pass_to(THE_END)
    assert not any(anew.tables.events.values()), "firing said something new"
    assert len(anew.rows.tickets) == tickets


def _restored(kept: Kept, ticket: str) -> list[Clock]:
    told = [Told(event, _is_live(stored)) for event, stored in kept.told(ticket)]  # type: ignore[arg-type] # SLA's own
    return restored(told, kept.rulebook.terms_of)


def _is_live(stored: Stored) -> bool:
    return stored.origin is Origin.LIVE


def _said(event: Fact) -> Iterator[tuple[Named, int]]:
    match event:
        case SlaWarned():
            yield (event.clock_id, event.warning, seconds(event.at)), 1
        case SlaBreached():
            yield (event.clock_id, BREACH, seconds(event.at)), 1
        case SlaWarningRetracted():
            yield (event.clock_id, event.warning, seconds(event.warned_at)), -1
        case SlaBreachRetracted():
            yield (event.clock_id, BREACH, seconds(event.breached_at)), -1
        case _:
            return


def _true(clock: Clock) -> Iterator[Named]:
    reached = (Mark(each.name, each.at) for each in crossings(clock.turns) if each.at <= seconds(THE_END))
    return ((clock.clock_id, mark.name, mark.at) for mark in reached)


def _is_surprising(kept: Kept, ticket: str) -> Iterator[bool]:
    """Only what is entered after it happened may show that something was wrong; a source's silence may not."""
    return (fact.recorded_at > fact.at or fact.kind == "ConsultationCorrected" for fact in kept.facts(ticket))
