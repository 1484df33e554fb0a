"""Every person has one key, made once, wrapped by the master key, and gone for all within five seconds."""

import asyncio
from collections.abc import Sequence
from itertools import count

import asyncpg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared_events.contracts.base import ERASED
from shared_events.keys import RESERVED, UNREADABLE, BrokenKey, KeyRing, PersonKey, WrongMasterKey, open_token
from tests.shared_events.conftest import FixedClock
from tests.shared_events.sealing import token_of

MASTER_KEY = bytes(range(32))


class CountingRing(KeyRing):
    """Remembers how many keys each query was for."""

    def __init__(self, pool: asyncpg.Pool, clock: FixedClock) -> None:
        self.groups: list[int] = []
        super().__init__(pool, MASTER_KEY, clock)

    async def _find_or_make(self, persons: Sequence[str]) -> list[PersonKey | BrokenKey]:
        self.groups.append(len(persons))
        return await super()._find_or_make(persons)


@pytest.fixture
def ring(pool: asyncpg.Pool, clock: FixedClock) -> KeyRing:
    return KeyRing(pool, MASTER_KEY, clock)


async def erase(pool: asyncpg.Pool, person: str) -> None:
    await pool.execute("update keys.person_key set wrapped = null where person = $1", person)


async def test_a_key_is_made_once_and_kept(ring: KeyRing, pool: asyncpg.Pool, clock: FixedClock) -> None:
    token = token_of("text", await ring.of_person("c-1"))

    again = KeyRing(pool, MASTER_KEY, clock)
    assert await again.open_all([token]) == {token: "text"}
    assert (await again.of_person("c-1")).key_id == (await ring.of_person("c-1")).key_id


async def test_processes_that_ask_at_once_get_the_same_keys(pool: asyncpg.Pool, clock: FixedClock) -> None:
    rings = [KeyRing(pool, MASTER_KEY, clock) for _ in range(2)]
    persons = [f"c-{number % 20}" for number in range(100)]

    asked = await asyncio.gather(*(ring.of_person(person) for person in persons for ring in rings))

    assert await pool.fetchval("select count(*) from keys.person_key") == 20
    assert len({key.key_id for key in asked}) == 20
    tokens = {token_of(person, key): person for person, key in zip(persons, asked[::2], strict=True)}
    assert await rings[1].open_all(tokens) == tokens


async def test_a_new_person_has_a_key_that_others_find(pool: asyncpg.Pool, ring: KeyRing, clock: FixedClock) -> None:
    person = await ring.new_person(iter(map(str, range(RESERVED))).__next__)
    token = token_of("text", await ring.of_person(person))

    assert await KeyRing(pool, MASTER_KEY, clock).open_all([token]) == {token: "text"}


async def test_no_two_new_persons_are_the_same_or_share_a_key(pool: asyncpg.Pool, clock: FixedClock) -> None:
    rings, number = [CountingRing(pool, clock) for _ in range(2)], count()

    persons = await asyncio.gather(
        *(ring.new_person(lambda: f"c-{next(number)}") for _ in range(3 * RESERVED) for ring in rings)
    )
    keys = [await rings[0].of_person(person) for person in persons]

    assert len({key.key_id for key in keys}) == len(set(persons)) == 6 * RESERVED
    assert rings[1].groups == [RESERVED] * 3


async def test_a_new_person_is_taken_from_the_reserve_however_old_it_is(pool: asyncpg.Pool, clock: FixedClock) -> None:
    ring, number = CountingRing(pool, clock), count()
    await ring.new_person(lambda: f"c-{next(number)}")
    clock.advance(3600)
    await ring.of_person(await ring.new_person(lambda: f"c-{next(number)}"))

    assert ring.groups == [RESERVED]


async def test_requests_for_keys_are_grouped(pool: asyncpg.Pool, clock: FixedClock) -> None:
    ring = CountingRing(pool, clock)

    await asyncio.gather(*(ring.of_person(f"c-{number}") for number in range(300)))

    assert ring.groups == [300]


async def test_the_keys_of_many_persons_come_at_once(pool: asyncpg.Pool, clock: FixedClock) -> None:
    ring = CountingRing(pool, clock)
    first = await ring.of_person("c-1")

    keys = await ring.of_persons(["c-2", "c-1", "c-3", "c-2"])

    assert (list(keys), keys["c-1"]) == (["c-1", "c-2", "c-3"], first)
    assert len({key.key_id for key in keys.values()}) == 3
    assert ring.groups == [1, 2]
    assert await ring.of_persons([]) == {}


async def test_a_key_is_cached_for_less_than_five_seconds(pool: asyncpg.Pool, ring: KeyRing, clock: FixedClock) -> None:
    token = token_of("text", await ring.of_person("c-1"))
    await erase(pool, "c-1")

    clock.advance(4.9)
    assert (await ring.of_person("c-1")).cipher is not None
    assert await ring.open_all([token]) == {token: "text"}
    clock.advance(0.1)
    assert (await ring.of_person("c-1")).cipher is None
    assert await ring.open_all([token]) == {token: ERASED}


async def test_reading_a_key_again_and_again_does_not_keep_it_longer(
    pool: asyncpg.Pool, ring: KeyRing, clock: FixedClock
) -> None:
    await ring.of_person("c-1")
    await erase(pool, "c-1")
    for _ in range(5):
        await ring.of_person("c-1")
        clock.advance(1)

    assert (await ring.of_person("c-1")).cipher is None


async def test_what_was_sealed_reads_as_erased_once_the_key_is_gone(
    pool: asyncpg.Pool, ring: KeyRing, clock: FixedClock
) -> None:
    tokens = [token_of("hers", await ring.of_person("c-1")), token_of("his", await ring.of_person("c-2"))]
    await erase(pool, "c-1")
    clock.advance(5)

    assert await ring.open_all(tokens) == {tokens[0]: ERASED, tokens[1]: "his"}


async def test_what_comes_after_the_erasure_is_stored_as_erased(
    pool: asyncpg.Pool, ring: KeyRing, clock: FixedClock
) -> None:
    await ring.of_person("c-1")
    await erase(pool, "c-1")
    clock.advance(5)

    token = token_of("too late", await ring.of_person("c-1"))

    assert token == ERASED
    assert await ring.open_all([token]) == {ERASED: ERASED}


async def test_a_key_that_leaves_the_cache_during_the_query_still_opens(pool: asyncpg.Pool, clock: FixedClock) -> None:
    class SlowRing(KeyRing):
        async def _find(self, key_ids: Sequence[str]) -> list[PersonKey | BrokenKey | None]:
            clock.advance(60)
            return await super()._find(key_ids)

    ring = SlowRing(pool, MASTER_KEY, clock)
    token = token_of("cached", await ring.of_person("c-1"))
    other = token_of("not cached", await KeyRing(pool, MASTER_KEY, clock).of_person("c-2"))

    assert await ring.open_all([token, other]) == {token: "cached", other: "not cached"}


async def test_more_keys_than_the_cache_holds_still_open(ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared_events.keys._CACHED_MAX", 2)
    keys = await ring.of_persons([f"c-{number}" for number in range(10)])
    tokens = {token_of(person, key): person for person, key in keys.items()}

    assert await ring.open_all(tokens) == tokens


async def test_texts_of_many_persons_open_together_whatever_they_say(ring: KeyRing) -> None:
    texts = [
        "",
        " ",
        "你好，世界",
        "🙂👩‍👩‍👧‍👦",
        "e\u0301",
        "'; drop table x; --",
        "a" * 20_000,
        ERASED,
        UNREADABLE,
        "\x00",
    ]
    keys = await ring.of_persons(map(str, range(len(texts))))
    tokens = {token_of(text, keys[str(number)]): text for number, text in enumerate(texts)}

    assert await ring.open_all(tokens) == tokens


async def test_the_wrong_master_key_is_refused_with_both_ids(
    ring: KeyRing, pool: asyncpg.Pool, clock: FixedClock
) -> None:
    await ring.of_person("c-1")
    await ring.check()
    other = KeyRing(pool, bytes(32), clock)

    with pytest.raises(WrongMasterKey) as refused:
        await other.check()

    assert str(refused.value) == (
        f"the master key is {other._master_id.hex()}, but person keys were wrapped by {ring._master_id.hex()}"
    )
    with pytest.raises(WrongMasterKey):
        await other.of_person("c-1")


async def test_any_master_key_fits_an_empty_ring_or_one_of_erased_keys(
    ring: KeyRing, pool: asyncpg.Pool, clock: FixedClock
) -> None:
    other = KeyRing(pool, bytes(32), clock)
    await other.check()
    await ring.of_person("c-1")
    await erase(pool, "c-1")

    await other.check()


async def test_a_stored_key_shows_nothing_of_the_key(ring: KeyRing, pool: asyncpg.Pool) -> None:
    token = token_of("text", await ring.of_person("c-1"))
    wrapped = await pool.fetchval("select wrapped from keys.person_key")

    for start in range(len(wrapped) - 31):
        key = PersonKey(token.split(":")[1], AESGCM(wrapped[start : start + 32]))
        assert open_token(token, key) == UNREADABLE


@pytest.mark.parametrize("damage", ["set_byte(wrapped, 40, 0)", "substring(wrapped for 30)", "'\\x02'::bytea"])
async def test_a_damaged_key_stops_its_person_and_nobody_else(
    damage: str, ring: KeyRing, pool: asyncpg.Pool, clock: FixedClock
) -> None:
    keys = await ring.of_persons(["c-1", "c-2"])
    hers, his = token_of("hers", keys["c-1"]), token_of("his", keys["c-2"])
    await pool.execute(f"update keys.person_key set wrapped = {damage} where person = 'c-1'")
    clock.advance(5)

    assert await ring.open_all([hers, his]) == {hers: UNREADABLE, his: "his"}
    both = await asyncio.gather(*map(ring.of_person, ["c-1", "c-2"]), return_exceptions=True)
    assert str(both[0]).startswith(f"the key {keys['c-1'].key_id} was altered, or belongs to another person")
    assert both[1] == await ring.of_person("c-2")


async def test_a_key_in_the_row_of_another_person_is_refused(
    ring: KeyRing, pool: asyncpg.Pool, clock: FixedClock
) -> None:
    await ring.of_persons(["c-1", "c-2"])
    await pool.execute(
        "update keys.person_key set wrapped = (select wrapped from keys.person_key where person = 'c-1')"
    )
    clock.advance(5)

    assert (await ring.of_person("c-1")).cipher is not None
    with pytest.raises(BrokenKey):
        await ring.of_person("c-2")


async def test_tokens_of_a_key_that_never_was_are_unreadable(ring: KeyRing) -> None:
    token = token_of("text")

    assert await ring.open_all([token, "text"]) == {token: UNREADABLE, "text": UNREADABLE}
