"""A loop that fails is told from one that fails again and again, and both from one that is well."""

from services.observability.loops import FAILURES_MAX, PAUSE_SECONDS_MAX, WatchedLoop
from shared_events.runtime.numbering import NumbersBroken
from shared_events.runtime.ports import Fenced
from tests.shared_events.conftest import FixedClock


class Nothing:
    """A loop that is never run here."""

    turns = 0

    async def run(self) -> None:
        raise NotImplementedError

    async def stop(self) -> None:
        raise NotImplementedError


def fail(watched: WatchedLoop, *, times: int) -> list[float]:
    """The pauses."""
    pauses = []
    for _ in range(times):
        watched.begins()
        pauses.append(watched.fails(ValueError("no")))
    return pauses


def watched(clock: FixedClock | None = None) -> WatchedLoop:
    loop = WatchedLoop("relay intake", Nothing(), clock or FixedClock())
    loop.begins()
    return loop


def test_a_loop_that_runs_is_well() -> None:
    loop = watched()
    assert (loop.keeps_failing, loop.restarts, loop.error, loop.failing_since) == (False, 0, None, None)


def test_one_that_fails_a_few_times_may_have_met_a_restart() -> None:
    loop = watched()
    fail(loop, times=FAILURES_MAX - 1)
    assert (loop.keeps_failing, loop.restarts) == (False, FAILURES_MAX - 1)


def test_one_that_goes_on_failing_keeps_failing_while_it_is_tried_again() -> None:
    loop = watched()
    fail(loop, times=FAILURES_MAX)
    assert loop.keeps_failing
    assert isinstance(loop.error, ValueError)
    loop.begins()
    assert loop.keeps_failing


def test_however_long_it_waits_before_it_fails_it_keeps_failing() -> None:
    clock = FixedClock()
    loop = watched(clock)
    for _ in range(FAILURES_MAX):
        loop.begins()
        clock.advance(30)
        loop.fails(TimeoutError("Kafka is away"))
    assert loop.keeps_failing


def test_one_of_which_a_turn_has_ended_well_is_well_again_and_its_next_failure_is_a_new_trouble() -> None:
    clock = FixedClock()
    loop = watched(clock)
    fail(loop, times=FAILURES_MAX)
    first = loop.failing_since
    loop.begins()
    clock.advance(1)
    loop.loop.turns += 1
    assert not loop.keeps_failing
    loop.fails(ValueError("again"))
    assert (loop.keeps_failing, loop.failures, loop.restarts) == (False, 1, FAILURES_MAX + 1)
    assert loop.failing_since is not None
    assert first is not None
    assert loop.failing_since > first


def test_it_is_tried_again_ever_more_slowly_up_to_a_bound() -> None:
    pauses = fail(watched(), times=2000)
    assert pauses[:3] == [0.1, 0.2, 0.4]
    assert pauses[-1] == PAUSE_SECONDS_MAX
    assert pauses == sorted(pauses)


def test_a_partition_that_another_worker_has_taken_over_is_not_this_ones_trouble() -> None:
    consumer = Nothing()
    consumer.stopped = {3: NumbersBroken("2 events are missing"), 4: Fenced("epoch 7 is over")}  # type: ignore[attr-defined] # as consumers have it
    loop = WatchedLoop("consumer ledger", consumer, FixedClock())
    assert loop.consumes
    assert list(loop.stopped) == [3]
    assert (watched().consumes, watched().stopped) == (False, {})
