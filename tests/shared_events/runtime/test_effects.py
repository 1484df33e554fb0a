"""A reaction has its effect once for each cause, and decides again when the stream has moved on (D10)."""

from collections.abc import Sequence
from dataclasses import replace

from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded
from shared_events.runtime.effects import Decisions, Effects
from tests.shared_events.runtime.world import World, drain


async def test_a_reaction_appends_once_per_cause(world: World) -> None:
    await world.happen("t-1", kind="withdrawn")
    await world.publish()

    await drain(world.reactor())
    await world.pool.execute("update routing.checkpoint set next_offset = 0, seen_by_source = '{}'")
    await drain(world.reactor(holder="here"))

    stream = await world.routing.load("t-1")
    assert [(event.type, event.version) for event in stream.events] == [("TicketClosed", 1)]
    cause = (await world.intake.load("t-1")).events[0]
    assert stream.events[0].causation_id == str(cause.event_id)
    assert stream.events[0].correlation_id == cause.correlation_id


async def test_several_causes_of_one_subject_in_one_batch_each_have_their_effect(world: World) -> None:
    await world.happen("t-1", count=3, kind="withdrawn")
    await world.publish()

    await drain(world.reactor())

    assert (await world.routing.load("t-1")).version == 3


async def test_a_reaction_whose_stream_moves_on_meanwhile_decides_again(world: World) -> None:
    await world.happen("t-1", kind="withdrawn")
    await world.publish()
    reactor = world.reactor()
    reactor._effects = LosesTheRace(reactor._effects, world)

    await drain(reactor)

    stream = await world.routing.load("t-1")
    assert [event.causation_id is not None for event in stream.events] == [False, True]


class LosesTheRace(Effects):
    """Between deciding and committing for the first time, somebody else appends to the same stream."""

    def __init__(self, effects: Effects, world: World) -> None:
        super().__init__(effects._views, effects._reactions)
        self._world = world
        self._lost = False

    async def decide(self, batch: Sequence[Recorded[Fact]]) -> Decisions:
        decisions = await super().decide(batch)
        if not self._lost:
            self._lost = True
            append = decisions.reactions[0].append
            other = replace(append.events[0], causation_id=None)
            await self._world.routing.append(replace(append, events=[other], command_key=None))
        return decisions
