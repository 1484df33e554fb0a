"""Fires the timers of a process in order of their due times, under the checkpoints of their partitions (D11)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from shared_events.clock import Clock
from shared_events.runtime.effects import Decisions, Effects, Moved
from shared_events.runtime.holding import Holding
from shared_events.runtime.ports import Checkpointing, Fenced, Move, Sharing
from shared_events.runtime.process import Process, Timer
from shared_events.runtime.retrying import is_away
from shared_events.runtime.timers import Timers

FIRE_MAX: Final = 100
"""Timers that are fired in one transaction; between two the worker takes in what came, and others have their turn."""

ASIDE_SECONDS: Final = 60.0
MOVED_SECONDS: Final = 1.0
"""By then the event that was in the way has most probably come through the log."""

FAILING_SUBJECTS_MAX: Final = 20
"""More subjects than this whose timers fail in one partition mean a broken release, not broken rows."""

_log = structlog.get_logger(__name__)


class TooManyFailing(Exception):
    """The timers of so many subjects fail that the release is at fault."""


@dataclass(frozen=True, slots=True)
class _Aside:
    """A subject whose timers are left out for a while, so that they stop no others."""

    partition: int
    until: float
    has_failed: bool


class Firing:
    """What a runner does after it has taken in what there was."""

    def __init__(
        self,
        process: Process,
        timers: Timers,
        *,
        checkpoints: Checkpointing,
        effects: Effects,
        held: Holding,
        shares: Sharing,
        clock: Clock,
    ) -> None:
        self._process = process
        self._timers = timers
        self._checkpoints = checkpoints
        self._effects = effects
        self._held = held
        self._shares = shares
        self._clock = clock
        self._aside: dict[str, _Aside] = {}
        self._left_out: frozenset[str] = frozenset()

    async def fire(self, caught_up: Collection[int]) -> bool:
        """One batch of what is due; whether there was any. `caught_up`: where nothing is left to be taken in."""
        held = {partition: self._held[partition].at for partition in self._held.offsets()}
        without = self._without()
        await self._timers.follow(held, without)
        if self._left_out - without:
            await self._timers.look_again(held, without)
        self._left_out = without
        ripe = await self._timers.ripe(held, caught_up)
        if not ripe:
            return False
        timers = await self._process.due(ripe, FIRE_MAX, without)
        if timers:
            await self._fire(timers, ripe)
        await self._timers.look_again(ripe, self._without())
        return bool(timers)

    def committed(self, decisions: Decisions) -> None:
        """The runner has taken in events: a moment may have come nearer."""
        if decisions.outcome is not None:
            self._timers.lower(decisions.outcome.due)

    def rest_seconds(self, at_most: float) -> float:
        """How long the worker may rest."""
        return self._timers.rest_seconds(at_most)

    async def _fire(self, timers: Sequence[Timer], through: Mapping[int, datetime]) -> None:
        """All at once; if anything in it fails, one by one."""
        try:
            await self._commit(timers, through)
        except Exception as error:
            if is_away(error):
                raise
            _log.info("timers are fired one by one", consumer=self._checkpoints.consumer, reason=str(error))
        else:
            return
        for timer in timers:
            await self._shares.stay()
            if timer.partition in self._held.offsets():
                await self._fire_alone(timer, through)

    async def _fire_alone(self, timer: Timer, through: Mapping[int, datetime]) -> None:
        try:
            await self._commit([timer], through)
        except Fenced as error:
            self._held.lose(timer.partition, error)
        except Moved:
            self._set_aside(timer, MOVED_SECONDS, has_failed=False)
        except Exception as error:
            if is_away(error):
                raise
            self._fail(timer, f"{type(error).__name__}: {error}")

    async def _commit(self, timers: Sequence[Timer], through: Mapping[int, datetime]) -> None:
        """Under the checkpoints, though they stay where they are: whoever has lost a partition fires nothing there."""
        outcome = await self._process.fire(timers, through)
        standing = [self._held[partition].at for partition in sorted({timer.partition for timer in timers})]
        async with self._checkpoints.transaction() as transaction:
            await self._checkpoints.advance(transaction, [Move(at, at) for at in standing])
            await self._effects.commit_outcome(transaction, outcome)
        self._timers.lower(outcome.due)
        self._effects.announce(Decisions(outcome=outcome))

    def _fail(self, timer: Timer, reason: str) -> None:
        """It is tried again after a while, or when the partition changes hands; the others go on."""
        self._set_aside(timer, ASIDE_SECONDS, has_failed=True)
        consumer = self._checkpoints.consumer
        _log.error("timer failed", consumer=consumer, subject=timer.subject, due_at=str(timer.due_at), reason=reason)
        failing = sum(each.has_failed and each.partition == timer.partition for each in self._aside.values())
        if failing > FAILING_SUBJECTS_MAX:
            error = f"the timers of {failing} subjects of partition {timer.partition} fail; the last one: {reason}"
            self._held.stop(timer.partition, TooManyFailing(error))

    def _set_aside(self, timer: Timer, seconds: float, *, has_failed: bool) -> None:
        self._aside[timer.subject] = _Aside(timer.partition, self._clock.monotonic() + seconds, has_failed)

    def _without(self) -> frozenset[str]:
        """Subjects whose timers wait: for their parked events, or because they failed a moment ago."""
        now = self._clock.monotonic()
        self._aside = {subject: aside for subject, aside in self._aside.items() if aside.until > now}
        return frozenset(self._aside) | self._held.parked
