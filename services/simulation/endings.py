"""What follows an answer in the simulated centre: the verdict, the callback visit, the end, and beginning again."""

from datetime import timedelta
from typing import Final

from feedback_svc.domain.callback import Callback, CompleteCallback, RecordAttempt
from routing_svc.domain.commands import AcceptAnswer, CloseTicket, RejectAnswer, ReopenTicket, ResolveTicket
from services.simulation.diary import FRONT_DESK
from services.simulation.people import member
from services.simulation.scene import Scene
from shared_events.contracts.base import Tier
from shared_events.contracts.feedback import AttemptResult
from shared_events.contracts.routing import ReopeningCause, Resolution

ATTEMPTS_MAX: Final = 3
VISITORS: Final = "visits"


def hear_verdict(scene: Scene) -> bool:
    """Whoever was refused once is harder to please, but nobody is asked for ever."""
    refused_before = len(scene.ticket.answers) - 1
    minutes = scene.random.choice((10, 60, 600))
    if scene.chance(0.04):
        return scene.later(4000, ResolveTicket, resolution=Resolution.NO_VERDICT)
    if refused_before < 4 and scene.chance(0.13):
        return scene.later(minutes, RejectAnswer, reason=scene.phrases.rejection)
    return scene.later(minutes, AcceptAnswer)


def follow_up(scene: Scene) -> bool:
    """CCE-10 for an accepted answer; then, or without one, the ticket is closed."""
    callback = scene.stage.callbacks[-1] if scene.stage.callbacks else None
    if scene.ticket.resolution is not Resolution.ACCEPTED or callback is None or callback.completed:
        return scene.later(200, CloseTicket)
    if callback.reached:
        return _ask(scene, callback)
    if callback.attempts < ATTEMPTS_MAX:
        return _try(scene, callback)
    return scene.later(200, CloseTicket)


def begin_again(scene: Scene) -> bool:
    """Now and then a closed problem comes back."""
    if scene.ticket.closing_cause is None or len(scene.ticket.answers) > 3 or not scene.chance(0.02):
        return False
    cause = ReopeningCause.RECURRED if scene.chance(0.6) else ReopeningCause.CUSTOMER_REQUEST
    return scene.later(3000, ReopenTicket, by=_visitor(scene), cause=cause, note=scene.phrases.reopening)


def _try(scene: Scene, callback: Callback) -> bool:
    due_at = callback.try_again_at or callback.due_at
    if not scene.diary.wait_until(due_at + timedelta(minutes=scene.random.randrange(240)), FRONT_DESK):
        return False
    by = _visitor(scene)
    if scene.chance(0.72):
        return scene.visit(RecordAttempt, by, callback_id=callback.callback_id, result=AttemptResult.REACHED)
    again = scene.diary.at + timedelta(hours=scene.random.randrange(3, 26))
    return scene.visit(
        RecordAttempt,
        by,
        callback_id=callback.callback_id,
        result=AttemptResult.NOT_REACHED,
        try_again_at=again,
        note=scene.phrases.not_reached,
    )


def _ask(scene: Scene, callback: Callback) -> bool:
    if not scene.diary.wait(4):
        return False
    satisfied = scene.chance(0.91) or len(scene.stage.callbacks) > 2
    comment = scene.phrases.satisfied if satisfied else scene.phrases.dissatisfied
    by = _visitor(scene)
    return scene.visit(CompleteCallback, by, callback_id=callback.callback_id, satisfied=satisfied, comment=comment)


def _visitor(scene: Scene) -> str:
    return member(scene.random, Tier.RDE, VISITORS)
