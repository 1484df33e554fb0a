"""Which partition a subject belongs to: Kafka's own murmur2, so that a row's partition is its Kafka partition (D3)."""

from functools import lru_cache
from typing import Final

PARTITIONS: Final = 12
"""Fixed when a system is created; changing it would move subjects and break their order."""

_SEED: Final = 0x9747B28C
_MULTIPLIER: Final = 0x5BD1E995
_MASK: Final = 0xFFFFFFFF


@lru_cache(maxsize=65_536)
def partition_of(subject: str) -> int:
    """The partition of a subject, from 0 to 11."""
    return (murmur2(subject.encode()) & 0x7FFFFFFF) % PARTITIONS


def murmur2(key: bytes) -> int:
    """Kafka's `Utils.murmur2`, as an unsigned 32-bit number."""
    value = (_SEED ^ len(key)) & _MASK
    whole = len(key) - len(key) % 4
    for start in range(0, whole, 4):
        value = (value * _MULTIPLIER & _MASK) ^ _mixed(int.from_bytes(key[start : start + 4], "little"))
    if whole < len(key):
        value = (value ^ int.from_bytes(key[whole:], "little")) * _MULTIPLIER & _MASK
    value = (value ^ value >> 13) * _MULTIPLIER & _MASK
    return value ^ value >> 15


def _mixed(word: int) -> int:
    word = word * _MULTIPLIER & _MASK
    return (word ^ word >> 24) * _MULTIPLIER & _MASK
