"""Feedback as its consumer runs it: from events in the log to visits in its store."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from feedback_svc.domain.callback import DECIDER
from feedback_svc.service import CUSTOMERS, build
from shared_events.contracts.base import Fact, Origin, Tier
from shared_events.contracts.intake import Channel, ConsultationReceived
from shared_events.contracts.routing import AnswerAccepted
from shared_events.keys import KeyRing
from shared_events.log.postgres import PostgresLog
from shared_events.runtime.checkpoints import Checkpoints
from shared_events.runtime.commands import Call, append_of
from shared_events.runtime.effects import Effects
from shared_events.runtime.lease import Lease, Presence
from shared_events.runtime.ports import Checkpoint
from shared_events.runtime.relay import Relay
from shared_events.runtime.runner import Resources, Runner
from shared_events.runtime.sharing import Shares
from shared_events.store.appends import Appended
from shared_events.store.postgres import EventStore
from tests.feedback_svc.examples import CUSTOMER, NOON, TICKET, VISIT
from tests.intake_svc.serving import MASTER_KEY, Ground, ground

RECEIVED = ConsultationReceived(
    at=NOON, by="a1", customer_id=CUSTOMER, number="0000-0001-3", channel=Channel.CHAT, contacted_at=NOON
)
ACCEPTED = AnswerAccepted(at=NOON, by="a1", customer_id=CUSTOMER, answer=1, tier=Tier.CSE)


async def _unheard(consumer: str, checkpoint: Checkpoint) -> None:
    """Nobody waits for this consumer."""


@dataclass(frozen=True, slots=True)
class World:
    """Two services that only append, and feedback's consumer behind their relays."""

    stand: Ground
    log: PostgresLog
    presence: Presence

    async def happen(self, source: str, event: Fact, origin: Origin = Origin.LIVE) -> None:
        """Append an event to the stream that a service has of the ticket, and relay it."""
        store = EventStore(source, self.stand.pool, self.stand.clock)
        key = await KeyRing(self.stand.pool, MASTER_KEY, self.stand.clock).of_person(CUSTOMER)
        call = Call(correlation_id="r1", origin=origin)
        append = append_of(await store.load(TICKET), [event], call, ({CUSTOMER: key}, self.stand.ids))
        assert isinstance(await store.append(append), Appended)
        lease = self._lease(source)
        await Relay(store, self.log, lease, self.stand.clock).turn()

    async def consume(self) -> None:
        """Let feedback take in what there is, as a process that was just started."""
        service = build(self.stand.aggregate("feedback", DECIDER), pool=self.stand.pool)
        resources = Resources(
            log=self.log,
            shares=self._shares(),
            clock=self.stand.clock,
            progressed=_unheard,
        )
        runner = Runner(
            Checkpoints(self.stand.pool, "feedback", "feedback"), Effects(service.views, service.reactions), resources
        )
        await runner.turn()
        assert runner.stopped == {}

    def _shares(self) -> Shares:
        clock = self.stand.clock
        given = {"schema": "feedback", "consumer": "feedback", "holder": "test"}
        return Shares(self.presence, self.stand.pool, **given, clock=clock)

    def _lease(self, schema: str) -> Lease:
        clock = self.stand.clock
        return Lease(self.presence, self.stand.pool, schema=schema, name="one", holder="test", clock=clock)

    async def visits(self) -> list[tuple[str, str, str]]:
        """Subject, type and actor of everything that feedback wrote."""
        rows = await self.stand.pool.fetch("select subject, type, actor from feedback.event order by version")
        return [tuple(row) for row in rows]


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    async with ground(database) as stand:
        presence = Presence(stand.pool)
        yield World(stand, PostgresLog(stand.pool), presence)
        await presence.leave()


async def test_an_accepted_answer_in_the_log_leads_to_one_visit(world: World) -> None:
    await world.happen("routing", ACCEPTED)
    for _ in range(3):
        await world.consume()
    assert await world.visits() == [(TICKET, "CallbackScheduled", "system:feedback")]
    present = await world.stand.aggregate("feedback", DECIDER).present(TICKET)
    assert [visit.callback_id for visit in present.state] == [VISIT]


async def test_the_same_answer_accepted_again_after_a_reopening_has_its_visit_already(world: World) -> None:
    await world.happen("routing", ACCEPTED)
    await world.happen("routing", ACCEPTED)
    await world.consume()
    assert len(await world.visits()) == 1


async def test_an_imported_acceptance_leads_to_nothing(world: World) -> None:
    await world.happen("routing", ACCEPTED, Origin.IMPORT)
    await world.consume()
    assert await world.visits() == []


async def test_a_reception_in_the_log_says_whose_ticket_it_is(world: World) -> None:
    await world.happen("intake", RECEIVED)
    await world.consume()
    assert await CUSTOMERS.of(world.stand.pool, TICKET) == CUSTOMER
