"""Where new ids come from: UUIDs of version 7, which sort by the moment they were made."""

import os
from collections.abc import Callable
from typing import Final
from uuid import UUID

from shared_events.clock import Clock

_LOW_BITS: Final = 2**62 - 1


class IdSource:
    """Makes ids from a clock and a source of random bits (RFC 9562, section 5.7)."""

    def __init__(self, clock: Clock, random_bits: Callable[[int], int] | None = None) -> None:
        self._clock = clock
        self._random_bits = random_bits or _system_bits

    def new(self) -> UUID:
        """A new id."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        random = self._random_bits(74)
        value = (milliseconds << 80) | (0x7 << 76) | (random >> 62 << 64)
        return UUID(int=value | (0b10 << 62) | random & _LOW_BITS)


def _system_bits(count: int) -> int:
    """As `secrets.randbits`, which costs twice as much."""
    octets = -(-count // 8)
    return int.from_bytes(os.urandom(octets), "big") >> (octets * 8 - count)
