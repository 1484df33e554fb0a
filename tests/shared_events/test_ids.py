"""Ids are UUIDs of version 7: they sort by the moment they were made, and repeat for a repeated run."""

from random import Random
from uuid import RFC_4122

from shared_events.ids import IdSource
from tests.shared_events.conftest import FixedClock


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = IdSource(FixedClock()).new()

    assert (made.version, made.variant) == (7, RFC_4122)


def test_an_id_begins_with_its_milliseconds() -> None:
    clock = FixedClock()

    assert IdSource(clock).new().int >> 80 == int(clock.moment.timestamp() * 1000)


def test_ids_sort_by_the_moment_they_were_made() -> None:
    clock = FixedClock()
    ids = IdSource(clock)
    made = []
    for _ in range(100):
        made.append(str(ids.new()))
        clock.advance(0.001)

    assert made == sorted(made)


def test_ids_of_one_moment_differ() -> None:
    ids = IdSource(FixedClock())

    assert len({ids.new() for _ in range(10_000)}) == 10_000


def test_a_seeded_source_makes_the_same_ids_again() -> None:
    first, again = (IdSource(FixedClock(), Random(7).getrandbits) for _ in range(2))

    assert [first.new() for _ in range(5)] == [again.new() for _ in range(5)]


def test_random_bits_fill_the_rest_and_touch_neither_version_nor_variant() -> None:
    everything = IdSource(FixedClock(), lambda bits: 2**bits - 1).new()
    nothing = IdSource(FixedClock(), lambda _: 0).new()

    assert everything.int ^ nothing.int == ((2**12 - 1) << 64) | (2**62 - 1)
