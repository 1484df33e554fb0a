"""Partitions are Kafka's, to the bit."""

import pytest

from shared_events.store.partition import PARTITIONS, murmur2, partition_of


@pytest.mark.parametrize(
    ("key", "java"),
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        ("abc", 479470107),
    ],
)
def test_murmur2_is_that_of_kafkas_own_tests(key: str, java: int) -> None:
    assert murmur2(key.encode()) == java % 2**32


def test_every_subject_has_one_of_twelve_partitions() -> None:
    assert {partition_of(f"subject-{number}") for number in range(1000)} == set(range(PARTITIONS))
