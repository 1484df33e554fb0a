"""Timers over Kafka: it is away over deadlines, sources fall silent, workers die; what is said in the end is true."""

import asyncio
from collections import Counter
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Final

import pytest

from services.wiring import Zixun
from services.worker import working
from shared_events.contracts import decode
from shared_events.contracts.base import Fact
from shared_events.contracts.sla import ClockFact, ClockMet, SlaBreached, SlaBreachRetracted
from shared_events.log.cluster import Cluster
from shared_events.runtime.timers import WAIT_SECONDS
from tests.system.clocks import launcher_firing
from tests.system.clocks.audit import check_clocks, check_shown
from tests.system.clocks.launcher_firing import FIRING
from tests.system.clocks.test_firing_attacked import (
    IN_THE_MIDDLE,
    answer,
    by_hand,
    consume,
    go_on,
    kill_while_firing,
    receive,
    relay,
    until_fired,
)
from tests.system.crash import victim as victims
from tests.system.kafka.conftest import Far

OVER: Final = timedelta(days=30)
"""Longer than any target of what was asked."""

KNOWN: Final = "select count(*) from sla.clock where metric = 'first_response' and ticket_id = any($1)"
IN_TIME: Final = """
    select ticket_id from sla.clock where metric = 'first_response' and in_time and breached_at is null
"""


@pytest.fixture
def firing_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose points lie in the middle of firing."""
    monkeypatch.setattr(victims, "LAUNCHER", Path(launcher_firing.__file__))


@pytest.mark.timeout(300)
async def test_answers_in_time_that_wait_in_the_store_while_kafka_is_away_over_their_deadlines_leave_no_breach(
    database: str, far: Far
) -> None:
    await be_away(database, far, Random(1), ("cut",))


@pytest.mark.torture(seeds=20)
@pytest.mark.timeout(1800)
async def test_so_it_is_however_often_and_in_whatever_way(database: str, far: Far, seed: int) -> None:
    random = Random(seed)
    await be_away(database, far, random, random.choices(("cut", "killed", "silent"), k=4))


async def test_what_was_said_because_routing_could_not_reach_kafka_for_too_long_is_taken_back(
    database: str, cluster: Cluster
) -> None:
    async with by_hand(database, cluster) as (zixun, clock):
        ticket = await receive(zixun, clock.now())
        await go_on(zixun)
        await answer(zixun, ticket, clock.now())
        clock.ahead = OVER
        for _ in range(2):
            for source in ("intake", "feedback"):
                await relay(zixun, source)
            await consume(zixun)
            clock.waited_seconds += WAIT_SECONDS
        assert (await check_clocks(zixun))["SlaBreached"] > 0

        await go_on(zixun)

        await check_clocks(zixun)
        assert await answered_in_time(zixun) == {ticket}
        said = await said_of_first_responses(zixun, ticket)
        assert said[SlaBreached] == said[SlaBreachRetracted] == 1


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("firing_workers")
async def test_of_two_workers_one_dies_while_it_fires_and_all_is_said_once(database: str, cluster: Cluster) -> None:
    await kill_while_firing(database, IN_THE_MIDDLE, Random(1), kills=1, cluster=cluster)


@pytest.mark.torture(seeds=20)
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("firing_workers")
async def test_so_it_is_however_often_they_die(database: str, cluster: Cluster, seed: int) -> None:
    random = Random(seed)
    await kill_while_firing(database, random.choice(list(FIRING)), random, kills=5, cluster=cluster)


async def be_away(database: str, far: Far, random: Random, troubles: Collection[str]) -> None:
    """Meanwhile some customers are answered, all deadlines pass, and the workers have tried to go on."""
    async with by_hand(database, far.cluster) as (zixun, clock), working(zixun):
        in_time: set[str] = set()
        for trouble in troubles:
            asked = [await receive(zixun, clock.now()) for _ in range(6)]
            await until_known(zixun, asked)
            before = met(far)
            await begin(trouble, far)
            answered = random.sample(asked, 3)
            for ticket in answered:
                await answer(zixun, ticket, clock.now())
            clock.ahead += OVER
            async with asyncio.timeout(60):
                while met(far) < before + 10:  # noqa: ASYNC110 - the loops do it
                    await asyncio.sleep(0.05)
            await end(trouble, far)
            await until_fired(zixun, far.cluster)
            in_time.update(answered)
            assert await answered_in_time(zixun) == in_time
            assert (await check_clocks(zixun))["SlaBreached"] > 0, "those who were not answered were told nothing"
            await check_shown(zixun)
        for ticket in in_time:
            said = await said_of_first_responses(zixun, ticket)
            assert said[ClockMet] == 1
            assert said[SlaBreached] == said[SlaBreachRetracted]


async def until_known(zixun: Zixun, asked: Collection[str]) -> None:
    """Their clocks run."""
    async with asyncio.timeout(60):
        while await zixun.pool.fetchval(KNOWN, list(asked)) < len(asked):  # noqa: ASYNC110 - the loops do it
            await asyncio.sleep(0.05)


async def answered_in_time(zixun: Zixun) -> set[str]:
    """The tickets of which SLA says so, and of no breach."""
    return {row["ticket_id"] for row in await zixun.pool.fetch(IN_TIME)}


async def said_of_first_responses(zixun: Zixun, ticket: str) -> Counter[type[Fact]]:
    """How often which event."""
    told = [decode(event) for event in (await zixun.stores["sla"].load(ticket)).events]
    return Counter(type(event) for event in told if isinstance(event, ClockFact) and event.metric == "first_response")


async def begin(trouble: str, far: Far) -> None:
    """Nobody reaches Kafka any more."""
    match trouble:
        case "killed":
            await asyncio.to_thread(far.brokers.say, "kill 1")
        case "silent":
            far.proxy.fall_silent()
        case _:
            far.proxy.cut()


async def end(trouble: str, far: Far) -> None:
    """Everybody does again."""
    if trouble == "killed":
        await asyncio.to_thread(far.brokers.say, "start 1")
    far.proxy.heal()


def met(far: Far) -> int:
    """How often somebody has tried in vain."""
    return far.proxy.refused + far.proxy.swallowed
