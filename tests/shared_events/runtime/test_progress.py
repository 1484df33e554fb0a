"""A request waits for what its caller has seen, and a crowd that waits asks the database no more than one."""

import asyncio
from collections.abc import Mapping

from shared_events.clock import SystemClock
from shared_events.contracts.envelope import Position
from shared_events.runtime.checkpoints import Checkpoints
from shared_events.runtime.ports import Checkpoint
from shared_events.runtime.progress import Progress
from tests.shared_events.runtime.world import World, drain

SEEN = [Position("intake", 3, 10)]


class Counting(Checkpoints):
    """Counts how often it is looked into."""

    looks = 0

    async def seen(self) -> dict[int, Mapping[str, int]]:
        self.looks += 1
        return await super().seen()


async def test_whoever_waits_goes_on_when_a_runner_of_this_process_has_committed(world: World) -> None:
    progress = Progress({"ledger": Checkpoints(world.pool, "ledger", "ledger")}, SystemClock())
    waiting = asyncio.create_task(progress.consumed("ledger", SEEN))
    await progress.moved("ledger", Checkpoint(3, 11, {"intake": 10}))

    assert await waiting


async def test_what_another_process_has_committed_is_seen_in_the_database(world: World) -> None:
    await world.happen("t-1")
    await world.publish()
    await drain(world.runner())
    (head,) = [(partition, sequence) for partition, sequence in (await world.intake.heads()).items() if sequence]
    progress = Progress({"ledger": Checkpoints(world.pool, "ledger", "ledger")}, SystemClock())

    assert await progress.consumed("ledger", [Position("intake", *head)])


async def test_a_crowd_that_waits_in_vain_looks_no_more_often_than_one(world: World) -> None:
    checkpoints = Counting(world.pool, "ledger", "ledger")
    progress = Progress({"ledger": checkpoints}, SystemClock(), wait_seconds=0.3)

    consumed = await asyncio.gather(*(progress.consumed("ledger", SEEN) for _ in range(50)))

    assert not any(consumed)
    assert 1 <= checkpoints.looks <= 7


async def test_what_does_not_read_the_log_has_nothing_to_catch_up_with(world: World) -> None:
    assert await Progress({}, SystemClock()).consumed("intake", SEEN)
