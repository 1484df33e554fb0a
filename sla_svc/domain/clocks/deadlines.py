"""When a clock's thresholds fall due: its warnings, and its breach."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from shared_events.contracts.sla import TurnKind
from sla_svc.domain.calendars.calendar import OutsideRange
from sla_svc.domain.clocks.clock import BREACH, ENDS, Clock, Mark, Turn
from sla_svc.domain.rulebook import Terms

PROMPT_SECONDS: Final = 120
"""What is recorded so soon is recorded as it happens: the tolerance that services have for each other's clocks."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """A clock reaches a threshold at `at`, in the past or in the future as it runs now.

    `deadline` is the moment at which it would be, or was, breached by those terms; of a change that makes it lie in the
    past the breach is at the change. `notice`: somebody needs to be told, because it was not over before it was known.
    """

    name: str
    at: int
    deadline: int | None
    terms: Terms
    notice: bool


def deadline_of(turns: Sequence[Turn]) -> int | None:
    """The moment at which a running clock is, or was, breached by the terms of now.

    None of one that pauses, has ended, or by its calendar never.
    """
    last = turns[-1]
    return None if last.kind is TurnKind.PAUSED or last.kind in ENDS else overdue_at(turns)


def overdue_at(turns: Sequence[Turn]) -> int | None:
    """The moment at which a clock is, or was, over its last target; what an earlier one said is history.

    None, if it pauses or has ended before, or by its calendar never.
    """
    leg = list(_legs(turns))[-1]
    breach = _crossing(leg, BREACH, leg.terms.rule.target_seconds)
    return None if breach is None else breach.at


def crossings(turns: Sequence[Turn]) -> list[Crossing]:
    """All that were reached, and what will be as the clock runs now; in the order of their moments."""
    found: list[Crossing] = []
    for leg in _legs(turns):
        known = {crossing.name for crossing in found}
        carried = leg.turns[0].kind is TurnKind.RETARGETED
        # What was said once is not said again at the moment of a change, only when it falls due anew.
        found += [
            crossing
            for crossing in _leg_crossings(leg, carried=carried)
            if crossing.name not in known or crossing.at != leg.turns[0].at
        ]
    return sorted(found, key=lambda crossing: (crossing.at, crossing.name == BREACH))


def breached_at(clock: Clock, until: int) -> int | None:
    """Since when the clock, as it goes now, is or was over its target; what an earlier target said is history."""
    at = None if clock.is_superseded else overdue_at(clock.turns)
    return at if at is not None and at <= until else None


def known_breach(clock: Clock) -> int | None:
    """What was said; of a clock that has ended also what nobody has said yet."""
    said = [mark.at for mark in clock.marks if mark.name == BREACH]
    if said:
        return max(said)
    return None if clock.ended_at is None else breached_at(clock, clock.ended_at)


def in_time(turns: Sequence[Turn]) -> bool:
    """Of a clock that has ended: breached only if it ended later than its deadline (design §5)."""
    return overdue_at(turns) is None


def pending(clock: Clock) -> list[Crossing]:
    """What is still to be said, in order: warnings only of what was not over before it was known."""
    if clock.is_superseded:
        return []
    said = set(clock.marks)
    return [
        crossing
        for crossing in crossings(clock.turns)
        if Mark(crossing.name, crossing.at) not in said and (crossing.notice or crossing.name == BREACH)
    ]


def elapsed_at(turns: Sequence[Turn], at: int) -> int:
    """What has been counted by this moment."""
    last = next((turn for turn in reversed(turns) if turn.at <= at), turns[0])
    if last.kind is TurnKind.PAUSED or last.kind in ENDS:
        return last.elapsed
    terms = _terms([turn for turn in turns if turn.at <= at] or turns)
    return last.elapsed + terms.calendar.elapsed(last.at, at)


@dataclass(frozen=True, slots=True)
class _Leg:
    """The turns under the same terms, and the turn behind them, if there is one.

    `learned_at` has, for each turn, when it and all before it had become known.
    """

    turns: Sequence[Turn]
    learned_at: Sequence[int]
    after: Turn | None
    is_moved: bool
    """Whether somebody moved the clock to these terms from those of another edition."""

    @property
    def terms(self) -> Terms:
        terms = self.turns[0].terms
        assert terms is not None, "a leg begins with its terms"
        return terms

    def is_before_its_end(self, at: int) -> bool:
        """A stop at the deadline is in time, and so is a change."""
        return self.after is None or at < self.after.at

    def notice(self, index: int, at: int) -> bool:
        """Whether it was known in time that this would be reached while the turn lasts.

        What is over by a move at once is told by the move's preview, to whoever made it, and to nobody else.
        """
        if self.is_moved and at == self.turns[0].at:
            return False
        return at + PROMPT_SECONDS >= self.learned_at[index]


def _legs(turns: Sequence[Turn]) -> Iterator[_Leg]:
    learned_at = list(accumulate((turn.learned_at for turn in turns), max))
    begins = [index for index, turn in enumerate(turns) if turn.terms is not None]
    ends = [*begins[1:], len(turns) - (turns[-1].kind in ENDS)]
    edition: tuple[str, str] | None = None
    for begin, end in zip(begins, ends, strict=True):
        before, edition = edition, _edition(turns[begin])
        after = turns[end] if end < len(turns) else None
        yield _Leg(turns[begin:end], learned_at[begin:end], after, before not in {None, edition})


def _edition(turn: Turn) -> tuple[str, str]:
    assert turn.terms is not None, "a leg begins with its terms"
    return turn.terms.policy, turn.terms.policy_version


def _leg_crossings(leg: _Leg, *, carried: bool) -> Iterator[Crossing]:
    """Of a clock that carries time from before, what is over at once is over at the change, and only the breach."""
    rule = leg.terms.rule
    breach = _crossing(leg, BREACH, rule.target_seconds)
    first = leg.turns[0]
    if breach is not None and carried and breach.at == first.at:
        yield breach
        return
    for warning in rule.warnings:
        crossing = _crossing(leg, warning.name, warning.elapsed_seconds)
        if crossing is not None:
            yield crossing
    if breach is not None:
        yield breach


def _crossing(leg: _Leg, name: str, threshold: int) -> Crossing | None:
    first = leg.turns[0]
    if first.elapsed >= threshold and leg.is_before_its_end(first.at):
        return Crossing(name, first.at, first.at, leg.terms, leg.notice(0, first.at))
    for index, turn in enumerate(leg.turns):
        following = leg.turns[index + 1] if index + 1 < len(leg.turns) else None
        if turn.kind is TurnKind.PAUSED or (following is not None and following.elapsed < threshold):
            continue
        at = _reached(turn, leg.terms, threshold)
        if at is None or not leg.is_before_its_end(at) or (following is not None and at > following.at):
            continue
        deadline = at if name == BREACH else _reached(turn, leg.terms, leg.terms.rule.target_seconds)
        return Crossing(name, at, deadline, leg.terms, leg.notice(index, at))
    return None


def _reached(turn: Turn, terms: Terms, threshold: int) -> int | None:
    """When a clock that runs from this turn on has counted so much: never, if no calendar reckons so far ahead."""
    try:
        return terms.calendar.deadline(turn.at, max(threshold - turn.elapsed, 0))
    except OutsideRange:
        return None


def _terms(turns: Sequence[Turn]) -> Terms:
    terms = next((turn.terms for turn in reversed(turns) if turn.terms is not None), None)
    assert terms is not None, "a clock starts with its terms"
    return terms
