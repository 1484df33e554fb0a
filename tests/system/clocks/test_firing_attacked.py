"""Workers that are killed while they fire, and clocks that jump: all is said once, and what was false is taken back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from signal import SIGCONT, SIGSTOP

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from benchmarks.drafts import receptions
from services.database import connect_pool
from services.settings import Settings
from services.wiring import Zixun, assemble
from shared_events.clock import SystemClock
from shared_events.contracts.routing import CustomerInformed
from shared_events.keys import PersonKey
from shared_events.log.cluster import Cluster
from shared_events.runtime.commands import Call, append_of
from shared_events.store.appends import Stream
from tests.system.clocks.audit import check_clocks, check_order, check_shown
from tests.system.clocks.launcher_firing import FIRING
from tests.system.crash import victim as victims
from tests.system.crash.audit import check_everything, until_caught_up
from tests.system.crash.test_two_at_once import start, until_fenced, until_taken
from tests.system.crash.victim import make_second, make_victim
from tests.system.serving import MASTER_KEY

TICKETS = 12
SOON = timedelta(seconds=2)
LONG_AGO = timedelta(days=4)
IN_THE_MIDDLE = "after a firing's rows and events, before its commit"
UNFIRED = "select count(*) from sla.ticket where due_at <= $1"


class ShiftedClock(SystemClock):
    """The machine's clock, as somebody has set it."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.waited_seconds = 0.0
        """So long nothing has happened, as far as spans are measured."""

    def now(self) -> datetime:
        """Right, or not."""
        return super().now() + self.ahead

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return super().monotonic() + self.waited_seconds


@pytest.mark.timeout(300)
async def test_of_two_workers_one_dies_while_it_fires_and_all_is_said_once(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(victims, "LAUNCHER", Path(__file__).with_name("launcher_firing.py"))
    await kill_while_firing(database, IN_THE_MIDDLE, Random(1), kills=1)


@pytest.mark.torture(seeds=30)
@pytest.mark.timeout(900)
async def test_so_it_is_however_often_they_die(database: str, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(victims, "LAUNCHER", Path(__file__).with_name("launcher_firing.py"))
    random = Random(seed)
    await kill_while_firing(database, random.choice(list(FIRING)), random, kills=5)


@pytest.mark.torture(seeds=10)
@pytest.mark.timeout(300)
async def test_what_a_worker_fires_that_slept_until_its_partitions_were_taken_is_not_said_again(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seed: int
) -> None:
    monkeypatch.setattr(victims, "LAUNCHER", Path(__file__).with_name("launcher_firing.py"))
    random = Random(seed)
    first = await make_victim(database, tmp_path / "first.log", part="worker")
    second = make_second(first, part="worker")
    async with by_hand(database) as (zixun, clock):
        first_warning = await first_due_after(zixun, clock)
        one = await start(first, database, random.choice(list(FIRING)), random.randint(1, 4), SIGSTOP)
        await start(second, database)
        async with asyncio.timeout(90):
            while not first.is_stopped():
                await load(zixun, clock.now(), first_warning)
                await asyncio.sleep(0.5)  # a worker that has nothing to take in fires
        await until_taken(database, one, hurry=True)
        first.send(SIGCONT)
        await until_fenced(first)
        await load(zixun, clock.now(), first_warning)
        await until_fired(zixun)
        await first.kill()
        await second.kill()
        await check_said_once(zixun)


async def test_what_a_clock_said_that_was_ahead_is_taken_back_when_it_turns_out_to_be_wrong(database: str) -> None:
    async with by_hand(database) as (zixun, clock):
        ticket = await receive(zixun, clock.now())
        await go_on(zixun)
        clock.ahead = timedelta(days=30)
        await go_on(zixun)
        said = await check_clocks(zixun)
        assert said["SlaBreached"] > 0

        clock.ahead = timedelta()
        await answer(zixun, ticket, clock.now())
        clock.ahead = timedelta(days=30)
        await go_on(zixun)

        said = await check_clocks(zixun)
        assert said["SlaBreachRetracted"] > 0
        state = "select state, in_time from sla.clock where metric = 'first_response'"
        assert [tuple(row) for row in await zixun.pool.fetch(state)] == [("met", True)]


async def test_an_answer_in_time_that_waits_in_the_store_while_the_log_is_away_makes_every_breach_untrue(
    database: str,
) -> None:
    """The deadline passes, and the worker has waited for routing as long as it may; then the log is back."""
    async with by_hand(database) as (zixun, clock):
        ticket = await receive(zixun, clock.now())
        await go_on(zixun)
        await answer(zixun, ticket, clock.now())
        clock.ahead = timedelta(days=30)
        for source in ("intake", "feedback"):
            await relay(zixun, source)
        await consume(zixun)
        said = await zixun.pool.fetchval("select count(*) from sla.event where type = 'SlaBreached'")
        assert said == 0, "routing may have more to tell"

        await go_on(zixun)

        in_time = "select in_time, breached_at from sla.clock where metric = 'first_response'"
        assert [tuple(row) for row in await zixun.pool.fetch(in_time)] == [(True, None)]
        await check_clocks(zixun)


async def kill_while_firing(
    database: str, point: str, random: Random, *, kills: int, cluster: Cluster | None = None
) -> None:
    """Much is over already, and much falls due while they work."""
    first = await make_victim(database, cluster=cluster, part="worker")
    second = make_second(first, part="worker")
    async with by_hand(database, cluster) as (zixun, clock):
        first_warning = await first_due_after(zixun, clock)
        for _ in range(kills):
            await asyncio.gather(second.start(), first.start(point, random.randint(1, 4)))
            async with asyncio.timeout(90):
                while first.is_alive():
                    await load(zixun, clock.now(), first_warning)
                    await asyncio.sleep(0.5)  # a worker that has nothing to take in fires
            await until_fired(zixun, cluster)
            await second.kill()
        await check_said_once(zixun, cluster)


async def first_due_after(zixun: Zixun, clock: ShiftedClock) -> timedelta:
    """So long after a call something falls due; whoever works then has nothing of this process in the way."""
    called_at = clock.now()
    await receive(zixun, called_at)
    await go_on(zixun)
    due_at: datetime = await zixun.pool.fetchval("select min(due_at) from sla.ticket")
    await zixun.presence.leave()
    return due_at - called_at


async def check_said_once(zixun: Zixun, cluster: Cluster | None = None) -> None:
    """All of it, in order, and everybody knows the same; where no fact came late nothing has to be taken back."""
    said = await check_clocks(zixun)
    await check_order(zixun)
    await check_shown(zixun)
    await check_everything(zixun.pool, [], cluster)
    assert min(said["SlaBreached"], said["SlaWarned"]) >= TICKETS
    assert said["SlaBreachRetracted"] == said["SlaWarningRetracted"] == 0


async def until_fired(zixun: Zixun, cluster: Cluster | None = None) -> None:
    """All that there is was taken in, what is due now or in a moment was said, and everybody knows it."""
    await until_caught_up(zixun.pool, cluster)
    through = zixun.clock.now() + SOON
    async with asyncio.timeout(90):
        while await zixun.pool.fetchval(UNFIRED, through):  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.1)
    await until_caught_up(zixun.pool, cluster)


async def load(zixun: Zixun, now: datetime, first_warning: timedelta) -> None:
    """Calls of which much is over already, and calls of which something falls due in a moment."""
    for contacted_at in (now - LONG_AGO, now + SOON - first_warning):
        for append in receptions(TICKETS, contacted_at):
            await zixun.stores["intake"].append(append)


@asynccontextmanager
async def by_hand(database: str, cluster: Cluster | None = None) -> AsyncIterator[tuple[Zixun, ShiftedClock]]:
    """A system whose parts move when they are told to."""
    clock = ShiftedClock()
    async with await connect_pool(database, Settings(database_connections_max=4)) as pool:
        zixun = await assemble(pool, MASTER_KEY, clock, cluster)
        try:
            yield zixun, clock
        finally:
            await zixun.presence.leave()
            await asyncio.gather(*(log.close() for log in zixun.kafka_logs))


async def receive(zixun: Zixun, contacted_at: datetime) -> str:
    """A call."""
    (append,) = receptions(1, contacted_at)
    await zixun.stores["intake"].append(append)
    return append.subject


async def answer(zixun: Zixun, ticket: str, at: datetime) -> None:
    """The customer hears something."""
    keys = {"c-1": PersonKey("key", AESGCM(bytes(32)))}
    informed = CustomerInformed(at=at, by="agent-1", customer_id="c-1", message="We look into it.")
    append = append_of(Stream(ticket), [informed], Call(ticket), (keys, zixun.ids))
    await zixun.stores["routing"].append(append)


async def go_on(zixun: Zixun) -> None:
    """Relay everything, take it in, and fire what is due."""
    for source in ("intake", "routing", "feedback"):
        await relay(zixun, source)
    await consume(zixun)


async def relay(zixun: Zixun, source: str) -> None:
    """What one service has to tell."""
    relay = next(relay for relay in zixun.relays if relay.source == source)
    while await relay.turn():
        pass


async def consume(zixun: Zixun) -> None:
    """What SLA makes of it, and the ledger's copy of Kafka, by which that is checked."""
    runner = next(runner for runner in zixun.runners if runner.name == "sla")
    for turn in (runner.turn, *(archiver.turn for archiver in zixun.archivers)):
        while await turn():
            pass
    assert not runner.stopped, runner.stopped
