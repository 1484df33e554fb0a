"""Writers at once, one of them held up, killed or stopped in the middle: no gap, loss, reorder or doubled command."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.database import connect_pool
from services.settings import Settings
from shared_events.store.appends import Appended, Conflict, Outcome, Repeated
from shared_events.store.partition import partition_of
from shared_events.store.port import Store
from shared_events.store.postgres import EventStore
from tests.effort import examples
from tests.shared_events.conftest import FixedClock
from tests.shared_events.store.ground import NOBODY_KNOWS, WRITERS, Attempt, Ground, carry_out, judge, stop, wake
from tests.shared_events.store.suite import StoreSuite

PARTITIONS: Final = (2, 2, 5, 9)
"""Of an example's subjects."""

ROLLED_BACK: Final = asyncpg.QueryCanceledError("rolled back on purpose")

WRITER = st.integers(0, WRITERS - 1)
SUBJECT = st.integers(0, len(PARTITIONS) - 1)
SHAPE = st.tuples(st.sampled_from([0, 0, 0, 0, -1, 1]), st.integers(1, 3))
"""How far beside the stream's version an append begins, and of how many events it is."""


class Attack(RuleBasedStateMachine):
    """One example."""

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.ground = ground
        self.attempts: list[Attempt] = []
        self.subjects: list[str] = []
        self.held: tuple[asyncpg.Connection, Attempt] | None = None

    @initialize()
    def begin(self) -> None:
        self.ground.run(self.ground.go_to_the_end())
        self.ground.examples += 1
        names = (f"example-{self.ground.examples}-{number}" for number in range(10_000))
        wanted = list(PARTITIONS)
        for name in names:
            if wanted and partition_of(name) == wanted[0]:
                self.subjects.append(name)
                wanted.pop(0)

    @rule(batch=st.lists(st.tuples(WRITER, SUBJECT, SHAPE, st.booleans()), min_size=1, max_size=8))
    def write_at_once(self, batch: list[tuple[int, int, tuple[int, int], bool]]) -> None:
        """While somebody reads."""
        self.ground.run(self._write(batch))

    @rule(place=st.integers(0, 1_000), writers=st.lists(WRITER, min_size=1, max_size=3))
    @precondition(lambda self: any(attempt.append.command_key for attempt in self.attempts))
    def repeat(self, place: int, writers: list[int]) -> None:
        """The same command, by several at once: at most one effect, and all are told the same."""
        keyed = [attempt for attempt in self.attempts if attempt.append.command_key is not None]
        self.ground.run(self._repeat(keyed[place % len(keyed)], writers))

    @rule(subject=SUBJECT, shape=SHAPE)
    @precondition(lambda self: self.held is None)
    def hold_a_transaction_open(self, subject: int, shape: tuple[int, int]) -> None:
        """With its events appended and its heads locked."""
        self.ground.run(self._hold(subject, shape))

    @rule(end=st.sampled_from(["commit", "rollback", "terminate", "stop and commit", "stop and terminate"]))
    @precondition(lambda self: self.held is not None)
    def end_the_transaction(self, end: str) -> None:
        """In one way or another."""
        self.ground.run(self._end(end))

    @rule(terminated=st.booleans(), meanwhile=st.lists(st.tuples(WRITER, SUBJECT, SHAPE, st.booleans()), max_size=4))
    @precondition(lambda self: self.held is None)
    def stop_a_writer_in_the_middle(
        self, terminated: bool, meanwhile: list[tuple[int, int, tuple[int, int], bool]]
    ) -> None:
        """It has locked one head and waits for the next when its server process stops; others go on."""
        self.ground.run(self._stop_in_the_middle(meanwhile, terminated=terminated))

    @invariant()
    def everything_adds_up(self) -> None:
        self.ground.run(self._check())

    def teardown(self) -> None:
        if self.held is not None:
            self.ground.run(self._end("rollback"))
            self.ground.run(self._check())

    async def _write(self, batch: list[tuple[int, int, tuple[int, int], bool]]) -> None:
        attempts = [await self._prepared(subject, shape, keyed=keyed) for _, subject, shape, keyed in batch]
        writers = [self.ground.writers[writer] for writer, *_ in batch]
        work = [carry_out(writer, attempt) for writer, attempt in zip(writers, attempts, strict=True)]
        await asyncio.gather(*work, self.ground.tail())

    async def _prepared(self, subject: int, shape: tuple[int, int], *, keyed: bool) -> Attempt:
        key = f"{self.ground.examples}-{len(self.attempts)}" if keyed else None
        attempt = await self.ground.prepare(self.subjects[subject], shape, key)
        self.attempts.append(attempt)
        return attempt

    async def _repeat(self, attempt: Attempt, writers: list[int]) -> None:
        before = attempt.outcome
        repeated = [Attempt(attempt.append) for _ in writers]
        await asyncio.gather(
            *(carry_out(self.ground.writers[writer], each) for writer, each in zip(writers, repeated, strict=True))
        )
        outcomes = [each.outcome for each in repeated]
        appended = [outcome for outcome in outcomes if isinstance(outcome, Appended)]
        assert len(appended) <= 1
        if isinstance(before, Appended):
            assert not appended
            assert not any(isinstance(outcome, Conflict) for outcome in outcomes)
        if appended:
            attempt.outcome = appended[0]
        told = {outcome.position for outcome in outcomes if isinstance(outcome, Appended | Repeated)}
        assert len(told | ({before.position} if isinstance(before, Appended) else set())) <= 1

    async def _hold(self, subject: int, shape: tuple[int, int]) -> None:
        attempt = await self._prepared(subject, shape, keyed=True)
        connection = await asyncpg.connect(self.ground.dsn, server_settings={"role": "zixun_app"})
        await connection.execute("begin")
        rejected = await self.ground.writers[0].append_in(connection, [attempt.append])
        attempt.outcome = rejected.get(0)
        self.held = (connection, attempt)

    async def _end(self, end: str) -> None:
        assert self.held is not None, "it was begun"
        connection, attempt = self.held
        self.held = None
        number = connection.get_server_pid()
        if end.startswith("stop"):
            stop(number)
            await self._write([(0, 0, (0, 1), True), (1, 2, (0, 1), True)])
            wake(number)
        if end.endswith("terminate"):
            await self.ground.as_owner("select pg_terminate_backend($1, 5000)", number)
        outcome: Outcome | Exception
        try:
            await connection.execute("rollback" if end == "rollback" else "commit")
            outcome = ROLLED_BACK if end == "rollback" else await self._as_appended(attempt)
        except NOBODY_KNOWS as error:
            outcome = error  # but here we know: whoever never came to commit has written nothing
        attempt.outcome = attempt.outcome or outcome
        connection.terminate()

    async def _as_appended(self, attempt: Attempt) -> Outcome | Exception:
        """What `append` would have said of what was committed."""
        if attempt.outcome is not None:
            return attempt.outcome
        assert attempt.append.command_key is not None, "it was given one"
        found = await self.ground.writers[0].find_command(attempt.append.command_key)
        assert found is not None
        assert found.position is not None
        return Appended(found.version, found.position, FixedClock().moment)

    async def _stop_in_the_middle(
        self, meanwhile: list[tuple[int, int, tuple[int, int], bool]], *, terminated: bool
    ) -> None:
        first, second = [await self._prepared(subject, (0, 1), keyed=True) for subject in (0, 3)]
        store, pool, number = await self.ground.doomed()
        blocker = await asyncpg.connect(self.ground.dsn)
        await blocker.execute("begin")
        await blocker.execute("select 1 from intake.head where partition = 9 for update")
        doomed = asyncio.gather(carry_out(store, first), carry_out(store, second))
        await self.ground.until_blocked(number)
        stop(number)
        await blocker.close()
        await self._write(meanwhile)
        blocked = await self._prepared(1, (0, 1), keyed=True)
        await carry_out(self.ground.writers[0], blocked)
        assert isinstance(blocked.outcome, asyncpg.LockNotAvailableError), "it shares the partition of the first"
        if terminated:
            await self.ground.as_owner("select pg_terminate_backend($1)", number)
        wake(number)
        await doomed
        pool.terminate()

    async def _check(self) -> None:
        await self.ground.tail()
        streams = await self.ground.writers[0].load_many(self.subjects)
        stored = [event for subject in self.subjects for event in streams[subject].events]
        for subject in self.subjects:
            versions = [event.version for event in streams[subject].events]
            assert versions == list(range(1, len(versions) + 1))
        tailed = [event for events in self.ground.seen.values() for event in events if event.subject in self.subjects]
        assert {event.event_id for event in tailed} == {event.event_id for event in stored}
        assert len(tailed) == len(stored)
        if self.held is None:
            judge(self.attempts, stored)  # type: ignore[arg-type] # a loaded stream has stored events


@pytest.mark.hypothesis
@pytest.mark.timeout(7200)
def test_nothing_is_lost_doubled_or_reordered(database: str) -> None:
    attack(database, examples(8))


@pytest.mark.hypothesis
@pytest.mark.timeout(7200)
def test_so_it_is_on_the_oldest_postgresql_that_is_supported(older_database: str) -> None:
    attack(older_database, examples(4))


async def test_the_attack_finds_numbers_that_come_from_a_sequence(database: str) -> None:
    """As most stores have them: whoever rolls back leaves a gap, and whoever commits late comes after later ones."""
    owner = await asyncpg.connect(database)
    for partition in range(12):
        await owner.execute(f"create sequence intake.number_{partition}")
    await owner.execute("grant usage on all sequences in schema intake to zixun_app")
    append = await owner.fetchval("select pg_get_functiondef('intake.append'::regproc)")
    numbered = append.replace("h.sequence + e.place", "nextval('intake.number_' || e.partition)")
    assert numbered != append
    await owner.execute(numbered)
    await owner.close()

    with pytest.raises((AssertionError, ExceptionGroup)):
        await asyncio.to_thread(attack, database, 20)


class TestOlderPostgreSQL(StoreSuite):
    """The suite of stores."""

    @pytest.fixture
    async def store(self, older_database: str, clock: FixedClock) -> AsyncIterator[Store]:
        async with await connect_pool(older_database, Settings()) as pool:
            yield EventStore("intake", pool, clock)


def attack(database: str, count: int) -> None:
    """So many examples, of up to ten steps each."""
    ground = Ground(database)
    ground.run(ground.open())
    chosen = settings(
        max_examples=count, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
    )
    try:
        run_state_machine_as_test(lambda: Attack(ground), settings=chosen)  # type: ignore[arg-type] # anything that makes a machine will do
    finally:
        ground.run(ground.close())
        ground.runner.close()
