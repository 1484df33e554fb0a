"""Tickets that went by chance as routing decides, with what SLA keeps of their events; so their histories are real."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from hypothesis import strategies as st

from routing_svc.domain.state import Ticket
from routing_svc.domain.ticket import DECIDER
from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded
from sla_svc.domain.facts import Observed, moment, observed
from tests.routing_svc.domain.test_ticket import steps, walks
from tests.routing_svc.recordings import recorded
from tests.sla_svc.domain.scene import Facts, at

CONTACT: Final = at("2026-03-01 11:00")
RECEIVED: Final = at("2026-03-01 11:20")
WALKED_FROM: Final = at("2026-03-01 12:00")

pauses_between = st.integers(0, 30_000_000).map(lambda microseconds: timedelta(milliseconds=microseconds))


@dataclass(frozen=True)
class Walked:
    """`stands` has routing's own state after each fact of its own, in order."""

    facts: Sequence[Observed]
    stands: Sequence[tuple[int, Ticket]]
    until: int


@st.composite
def walked(draw: st.DrawFn, *, in_order: bool = True) -> Walked:
    """In order, or recorded in any order of their moments, as facts that are entered late are."""
    events = [event for _, _, said, _ in steps(draw(walks)) for event in said or ()]
    gaps = draw(st.lists(pauses_between, min_size=len(events), max_size=len(events)))
    now = moment(WALKED_FROM)
    ticket = DECIDER.initial
    facts = list(_reception())
    stands = [(WALKED_FROM, ticket)]
    moments = []
    for gap in gaps:
        now += gap
        moments.append(now)
    for version, event in enumerate(events):
        ticket = DECIDER.evolve(ticket, event)
        at_moment = moments[version] if in_order else draw(st.sampled_from(moments))
        facts.append(_observed(recorded(event.model_copy(update={"at": at_moment})), version + 1))
        stands.append((facts[-1].at, ticket))
    until = max(fact.at for fact in facts) + draw(st.integers(0, 100_000))
    return Walked(facts, stands, until)


def _reception() -> list[Observed]:
    facts = Facts()
    facts.add(RECEIVED, "ConsultationReceived", contacted_at=moment(CONTACT).isoformat(), channel="telephone")
    return facts.facts


def _observed(event: Recorded[Fact], version: int) -> Observed:
    stored = replace(event.stored, source="routing", version=version, event_id=UUID(int=version))
    return observed(replace(event, stored=stored))
