"""A distribution counts every value once, where it belongs."""

from services.observability.distribution import Distribution


def test_a_value_counts_for_every_bound_that_it_does_not_exceed() -> None:
    sizes = Distribution((1, 10, 100))
    for value in (0, 1, 2, 10, 99.5, 1000):
        sizes.count(value)
    assert sizes.buckets() == [("1", 2), ("10", 4), ("100", 5), ("+Inf", 6)]
    assert sizes.sum == 1112.5


def test_many_at_once_are_counted_as_one_by_one() -> None:
    together, alone = Distribution((1, 10)), Distribution((1, 10))
    together.count_all([0.5, 1, 7, 20])
    for value in (0.5, 1, 7, 20):
        alone.count(value)
    assert (together.buckets(), together.sum) == (alone.buckets(), alone.sum)


def test_nothing_counted_is_nothing_everywhere() -> None:
    assert Distribution((0.5,)).buckets() == [("0.5", 0), ("+Inf", 0)]
