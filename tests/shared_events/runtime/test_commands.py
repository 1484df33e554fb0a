"""A command is decided on the state as it is, once per key, and its caller learns what came of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import asyncpg
import pytest

from shared_events.contracts import decode
from shared_events.contracts.base import Origin
from shared_events.contracts.envelope import GENESIS, chained_digest
from shared_events.contracts.intake import ConsultationWithdrawn
from shared_events.decider import Command, Decider, Refused
from shared_events.ids import IdSource
from shared_events.keys import KeyRing
from shared_events.runtime.commands import Aggregate, Call
from shared_events.store.appends import CommandKey
from shared_events.store.postgres import EventStore
from tests.shared_events.conftest import FixedClock
from tests.shared_events.store.drafts import NOON


class Refusal(StrEnum):
    FULL = "It is full."


@dataclass(frozen=True, slots=True, kw_only=True)
class Add(Command):
    """Adds one, up to a limit; nothing if `only_first` and there is one."""

    limit: int = 99
    only_first: bool = False
    reason: str | None = None


def decide(command: Add, total: int) -> Sequence[ConsultationWithdrawn]:
    if command.only_first and total:
        return []
    if total >= command.limit:
        raise Refused(Refusal.FULL, now=f"It has {total}.", allowed=("wait",))
    return [ConsultationWithdrawn(at=command.at, by=command.by, customer_id="c-1", reason=command.reason)]


COUNTER: Decider[Add, ConsultationWithdrawn, int] = Decider(0, decide, lambda total, _: total + 1)
Counter = Aggregate[Add, ConsultationWithdrawn, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """A caller that has seen a version, or none."""

    call: Call = field(default_factory=lambda: Call("c-1"))
    version: int | None = None

    async def expected_version(self, source: str) -> int | None:
        return self.version if source == "intake" else None


def keyed(key: str, fingerprint: bytes = b"body", version: int | None = None) -> Asked:
    return Asked(Call("c-1", command_key=CommandKey("somebody add", key, fingerprint)), version)


ADD = Add(at=NOON, by="agent-1")


@pytest.fixture
def counter(pool: asyncpg.Pool, store: EventStore, clock: FixedClock) -> Counter:
    return Aggregate(COUNTER, store, KeyRing(pool, bytes(32), clock), IdSource(clock))


async def test_a_command_leads_to_events_on_disk_and_the_state_after_them(counter: Counter) -> None:
    handled = await counter.handle("t-1", ADD, Asked())

    assert (handled.state, handled.version, len(handled.events)) == (1, 1, 1)
    assert handled.position is not None
    assert (await counter.present("t-1")).state == 1


async def test_every_one_of_many_concurrent_commands_is_decided_on_the_state_that_it_changes(counter: Counter) -> None:
    handled = await asyncio.gather(*(counter.handle("t-1", Add(at=NOON, by="a", limit=4), Asked()) for _ in range(8)))

    assert sorted(each.refused is None for each in handled) == [False] * 4 + [True] * 4
    assert (await counter.present("t-1")).state == 4


async def test_a_refusal_comes_with_the_present_state_and_leaves_nothing(counter: Counter) -> None:
    await counter.handle("t-1", ADD, Asked())
    handled = await counter.handle("t-1", Add(at=NOON, by="a", limit=1), Asked())

    assert handled.refused is not None
    assert (handled.refused.reason, handled.state, handled.version) == (Refusal.FULL, 1, 1)
    assert str(handled.refused) == "It is full. It has 1. Allowed now: wait."


async def test_the_same_key_has_the_same_outcome_even_when_the_rule_would_now_say_no(counter: Counter) -> None:
    first = await counter.handle("t-1", Add(at=NOON, by="a", limit=1), keyed("k-1"))
    again = await counter.handle("t-1", Add(at=NOON, by="a", limit=1), keyed("k-1"))

    assert again.repeated
    assert (again.state, again.version, again.position) == (first.state, first.version, first.position)
    assert (await counter.present("t-1")).version == 1


async def test_a_repetition_shows_the_state_as_it_was_then(counter: Counter) -> None:
    await counter.handle("t-1", ADD, keyed("k-1"))
    await counter.handle("t-1", ADD, Asked())

    assert (await counter.handle("t-1", ADD, keyed("k-1"))).state == 1


async def test_the_key_is_looked_at_before_the_version_that_was_seen(counter: Counter) -> None:
    await counter.handle("t-1", ADD, keyed("k-1", version=0))

    again = await counter.handle("t-1", ADD, keyed("k-1", version=0))

    assert again.repeated
    assert again.outdated is None


async def test_a_key_of_another_request_is_told_apart(counter: Counter) -> None:
    await counter.handle("t-1", ADD, keyed("k-1"))

    reused = await counter.handle("t-1", ADD, keyed("k-1", b"another body"))

    assert reused.key_reused
    assert (await counter.present("t-1")).version == 1


async def test_a_command_that_decided_nothing_decides_nothing_for_ever(counter: Counter) -> None:
    await counter.handle("t-1", ADD, Asked())
    nothing = Add(at=NOON, by="a", only_first=True)

    first = await counter.handle("t-1", nothing, keyed("k-1"))
    again = await counter.handle("t-1", nothing, keyed("k-1"))

    assert (first.events, first.position, first.version) == ([], None, 1)
    assert (again.repeated, again.position, again.version) == (True, None, 1)


async def test_a_race_of_one_command_with_itself_has_one_effect(counter: Counter) -> None:
    handled = await asyncio.gather(*(counter.handle("t-1", ADD, keyed("k-1")) for _ in range(8)))

    assert {each.version for each in handled} == {1}
    assert [each.repeated for each in handled].count(False) == 1


async def test_a_caller_with_an_old_version_is_told_so(counter: Counter) -> None:
    await counter.handle("t-1", ADD, Asked())
    await counter.handle("t-1", ADD, Asked())

    handled = await counter.handle("t-1", ADD, Asked(version=1))

    assert (handled.outdated, handled.version) == (1, 2)
    assert (await counter.present("t-1")).version == 2


async def test_a_new_subject_needs_no_loading_and_is_still_guarded(counter: Counter) -> None:
    await counter.handle("t-1", ADD, Asked(), new=True)
    second = await counter.handle("t-1", ADD, Asked(), new=True)

    assert second.version == 2


async def test_events_are_chained_and_remember_their_call(counter: Counter, clock: FixedClock) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    call = Call("c-7", causation_id="because", trace_context=trace)
    await counter.handle("t-1", Add(at=NOON, by="a", origin=Origin.IMPORT), Asked(call))
    await counter.handle("t-1", ADD, Asked())

    first, second = (await counter.store.load("t-1")).events

    assert first.digest == chained_digest(GENESIS, first)
    assert second.digest == chained_digest(first.digest, second)
    assert (first.correlation_id, first.causation_id, first.trace_context) == ("c-7", "because", trace)
    assert (first.origin, first.occurred_at, first.actor) == (Origin.IMPORT, NOON, "a")


async def test_personal_text_is_stored_sealed(counter: Counter, pool: asyncpg.Pool) -> None:
    await counter.handle("t-1", Add(at=NOON, by="a", reason="改变主意了"), Asked())

    (stored,) = (await counter.store.load("t-1")).events
    event = decode(stored)

    assert isinstance(event, ConsultationWithdrawn)
    assert event.reason is not None
    assert "改变主意了" not in stored.body.decode()
    ring = KeyRing(pool, bytes(32), FixedClock())
    assert await ring.open_all([event.reason]) == {event.reason: "改变主意了"}
