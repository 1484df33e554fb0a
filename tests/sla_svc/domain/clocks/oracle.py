"""An independent reckoning of clocks: goes from minute to minute, and knows nothing of our code but the facts' names.

It is written from the rules alone: for each metric what starts, stops and ends it; a minute counts if the calendar is
open and the ticket waits for nothing that the clock waits for; a stop later than the first moment at which the target
is used up is a breach.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MINUTE: Final = 60

Told = tuple[int, str, Mapping[str, Any]]
"""The minute, the kind, and what is said; in order."""

ENDS: Final = ("TicketResolved", "TicketClosed", "ConsultationWithdrawn")
MOVES: Final = ("TicketRouted", "TicketEscalated", "TicketHandedBack", "TechnicalCaseAnswered", "TicketReopened")


@dataclass(frozen=True)
class Walked:
    """A clock: its minutes, what was counted by its end or the last minute, and the minute of its breach."""

    started: int
    ended: int | None
    is_met: bool
    counted: int
    breached: int | None


@dataclass(frozen=True)
class Given:
    """What a clock is measured by, in minutes; `is_open` has every minute from the first."""

    target: int
    pauses: frozenset[str]
    is_open: Sequence[bool]


def walked(metric: str, told: Sequence[Told], given: Given) -> list[Walked]:
    """The clocks of a metric, in the order of their beginnings."""
    return [_walk(told, given, *span) for span in _spans(metric, told)]


def _walk(told: Sequence[Told], given: Given, started: int, ended: int | None, is_met: bool) -> Walked:
    counted, breached = 0, None
    for minute in range(started, len(given.is_open) if ended is None else ended):
        if counted == given.target and breached is None:
            breached = minute
        if given.is_open[minute] and not _waits_for(told, minute) & given.pauses:
            counted += 1
            # The moment at which the last second of the target is over is late for whoever comes after it.
            if counted == given.target and breached is None and (ended is None or minute + 1 < ended):
                breached = minute + 1
    return Walked(started, ended, is_met, counted, breached)


def _waits_for(told: Sequence[Told], at: int) -> set[str]:
    """All that is said in the minute has been said when it begins."""
    waits: set[str] = set()
    for position, (minute, kind, said) in enumerate(told):
        if minute > at:
            break
        is_open, tier = _before(told, position)
        if kind in ENDS:
            waits = set()
        elif kind == "TicketPaused" and is_open:
            waits.add(said["reason"])
        elif kind == "TicketResumed":
            waits.discard(said["reason"])
        elif kind == "AnswerSubmitted" and is_open:
            waits.add("awaiting_verdict")
        elif kind in {"AnswerAccepted", "AnswerRejected"} or (kind in MOVES and _comes(kind, said, is_open, tier)):
            waits.discard("awaiting_verdict")
    return waits


def _before(told: Sequence[Told], position: int) -> tuple[bool, str | None]:
    """Whether the ticket was open, and in which tier."""
    is_open, tier = True, None
    for _, kind, said in told[:position]:
        if kind in ENDS:
            is_open = False
        elif kind in MOVES:
            is_open, tier = True, _tier(kind, said)
    return is_open, tier


def _tier(kind: str, said: Mapping[str, Any]) -> str:
    return "PSE" if kind == "TechnicalCaseAnswered" else str(said["tier"])


def _comes(kind: str, said: Mapping[str, Any], is_open: bool, tier: str | None) -> bool:
    return not is_open or tier != _tier(kind, said)


def _spans(metric: str, told: Sequence[Told]) -> list[tuple[int, int | None, bool]]:
    """From when to when, and whether it was met."""
    spans: list[tuple[int, int | None, bool]] = []
    running: int | None = None
    for position, (minute, kind, said) in enumerate(told):
        stops, ends = _stops(metric, told, position), _ends(metric, kind, said)
        if running is not None and (stops or ends):
            spans.append((running, minute, stops))
            running = None
        if running is None and not (metric == "first_response" and spans):
            running = _starts(metric, told, position)
    return spans if running is None else [*spans, (running, None, False)]


def _done(kind: str, said: Mapping[str, Any]) -> bool:
    return kind == "TicketResolved" or (kind == "TicketClosed" and said["cause"] == "done")


def _hears(kind: str, said: Mapping[str, Any]) -> bool:
    return kind == "AnswerSubmitted" or (kind == "CustomerInformed" and said["by"] == "agent-1")


def _starts(metric: str, told: Sequence[Told], position: int) -> int | None:
    minute, kind, said = told[position]
    is_open, tier = _before(told, position)
    open_after = _before(told, position + 1)[0]
    match metric:
        case "first_response":
            starts = kind == "ConsultationReceived"
        case "next_reply":
            starts = (
                kind == "CustomerMessageReceived" and is_open and any(_hears(*each[1:]) for each in told[:position])
            )
        case "periodic_update":
            starts = _hears(kind, said) and open_after
        case "reply_submission":
            starts = kind in {"ConsultationReceived", "AnswerRejected", "TicketReopened"}
        case "total_resolution":
            starts = kind in {"ConsultationReceived", "TicketReopened"}
        case _:
            its = metric.removeprefix("tier_").upper()
            starts = kind in MOVES and _tier(kind, said) == its and _comes(kind, said, is_open, tier)
            if starts and its == "CSE" and kind == "TicketRouted" and tier is None:
                return 0
    return minute if starts else None


def _stops(metric: str, told: Sequence[Told], position: int) -> bool:
    _, kind, said = told[position]
    is_open, tier = _before(told, position)
    match metric:
        case "first_response" | "next_reply" | "periodic_update":
            return _hears(kind, said)
        case "reply_submission":
            return kind == "AnswerSubmitted"
        case "total_resolution":
            return _done(kind, said)
        case _:
            its = metric.removeprefix("tier_").upper()
            leaves = _done(kind, said) or (kind in MOVES and _tier(kind, said) != its)
            return is_open and tier == its and leaves


def _ends(metric: str, kind: str, said: Mapping[str, Any]) -> bool:
    withdrawn = kind == "ConsultationWithdrawn" or (kind == "TicketClosed" and said["cause"] == "withdrawn")
    once_done = metric in {"first_response", "next_reply", "periodic_update", "reply_submission"}
    return withdrawn or (once_done and _done(kind, said))
