"""Partitions are shared out evenly, whoever comes and goes, and as few as can be change hands."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from itertools import combinations

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from shared_events.runtime.sharing import LOOK_SECONDS, Shares, change_for, share_out
from shared_events.store.partition import PARTITIONS
from tests.shared_events.conftest import FixedClock
from tests.shared_events.runtime.suites import SharingSuite
from tests.shared_events.runtime.world import World

NAMES = [f"w{number}" for number in range(15)]
MEMBERS = st.sets(st.sampled_from(NAMES), min_size=1)
HOLDERS = st.fixed_dictionaries({each: st.none() | st.sampled_from(NAMES) for each in range(PARTITIONS)})


class InPostgres:
    """Each worker with a session of its own."""

    def __init__(self, world: World, database: str) -> None:
        self._world = world
        self._database = database

    def join(self, name: str) -> Shares:
        return self._world.shares("ledger", name)

    async def die(self, name: str) -> None:
        owner = await asyncpg.connect(self._database)
        await owner.execute("select pg_terminate_backend($1, 5000)", await self._world.presences[name].session())
        await owner.close()

    async def oversleep(self, name: str) -> None:
        await self._world.pool.execute("update ledger.member set expires_at = now() where holder = $1", name)


class TestShares(SharingSuite):
    """The suite, on PostgreSQL."""

    @pytest.fixture
    def workers(self, world: World, database: str) -> InPostgres:
        return InPostgres(world, database)


@given(members=MEMBERS, holders=HOLDERS)
def test_every_partition_is_a_members_and_nobody_has_two_more_than_another(
    members: set[str], holders: dict[int, str | None]
) -> None:
    shared = share_out(members, holders)

    assert shared.keys() == holders.keys()
    counts = Counter(shared.values())
    assert max(counts.values()) - min(counts[member] for member in members) <= 1


@given(members=MEMBERS, holders=HOLDERS)
def test_no_even_sharing_moves_less(members: set[str], holders: dict[int, str | None]) -> None:
    shared = share_out(members, holders)

    kept = sum(holder == shared[partition] for partition, holder in holders.items())
    assert kept == most_that_can_stay(members, holders)


@given(members=MEMBERS, holders=HOLDERS, order=st.randoms(use_true_random=False))
def test_one_after_another_they_settle_and_nobody_gives_up_what_he_has_claimed(
    members: set[str], holders: dict[int, str | None], order: object
) -> None:
    """In any order, and however often each of them looks."""
    at_first, claimed = dict(holders), set[tuple[int, str]]()
    while any(change_for(member, members, holders).is_needed for member in members):
        me = order.choice(sorted(members))  # type: ignore[attr-defined] # a random.Random, which Hypothesis shrinks
        change = change_for(me, members, holders)
        assert all(holders[partition] not in members for partition in change.claim)
        assert all(holders[partition] == me for partition in change.give_up)
        assert not claimed & {(partition, me) for partition in change.give_up}
        claimed |= {(partition, me) for partition in change.claim}
        holders |= dict.fromkeys(change.give_up) | dict.fromkeys(change.claim, me)

    counts = Counter(holders.values())
    assert set(counts) <= members
    assert max(counts.values()) - min(counts[member] for member in members) <= 1
    kept = sum(holder == at_first[partition] for partition, holder in holders.items())
    assert kept == most_that_can_stay(members, at_first)


async def test_workers_that_come_at_once_settle_without_moving_anything_twice(world: World, clock: FixedClock) -> None:
    workers = [world.shares("ledger", name) for name in "abcde"]

    for _ in range(4):
        await asyncio.gather(*(worker.hold() for worker in workers))
        clock.advance(LOOK_SECONDS)

    held = [await worker.hold() for worker in workers]
    assert sorted(map(len, held)) == [2, 2, 2, 3, 3]
    assert max(epoch for each in held for epoch in each.values()) <= 2


async def test_a_look_that_changes_nothing_writes_nothing(world: World, clock: FixedClock) -> None:
    worker = world.shares("ledger", "a")
    await worker.hold()
    before = await world.pool.fetch("select xmin::text, * from ledger.member")
    clock.advance(LOOK_SECONDS)
    await worker.hold()

    assert await world.pool.fetch("select xmin::text, * from ledger.member") == before


async def test_one_whose_partitions_were_taken_says_which(world: World, database: str, clock: FixedClock) -> None:
    sleeper = world.shares("ledger", "sleeper")
    await sleeper.hold()
    await InPostgres(world, database).oversleep("sleeper")
    await world.shares("ledger", "other").hold()
    clock.advance(LOOK_SECONDS)

    with capture_logs() as logs:
        assert await sleeper.hold() == {}

    assert [(line["event"], line["log_level"], line["partitions"]) for line in logs] == [
        ("fenced", "warning", list(range(PARTITIONS)))
    ]


def most_that_can_stay(members: Collection[str], holders: Mapping[int, str | None]) -> int:
    """By trying everybody who could have one more than the others."""
    held = Counter(holder for holder in holders.values() if holder in members)
    least, left_over = divmod(len(holders), len(members))
    return max(
        sum(min(held[member], least + (member in more)) for member in members)
        for more in combinations(sorted(members), left_over)
    )
