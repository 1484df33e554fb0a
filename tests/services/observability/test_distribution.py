"""A distribution counts every value once, where it belongs."""

from services.observability.distribution import Distribution


def test_a_value_counts_for_every_bound_that_it_does_not_exceed() -> None:
    sizes = Distribution((1, 10, 100))
    for value in (0, 1, 2, 10, 99.5, 1000):
        sizes.count(value)
    assert sizes.buckets() == [("1", 2), ("10", 4), ("100", 5), ("+Inf", 6)]
    assert sizes.sum == 1112.5


def test_nothing_counted_is_nothing_everywhere() -> None:
    assert Distribution((0.5,)).buckets() == [("0.5", 0), ("+Inf", 0)]
