"""A clock as a line of text: what counted, what did not, and where its deadline, warnings and breach are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

COUNTED: Final = "█"
PAUSED: Final = "▒"
CLOSED: Final = "░"
AHEAD: Final = "·"
WARNED: Final = "▲"
DEADLINE: Final = "┃"
BREACHED: Final = "✖"
ENDED: Final = "■"


@dataclass(frozen=True, slots=True)
class Timeline:
    """Two lines of the same width: the stretches, and below them what happened; what is late has a place `over`."""

    stretches: str
    marks: str
    over: int
    """The column in which the target is used up; the width, if it is not."""


def timeline(clock: Mapping[str, Any], width: int) -> Timeline | None:
    """From the beginning of its segments to their end, or to its deadline if that is still ahead; none if it has none.

    A column shows what most of its time was.
    """
    segments: Sequence[Mapping[str, Any]] = clock["segments"]
    if not segments:
        return None
    start, end = _seconds(segments[0]["from"]), _seconds(segments[-1]["to"])
    deadline = None if clock["deadline"] is None else _seconds(clock["deadline"])
    ahead = deadline if clock["ended_at"] is None and deadline is not None else end
    columns = _Columns(start, max(end, ahead), width)
    stretches = [_most(segments, *columns.span(number)) for number in range(width)]
    marks = [" "] * width
    for at, mark in _marks(clock):
        if start <= at <= columns.end:
            marks[columns.of(at)] = mark
    used_up = _used_up(segments, clock["target_seconds"])
    over = width if used_up is None else columns.of(used_up)
    return Timeline("".join(stretches), "".join(marks).rstrip(), over)


def kind_of(segment: Mapping[str, Any]) -> str:
    """Whether it counts, waits, or does not count."""
    if segment["counted"]:
        return COUNTED
    return PAUSED if segment["reason"] == "paused" else CLOSED


@dataclass(frozen=True, slots=True)
class _Columns:
    start: float
    end: float
    width: int

    def span(self, number: int) -> tuple[float, float]:
        length = (self.end - self.start) / self.width
        return self.start + number * length, self.start + (number + 1) * length

    def of(self, at: float) -> int:
        share = (at - self.start) / (self.end - self.start)
        return min(max(int(share * self.width), 0), self.width - 1)


def _most(segments: Sequence[Mapping[str, Any]], start: float, end: float) -> str:
    sums = {COUNTED: 0.0, PAUSED: 0.0, CLOSED: 0.0, AHEAD: end - max(start, _seconds(segments[-1]["to"]))}
    for segment in segments:
        seconds = min(end, _seconds(segment["to"])) - max(start, _seconds(segment["from"]))
        if seconds > 0:
            sums[kind_of(segment)] += seconds
    return max(sums, key=lambda kind: sums[kind])


def _used_up(segments: Sequence[Mapping[str, Any]], target_seconds: float) -> float | None:
    """When so much had been counted; of a rule that took over later this may be before it did, unlike its deadline."""
    left = target_seconds
    for segment in segments:
        start, end = _seconds(segment["from"]), _seconds(segment["to"])
        if segment["counted"] and end - start > left:
            return start + left
        left -= (end - start) * segment["counted"]
    return None


def _marks(clock: Mapping[str, Any]) -> list[tuple[float, str]]:
    """In the order in which they cover each other."""
    marks = [(_seconds(warning["at"]), WARNED) for warning in clock["warnings"]]
    if clock["deadline"] is not None:
        marks.append((_seconds(clock["deadline"]), DEADLINE))
    marks += [(_seconds(breach["at"]), BREACHED) for breach in clock["breaches"]]
    return marks


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
