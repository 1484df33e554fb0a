"""Remembers the streams that were appended to last, so that the next command need not load them (D1, D3).

What is remembered may be out of date, since other processes append too: it is only ever built upon by an append, which
checks the version. A refusal, or that there is nothing to do, is decided by what the store has.
"""

from collections import OrderedDict
from typing import Final, Generic, NamedTuple, TypeVar

from shared_events.store.appends import Stream

S = TypeVar("S")

REMEMBERED_MAX: Final = 2_000


class Basis(NamedTuple, Generic[S]):
    """What a command is decided upon: a stream, whose events may be left out, and the state after them."""

    stream: Stream
    state: S


class Recent(Generic[S]):
    """By subject; those that were not asked for longest are forgotten first."""

    def __init__(self, remembered_max: int = REMEMBERED_MAX) -> None:
        self._bases: OrderedDict[str, Basis[S]] = OrderedDict()
        self._remembered_max = remembered_max

    def take(self, subject: str) -> Basis[S] | None:
        """What is remembered of a subject; it has to be kept again."""
        return self._bases.pop(subject, None)

    def keep(self, basis: Basis[S]) -> None:
        """Remember it, without the events, which may be large."""
        stream = basis.stream.without_events()
        self._bases[stream.subject] = Basis(stream, basis.state)
        if len(self._bases) > self._remembered_max:
            self._bases.popitem(last=False)
