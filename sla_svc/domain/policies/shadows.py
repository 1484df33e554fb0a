"""Finds what a policy says in vain: rows that others before them always forestall."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol

from pydantic_core import PydanticCustomError

from sla_svc.domain.policies.refusing import KEY, Place, found_that

REGIONS_MAX: Final = 20_000
"""How far to look for a ticket that a row is for. A table that needs more is let through; real ones need a few."""

Region = Mapping[str, frozenset[str]]
"""Tickets: for each attribute, the values that it may have."""


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
    for number, row in enumerate(rows):
        before = {metric: _forestalling(row, metric, rows[:number]) for metric in row.metrics}
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


def _forestalling(row: Asking, metric: str, before: Sequence[Asking]) -> Sequence[str]:
    """The rows that together match whatever this one matches; none if some ticket is left for it.

    A row that looks at an attribute at which this one does not look takes no part: the attribute may be unknown.
    """
    rivals = [other for other in before if metric in other.metrics and other.when.keys() <= row.when.keys()]
    boxes = [_region(other) for other in rivals]
    taking_part = [other.name for other, box in zip(rivals, boxes, strict=True) if _overlap(_region(row), box)]
    whole = next((o.name for o, box in zip(rivals, boxes, strict=True) if _inside(_region(row), box)), None)
    if whole is not None:
        return [whole]
    return taking_part if _covered(_region(row), boxes) else []


def _covered(region: Region, boxes: Sequence[Region]) -> bool:
    """Whether nothing of the region is outside of all boxes: each is cut out of what the ones before it left."""
    left = [(region, 0)]
    for _ in range(REGIONS_MAX):
        if not left:
            return True
        rest, number = left.pop()
        if number == len(boxes):
            return False
        left += [(piece, number + 1) for piece in _without(rest, boxes[number])]
    return False


def _without(region: Region, box: Region) -> Iterator[Region]:
    """What is left of a region, in pieces that do not overlap."""
    if not _overlap(region, box):
        yield region
        return
    inside = dict(region)
    for attribute, values in box.items():
        outside = inside[attribute] - values
        if outside:
            yield {**inside, attribute: outside}
        inside[attribute] = inside[attribute] & values


def _overlap(region: Region, box: Region) -> bool:
    return all(region[attribute] & values for attribute, values in box.items())


def _inside(region: Region, box: Region) -> bool:
    return all(region[attribute] <= values for attribute, values in box.items())


def _region(row: Asking) -> Region:
    return {attribute: frozenset(values) for attribute, values in row.when.items()}
