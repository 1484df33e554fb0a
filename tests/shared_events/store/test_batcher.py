"""Concurrent calls become one; each caller gets its own result, and nobody waits for ever."""

import asyncio
from collections.abc import Sequence

import pytest

from shared_events.store.batcher import Batcher


class Desk:
    """Doubles numbers, refuses negative ones, and answers a batch only when it is told to."""

    def __init__(self, *, batch_max: int = 512) -> None:
        self.batches: list[list[int]] = []
        self.began = asyncio.Semaphore(0)
        self._may_answer = asyncio.Semaphore(0)
        self.batcher: Batcher[int, int] = Batcher(self._double, batch_max=batch_max)

    async def _double(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(numbers))
        self.began.release()
        await self._may_answer.acquire()
        return [number * 2 if number >= 0 else ValueError(f"{number} is negative") for number in numbers]

    def ask(self, *numbers: int) -> list[asyncio.Task[int]]:
        return [asyncio.create_task(self.batcher.submit(number)) for number in numbers]

    def answer(self, batches: int = 1) -> None:
        for _ in range(batches):
            self._may_answer.release()


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_calls_at_once_are_one_batch_in_their_order(desk: Desk) -> None:
    asked = desk.ask(3, 1, 2)
    desk.answer()

    assert await asyncio.gather(*asked) == [6, 2, 4]
    assert desk.batches == [[3, 1, 2]]


async def test_calls_during_a_batch_wait_for_the_next(desk: Desk) -> None:
    first = desk.ask(1)
    await desk.began.acquire()
    later = desk.ask(2, 3)
    desk.answer(2)

    assert await asyncio.gather(*first, *later) == [2, 4, 6]
    assert desk.batches == [[1], [2, 3]]


async def test_equal_items_are_not_merged(desk: Desk) -> None:
    asked = desk.ask(1, 1)
    desk.answer()

    assert await asyncio.gather(*asked) == [2, 2]
    assert desk.batches == [[1, 1]]


async def test_no_batch_is_larger_than_its_bound() -> None:
    desk = Desk(batch_max=2)
    asked = desk.ask(1, 2, 3, 4, 5)
    desk.answer(3)

    assert await asyncio.gather(*asked) == [2, 4, 6, 8, 10]
    assert desk.batches == [[1, 2], [3, 4], [5]]


async def test_an_exception_of_one_item_is_nobody_elses(desk: Desk) -> None:
    asked = desk.ask(1, -2, 3)
    desk.answer()

    one, two, three = await asyncio.gather(*asked, return_exceptions=True)

    assert (one, str(two), three) == (2, "-2 is negative", 6)


async def test_a_batch_that_fails_fails_for_each_of_its_callers_and_for_no_other() -> None:
    async def fail_at_first(numbers: Sequence[int]) -> Sequence[int]:
        if 1 in numbers:
            raise OSError("the database is away")
        return numbers

    batcher: Batcher[int, int] = Batcher(fail_at_first, batch_max=2)

    results = await asyncio.gather(*(batcher.submit(number) for number in (1, 2, 3)), return_exceptions=True)

    assert [str(result) for result in results] == ["the database is away", "the database is away", "3"]
    assert await batcher.submit(4) == 4


async def test_a_batch_with_too_few_results_fails_for_each_of_its_callers() -> None:
    async def forget_the_last(numbers: Sequence[int]) -> Sequence[int]:
        return numbers[:-1]

    batcher: Batcher[int, int] = Batcher(forget_the_last)

    results = await asyncio.gather(batcher.submit(1), batcher.submit(2), return_exceptions=True)

    assert {str(result) for result in results} == {"expected 2 results, one per item, found 1"}


async def test_a_caller_that_gives_up_stops_nobody(desk: Desk) -> None:
    gone, stays = desk.ask(1, 2)
    await desk.began.acquire()
    gone.cancel()
    desk.answer()

    assert await stays == 4
    assert desk.batches == [[1, 2]]
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_a_caller_that_gives_up_before_its_batch_leaves_its_item_in_it(desk: Desk) -> None:
    first = desk.ask(1)
    await desk.began.acquire()
    gone, stays = desk.ask(2, 3)
    await yielding()
    gone.cancel()
    desk.answer(2)

    assert await asyncio.gather(*first, stays) == [2, 6]
    assert desk.batches == [[1], [2, 3]]


async def test_all_callers_may_give_up_and_the_next_one_is_served(desk: Desk) -> None:
    (gone,) = desk.ask(1)
    await desk.began.acquire()
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    later = desk.ask(2)
    desk.answer(2)

    assert await asyncio.gather(*later) == [4]


@pytest.mark.parametrize("steps", range(8))
async def test_an_item_that_comes_while_the_last_batch_returns_is_not_forgotten(steps: int, desk: Desk) -> None:
    first = desk.ask(1)
    await desk.began.acquire()
    desk.answer(2)
    for _ in range(steps):  # each step of the loop is another moment between the answer and the end of the batch
        await yielding()
    later = desk.ask(2)

    assert await asyncio.gather(*first, *later) == [2, 4]


async def test_an_item_that_is_submitted_as_a_result_arrives_is_not_forgotten(desk: Desk) -> None:
    desk.answer(50)
    number = 1
    while number < 2**40:
        number = await desk.batcher.submit(number)

    assert len(desk.batches) == 40


async def test_items_that_are_submitted_by_a_batch_itself_go_into_the_next() -> None:
    inner: list[asyncio.Task[int]] = []

    async def double(numbers: Sequence[int]) -> list[int]:
        if 1 in numbers:
            inner.append(asyncio.create_task(batcher.submit(10)))
        return [number * 2 for number in numbers]

    batcher: Batcher[int, int] = Batcher(double)

    assert await batcher.submit(1) == 2
    assert await inner[0] == 20


async def test_when_the_batch_is_cancelled_from_outside_nobody_is_left_waiting(desk: Desk) -> None:
    asked = desk.ask(1)
    await desk.began.acquire()
    asked += desk.ask(2)
    await yielding()
    assert desk.batcher._running is not None
    desk.batcher._running.cancel()

    results = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(result) for result in results] == [asyncio.CancelledError] * 2
    later = desk.ask(3)
    desk.answer()
    assert await asyncio.gather(*later) == [6]


async def yielding() -> None:
    """One turn of the event loop."""
    await asyncio.sleep(0)
