"""The production code of appending, relaying and consuming keeps its promises under every seed that is tried."""

from collections.abc import Iterable

import pytest

from tests.system.simulation.broken import BROKEN
from tests.system.simulation.play import check, play

SEEDS_TO_FIND_A_BUG_MAX = 150


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_whatever_a_seed_does_nothing_is_lost_doubled_or_reordered(first: int) -> None:
    play_all(range(first, first + 20))


@pytest.mark.torture(seeds=100)
@pytest.mark.timeout(900)
def test_so_it_is_with_every_seed(seed: int) -> None:
    """A hundred at once."""
    play_all(range(seed * 100, seed * 100 + 100))


def test_a_seed_plays_the_same_every_time() -> None:
    first, second = play(7), play(7)

    assert first.disk.entries.by_partition == second.disk.entries.by_partition
    assert first.acknowledged == second.acknowledged


@pytest.mark.parametrize("bug", BROKEN)
def test_the_simulation_finds_the_bug(bug: str) -> None:
    for seed in range(SEEDS_TO_FIND_A_BUG_MAX):
        try:
            check(play(seed, BROKEN[bug]))
        except Exception:  # noqa: BLE001 - however it shows
            return
    pytest.fail(f"{SEEDS_TO_FIND_A_BUG_MAX} seeds have not found that {bug}")


def play_all(seeds: Iterable[int]) -> None:
    """One after another; a failure names its seed."""
    for seed in seeds:
        try:
            check(play(seed))
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
