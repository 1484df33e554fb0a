"""What is remembered of streams spares a load, and never decides by itself: the store has the last word."""

import asyncio

import asyncpg
import pytest

from shared_events.contracts.envelope import GENESIS, chained_digest
from shared_events.ids import IdSource
from shared_events.keys import KeyRing
from shared_events.runtime.commands import Aggregate
from shared_events.runtime.recent import Basis, Recent
from shared_events.store.appends import Stream
from shared_events.store.postgres import EventStore
from tests.shared_events.conftest import FixedClock
from tests.shared_events.runtime.test_commands import ADD, COUNTER, Add, Asked, Counter, keyed
from tests.shared_events.store.drafts import NOON, drafts


class Watched(EventStore):
    """Knows how often a stream was loaded."""

    loads = 0

    async def load(self, subject: str, **until: object) -> Stream:
        self.loads += 1
        return await super().load(subject, **until)  # type: ignore[arg-type] # passed on as it came


@pytest.fixture
def store(pool: asyncpg.Pool, clock: FixedClock) -> Watched:
    return Watched("intake", pool, clock)


@pytest.fixture
def process(pool: asyncpg.Pool, store: Watched, clock: FixedClock) -> Counter:
    return Aggregate(COUNTER, store, KeyRing(pool, bytes(32), clock), IdSource(clock))


@pytest.fixture
def other(process: Counter, pool: asyncpg.Pool, clock: FixedClock) -> Counter:
    """Another process on the same store."""
    return Aggregate(COUNTER, process.store, KeyRing(pool, bytes(32), clock), IdSource(clock))


async def test_a_stream_that_was_appended_to_is_not_loaded_for_the_next_command(
    process: Counter, store: Watched
) -> None:
    await process.handle("t-1", ADD, Asked(), new=True)
    handled = await process.handle("t-1", ADD, Asked(version=1))

    assert (handled.state, handled.version, store.loads) == (2, 2, 0)


async def test_events_upon_what_is_remembered_are_chained_to_what_is_stored(process: Counter) -> None:
    for _ in range(3):
        await process.handle("t-1", ADD, Asked())

    previous = GENESIS
    for event in (await process.store.load("t-1")).events:
        assert event.digest == chained_digest(previous, event)
        previous = event.digest


async def test_what_another_process_appended_is_built_upon(process: Counter, other: Counter) -> None:
    await process.handle("t-1", ADD, Asked())
    await other.handle("t-1", ADD, Asked())
    handled = await process.handle("t-1", Add(at=NOON, by="a", limit=3), Asked())

    assert (handled.refused, handled.state, handled.version) == (None, 3, 3)


async def test_what_another_process_appended_is_what_refuses(process: Counter, other: Counter) -> None:
    await process.handle("t-1", ADD, Asked())
    await other.handle("t-1", ADD, Asked())
    handled = await process.handle("t-1", Add(at=NOON, by="a", limit=2), Asked())

    assert handled.refused is not None
    assert (handled.state, handled.version) == (2, 2)


async def test_a_refusal_tells_the_state_that_the_store_has(process: Counter, other: Counter) -> None:
    await process.handle("t-1", ADD, Asked())
    await other.handle("t-1", ADD, Asked())
    handled = await process.handle("t-1", Add(at=NOON, by="a", limit=1), Asked())

    assert handled.refused is not None
    assert (handled.state, handled.version, handled.refused.now) == (2, 2, "It has 2.")


async def test_that_there_is_nothing_to_do_is_told_by_the_store(process: Counter, other: Counter) -> None:
    await process.handle("t-1", ADD, Asked())
    await other.handle("t-1", ADD, Asked())
    handled = await process.handle("t-1", Add(at=NOON, by="a", only_first=True), Asked())

    assert (handled.events, handled.version) == ((), 2)


async def test_a_caller_who_saw_what_is_remembered_is_told_when_the_store_moved_on(
    process: Counter, other: Counter
) -> None:
    await process.handle("t-1", ADD, Asked())
    await other.handle("t-1", ADD, Asked())
    handled = await process.handle("t-1", ADD, Asked(version=1))

    assert (handled.outdated, handled.version) == (1, 2)


async def test_a_caller_who_saw_more_than_is_remembered_is_served(process: Counter, other: Counter) -> None:
    await process.handle("t-1", ADD, Asked())
    await other.handle("t-1", ADD, Asked())
    handled = await process.handle("t-1", ADD, Asked(version=2))

    assert (handled.outdated, handled.version) == (None, 3)


async def test_a_command_is_repeated_where_another_process_did_it(process: Counter, other: Counter) -> None:
    await process.handle("t-1", ADD, Asked())
    done = await other.handle("t-1", ADD, keyed("k-1"))
    again = await process.handle("t-1", ADD, keyed("k-1"))

    assert (again.repeated, again.version, again.position) == (True, 2, done.position)


async def test_processes_that_hold_each_other_up_lose_nothing(process: Counter, other: Counter) -> None:
    await asyncio.gather(*(each.handle("t-1", ADD, Asked()) for _ in range(6) for each in (process, other)))

    assert (await process.present("t-1")).state == 12


def test_so_many_streams_are_kept_without_their_events() -> None:
    recent: Recent[int] = Recent(remembered_max=2)
    streams = [Stream(subject, drafts(subject, 1, 3)) for subject in ("t-1", "t-2", "t-3")]
    for stream in streams:
        recent.keep(Basis(stream, 3))
    kept = recent.take("t-3")

    assert recent.take("t-1") is None
    assert kept is not None
    assert (kept.stream.version, kept.stream.digest) == (3, streams[2].digest)
    assert (kept.stream.events, kept.state) == ((), 3)


def test_what_is_in_use_is_remembered_longest() -> None:
    recent: Recent[int] = Recent(remembered_max=2)
    for subject in ("t-1", "t-2"):
        recent.keep(Basis(Stream(subject), 0))
    used = recent.take("t-1")
    assert used is not None
    recent.keep(used)
    recent.keep(Basis(Stream("t-3"), 0))

    assert recent.take("t-2") is None
    assert recent.take("t-1") == used
