"""Finds what a policy says in vain: rows that others before them always forestall."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from pydantic_core import PydanticCustomError

from sla_svc.domain.policies.overlaps import Overlaps, Region
from sla_svc.domain.policies.refusing import KEY, Place, found_that

REGIONS_MAX: Final = 20_000
"""How far to look in a policy for tickets that rows are for. A policy that needs more is let through; real ones need a
few for each row."""


class Asking(Protocol):
    """A row, as far as it matters here."""

    @property
    def name(self) -> str:
        """For messages."""

    @property
    def when(self) -> Mapping[str, Sequence[str]]:
        """Its conditions."""

    @property
    def metrics(self) -> Mapping[str, object]:
        """About which it says something."""


def shadowed(rows: Sequence[Asking]) -> Iterator[tuple[Place, PydanticCustomError]]:
    """A mistake for each row, or for each metric of a row, that no ticket can ever come to."""
    looking = _Looking()
    for number, row in enumerate(rows):
        before = looking.past(row)
        if all(before.values()):
            yield ("rows", number), _never("a row", next(iter(before.values())))
            continue
        for metric, names in before.items():
            if names:
                yield ("rows", number, "metrics", metric, KEY), _never("a metric", names)


def _never(what: str, names: Sequence[str]) -> PydanticCustomError:
    verb = "match" if len(names) > 1 else "matches"
    before = " and ".join(repr(name) for name in names)
    return found_that(f"{what} that can match", f"that {before} before it {verb} whatever it matches")


class _Looking:
    """Goes down a table, and remembers the rows that it has passed."""

    def __init__(self) -> None:
        self._rows: list[Asking] = []
        self._passed = Overlaps()
        self._about: dict[str, int] = {}
        """The rows that say something about a metric, as a set of bits."""
        self._regions_left = REGIONS_MAX

    def past(self, row: Asking) -> Mapping[str, Sequence[str]]:
        """For each metric of the next row, the rows that together match whatever it matches; none if a ticket is left.

        A row that looks at an attribute at which this one does not look takes no part: the attribute may be unknown.
        """
        region = {attribute: frozenset(values) for attribute, values in row.when.items()}
        rivals = self._passed.looking_only_at(region)
        # Most rows say something about the same metrics as those before them: what holds for one holds for the others.
        names: dict[int, Sequence[str]] = {}
        found: dict[str, Sequence[str]] = {}
        for metric in row.metrics:
            among = rivals & self._about.get(metric, 0)
            if among not in names:
                names[among] = self._forestalling(region, among)
            found[metric] = names[among]
            self._about[metric] = self._about.get(metric, 0) | 1 << len(self._rows)
        self._passed.add(len(self._rows), region)
        self._rows.append(row)
        return found

    def _forestalling(self, region: Region, among: int) -> Sequence[str]:
        taking_part = self._passed.overlapping(region, among)
        whole = self._passed.containing(region, taking_part)
        if whole:
            return [self._rows[_first(whole)].name]
        return [self._rows[each].name for each in _numbers(taking_part)] if self._covers(taking_part, region) else []

    def _covers(self, rows: int, region: Region) -> bool:
        """Whether nothing of the region is outside of all these rows: it is divided until a row has the whole piece."""
        left = [(region, rows)]
        while left:
            if not self._regions_left:
                return False
            self._regions_left -= 1
            rest, rows = left.pop()
            rest = self._passed.least_matched(rest, rows)
            rows = self._passed.overlapping(rest, rows)
            if not rows:
                return False
            if not self._passed.containing(rest, rows):
                attribute = max(rest, key=lambda each: len(rest[each]))
                left += [({**rest, attribute: frozenset([value])}, rows) for value in rest[attribute]]
        return True


def _first(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _numbers(bits: int) -> Iterator[int]:
    while bits:
        yield _first(bits)
        bits &= bits - 1
