"""The callback visits of one ticket: planned, tried, done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final, assert_never

from shared_events.contracts.base import CustomerId, Instant, Origin, TicketId
from shared_events.contracts.envelope import rfc3339
from shared_events.contracts.feedback import (
    AttemptResult,
    CallbackAttempted,
    CallbackCompleted,
    CallbackScheduled,
    DissatisfactionRaised,
    FeedbackEvent,
)
from shared_events.decider import Command as BaseCommand
from shared_events.decider import Decider, Refused, in_the_past

DUE_AFTER: Final = timedelta(hours=24)
"""A visit that names no moment is due this long after it was scheduled: the customer has tried the answer by then.

Provisional until policies exist; the callback flows (R12) name no number.
"""


class Refusal(StrEnum):
    """Why feedback says no."""

    UNKNOWN_CALLBACK = "There is no such callback."
    DUE_IN_THE_PAST = "due_at is not later than now."
    TRY_AGAIN_MISSING = "A customer who was not reached is tried again: try_again_at is needed."
    TRY_AGAIN_IN_THE_PAST = "try_again_at is not later than the attempt."
    TRY_AGAIN_NEEDLESS = "Only a customer who was not reached is tried again: try_again_at has no place here."
    NOT_REACHED_YET = "The customer was not reached yet, so there is no outcome."
    COMPLETED = "The callback is completed."


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleCallback(BaseCommand):
    """Plan a visit: after the answer `answer`, or by hand without one."""

    ticket_id: TicketId
    customer_id: CustomerId
    answer: int | None = None
    due_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAttempt(BaseCommand):
    """Somebody tried to reach the customer."""

    callback_id: str
    result: AttemptResult
    try_again_at: Instant | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteCallback(BaseCommand):
    """The customer said whether they are satisfied."""

    callback_id: str
    satisfied: bool
    comment: str | None = None


Command = ScheduleCallback | RecordAttempt | CompleteCallback


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One visit."""

    callback_id: str
    customer_id: CustomerId
    answer: int | None
    due_at: Instant
    attempts: int = 0
    attempted_at: Instant | None = None
    result: AttemptResult | None = None
    try_again_at: Instant | None = None
    reached: bool = False
    satisfied: bool | None = None

    @property
    def completed(self) -> bool:
        """Whether it has an outcome."""
        return self.satisfied is not None


Callbacks = tuple[Callback, ...]
"""The visits of one ticket, oldest first."""


def decide(command: Command, callbacks: Callbacks) -> Sequence[FeedbackEvent]:
    """`callbacks` are all visits of the command's ticket."""
    match command:
        case ScheduleCallback():
            return _schedule(command, callbacks)
        case RecordAttempt():
            return _attempt(command, callback_of(callbacks, command.callback_id))
        case CompleteCallback():
            return _complete(command, callback_of(callbacks, command.callback_id))
        case _:
            assert_never(command)


def evolve(callbacks: Callbacks, event: FeedbackEvent) -> Callbacks:
    """What is said of a visit that was never scheduled changes nothing."""
    match event:
        case CallbackScheduled():
            return (*callbacks, _scheduled(event))
        case CallbackAttempted():
            return tuple(_attempted(visit, event) for visit in callbacks)
        case CallbackCompleted():
            return tuple(_completed(visit, event) for visit in callbacks)
        case DissatisfactionRaised():
            return callbacks
        case _:
            assert_never(event)


DECIDER: Final[Decider[Command, FeedbackEvent, Callbacks]] = Decider(initial=(), decide=decide, evolve=evolve)


def ticket_of(callback_id: str) -> TicketId:
    """The ticket whose visit this is: everything before the last dot."""
    return callback_id.rpartition(".")[0]


def callback_of(callbacks: Callbacks, callback_id: str) -> Callback:
    """The visit with this id; refused if the ticket has none."""
    for visit in callbacks:
        if visit.callback_id == callback_id:
            return visit
    raise Refused(Refusal.UNKNOWN_CALLBACK, now=f"The ticket has {_listed(callbacks)}.", allowed=("schedule_callback",))


def _schedule(command: ScheduleCallback, callbacks: Callbacks) -> Sequence[FeedbackEvent]:
    due_at = command.due_at or command.at + DUE_AFTER
    if any(_plans_the_same(visit, command.answer, due_at) for visit in callbacks):
        return []
    if command.origin is Origin.LIVE and due_at <= command.at:
        raise in_the_past(Refusal.DUE_IN_THE_PAST, command.at, due_at)
    scheduled = CallbackScheduled(
        at=command.at,
        by=command.by,
        customer_id=command.customer_id,
        callback_id=f"{command.ticket_id}.{len(callbacks) + 1}",
        due_at=due_at,
        answer=command.answer,
    )
    return [scheduled]


def _plans_the_same(visit: Callback, answer: int | None, due_at: Instant) -> bool:
    """One visit for each answer; by hand, one open visit for each moment."""
    if answer is not None:
        return visit.answer == answer
    return visit.answer is None and visit.due_at == due_at and not visit.completed


def _attempt(command: RecordAttempt, callback: Callback) -> Sequence[FeedbackEvent]:
    if (callback.attempted_at, callback.result, callback.try_again_at) == _told(command):
        return []  # nobody tries twice in the same instant, so this is the same attempt
    if callback.completed:
        raise _refused_as_completed(callback)
    _refuse_wrong_next_try(command)
    attempted = CallbackAttempted(
        at=command.at,
        by=command.by,
        customer_id=callback.customer_id,
        callback_id=callback.callback_id,
        attempt=callback.attempts + 1,
        result=command.result,
        try_again_at=command.try_again_at,
        note=command.note,
    )
    return [attempted]


def _told(command: RecordAttempt) -> tuple[Instant, AttemptResult, Instant | None]:
    return command.at, command.result, command.try_again_at


def _refuse_wrong_next_try(command: RecordAttempt) -> None:
    reached = command.result is AttemptResult.REACHED
    if reached and command.try_again_at is not None:
        raise Refused(Refusal.TRY_AGAIN_NEEDLESS, expected="none", found=rfc3339(command.try_again_at))
    if not reached and command.try_again_at is None:
        raise Refused(Refusal.TRY_AGAIN_MISSING, expected="a moment", found="none")
    if command.try_again_at is not None and command.try_again_at <= command.at:
        raise in_the_past(Refusal.TRY_AGAIN_IN_THE_PAST, command.at, command.try_again_at)


def _complete(command: CompleteCallback, callback: Callback) -> Sequence[FeedbackEvent]:
    if callback.satisfied is command.satisfied:
        return []
    if callback.completed:
        raise _refused_as_completed(callback)
    if not callback.reached:
        now = f"The callback {callback.callback_id} was attempted {callback.attempts} times."
        raise Refused(Refusal.NOT_REACHED_YET, now=now, allowed=("record_callback_attempt",))
    completed = CallbackCompleted(
        at=command.at,
        by=command.by,
        customer_id=callback.customer_id,
        callback_id=callback.callback_id,
        satisfied=command.satisfied,
        comment=command.comment,
    )
    return [completed] if command.satisfied else [completed, _dissatisfaction(completed)]


def _dissatisfaction(completed: CallbackCompleted) -> DissatisfactionRaised:
    return DissatisfactionRaised(
        at=completed.at, by=completed.by, customer_id=completed.customer_id, callback_id=completed.callback_id
    )


def _refused_as_completed(callback: Callback) -> Refused:
    said = "satisfied" if callback.satisfied else "dissatisfied"
    now = f"The callback {callback.callback_id} is completed, the customer was {said}."
    return Refused(Refusal.COMPLETED, now=now, allowed=("schedule_callback",))


def _scheduled(event: CallbackScheduled) -> Callback:
    return Callback(
        callback_id=event.callback_id, customer_id=event.customer_id, answer=event.answer, due_at=event.due_at
    )


def _attempted(visit: Callback, event: CallbackAttempted) -> Callback:
    if visit.callback_id != event.callback_id:
        return visit
    return replace(
        visit,
        attempts=event.attempt,
        attempted_at=event.at,
        result=event.result,
        try_again_at=event.try_again_at,
        reached=visit.reached or event.result is AttemptResult.REACHED,
    )


def _completed(visit: Callback, event: CallbackCompleted) -> Callback:
    if visit.callback_id != event.callback_id:
        return visit
    return replace(visit, satisfied=event.satisfied)


def _listed(callbacks: Callbacks) -> str:
    return ", ".join(visit.callback_id for visit in callbacks) or "none"
