"""The life of a clock as segments without gaps: which of them count, by which rule and calendar, and why (P9)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from shared_events.contracts.sla import CancelReason, OnChange, TurnKind
from sla_svc.domain.calendars.openings import Cause, Why
from sla_svc.domain.clocks.clock import ENDS, Clock, Turn
from sla_svc.domain.rulebook import Terms
from sla_svc.domain.story import Waiting


class Reason(StrEnum):
    """Why a segment counts or does not: by the calendar, or by what happened to the clock."""

    WINDOW = "window"
    PARTIAL_DAY = "partial_day"
    EXTRA_DAY = "extra_day"
    OUTSIDE_HOURS = "outside_hours"
    HOLIDAY = "holiday"
    PAUSED = "paused"
    """The ticket waits for something that stops this clock."""
    BEFORE_START = "before_start"
    """The clock is known already, and begins later."""
    SUPERSEDED = "superseded"
    """A late fact showed that the clock never ran."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a segment when another rule took over, and the id of the event that made it so."""

    on_change: OnChange
    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """From `start` to before `end`. `event`: since which event the clock has run, or stood still, like this.

    A segment from before a restart is open by its calendar and does not count; `change` says so.
    """

    start: int
    end: int
    counted: bool
    reason: Reason
    event: str
    terms: Terms
    calendar_says: Why | None = None
    """Which window, which holiday; none where the calendar was not asked."""
    waits_for: tuple[str, ...] = ()
    """The reasons of a pause."""
    change: Change | None = None

    @property
    def seconds(self) -> int:
        """Its length."""
        return self.end - self.start


def segments_of(clock: Clock, waits: Sequence[Waiting], until: int) -> list[Segment]:
    """Contiguous, from the clock's start to its end or to `until`; those that count add up to what has elapsed.

    Of a clock that begins later: from `until`, or from its end, to its start.
    """
    first, last = clock.turns[0], clock.turns[-1]
    stop = max(until, last.at) if clock.ended_at is None and until >= first.at else (clock.ended_at or until)
    if stop < first.at:
        return [_uncounted(first, stop, first.at, Reason.BEFORE_START)]
    if last.why == (CancelReason.SUPERSEDED.value,):
        never = _uncounted(first, first.at, stop, Reason.SUPERSEDED)
        return [replace(never, event=last.cause)] if never.seconds else []
    segments: list[Segment] = []
    terms = clock.turns[0].terms
    for turn, end in zip(clock.turns, [*(turn.at for turn in clock.turns[1:]), stop], strict=True):
        terms = turn.terms or terms
        assert terms is not None, "a clock starts with its terms"
        if turn.kind is TurnKind.RETARGETED:
            segments = _changed(segments, clock.turns[0], turn, waits)
        if turn.kind not in ENDS:
            reasons = frozenset(turn.why) if turn.kind is TurnKind.PAUSED else frozenset()
            segments += _segments(_Piece(turn.at, end, reasons, turn.cause), terms)
    return segments


@dataclass(frozen=True, slots=True)
class _Piece:
    """Between two things that happened: the clock stood still for these reasons, or ran if there are none."""

    start: int
    end: int
    reasons: frozenset[str]
    event: str


def _changed(segments: Sequence[Segment], first: Turn, turn: Turn, waits: Sequence[Waiting]) -> list[Segment]:
    """What was counted before another rule took over: still counts, no longer does, or is counted by that rule."""
    on_change = OnChange(turn.why[0])
    change = Change(on_change, turn.cause)
    match on_change:
        case OnChange.KEEP:
            # What did not count has nothing to keep: its own reason stays, be it an earlier restart.
            return [replace(segment, change=change) if segment.counted else segment for segment in segments]
        case OnChange.RESTART:
            return [replace(segment, counted=False, change=change) for segment in segments]
        case OnChange.FROM_START:
            terms = turn.terms
            assert terms is not None, "another rule has its terms"
            again = [each for piece in _pieces(first, turn, waits) for each in _segments(piece, terms)]
            return [replace(segment, change=change) for segment in again]


def _pieces(first: Turn, turn: Turn, waits: Sequence[Waiting]) -> Iterator[_Piece]:
    """From the start of the clock to a change, by the pauses of the rule that takes over."""
    terms = turn.terms
    assert terms is not None, "another rule has its terms"
    piece = _Piece(first.at, first.at, frozenset(), first.cause)
    for wait in waits:
        reasons = wait.reasons & terms.rule.pauses
        if wait.at >= turn.at or reasons == piece.reasons:
            continue
        if wait.at > first.at:
            yield replace(piece, end=wait.at)
        piece = _Piece(max(wait.at, first.at), first.at, reasons, wait.cause.event_id)
        if not reasons and wait.at <= first.at:
            piece = replace(piece, event=first.cause)
    yield replace(piece, end=turn.at)


def _segments(piece: _Piece, terms: Terms) -> list[Segment]:
    """A pause is one segment, whatever the calendar says meanwhile."""
    if piece.end <= piece.start:
        return []
    if piece.reasons:
        waits_for = tuple(sorted(piece.reasons))
        return [
            Segment(
                start=piece.start,
                end=piece.end,
                counted=False,
                reason=Reason.PAUSED,
                event=piece.event,
                terms=terms,
                waits_for=waits_for,
            )
        ]
    return [
        Segment(
            start=stretch.start,
            end=stretch.end,
            counted=stretch.is_open,
            reason=_REASONS[stretch.why.cause],
            event=piece.event,
            terms=terms,
            calendar_says=stretch.why,
        )
        for stretch in terms.calendar.stretches(piece.start, piece.end)
    ]


def _uncounted(turn: Turn, start: int, end: int, reason: Reason) -> Segment:
    assert turn.terms is not None, "a clock starts with its terms"
    return Segment(start=start, end=end, counted=False, reason=reason, event=turn.cause, terms=turn.terms)


_REASONS = {cause: Reason(cause.value) for cause in Cause}
