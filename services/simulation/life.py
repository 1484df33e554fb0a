"""The life of one simulated ticket, from the call to wherever it is at present."""

from datetime import datetime, timedelta
from random import Random
from typing import Final

from intake_svc.domain.commands import WithdrawConsultation
from routing_svc.domain.state import ANSWERED, OPEN, Place
from services.simulation.diary import Diary
from services.simulation.endings import begin_again, follow_up, hear_verdict
from services.simulation.people import Customer
from services.simulation.reception import classify_and_route, receive
from services.simulation.scene import Scene
from services.simulation.stage import Stage
from services.simulation.topics import TOPICS
from services.simulation.working import work

ACTS_MAX: Final = 300
"""Every ticket comes to its end or to the present long before; a mistake in the dice shall not play for ever."""

WITHDRAWN_SHARE: Final = 0.03


def live(stage: Stage, customer: Customer, serial: int, played: tuple[Random, datetime, datetime]) -> None:
    """Play the ticket on its stage; `played` is with which dice, from when, and until when."""
    random, begin, until = played
    topic = random.choices(TOPICS, [topic.weight for topic in TOPICS])[0]
    scene = Scene(stage=stage, random=random, diary=Diary(random, begin, until), customer=customer, topic=topic)
    if scene.chance(WITHDRAWN_SHARE):
        scene.withdraws_at = begin + timedelta(minutes=random.randrange(20, 1500))
    receive(scene, serial)
    for _ in range(ACTS_MAX):
        if not _act(scene):
            return
    raise AssertionError(f"{stage.ticket_id} is played for ever")


def _act(scene: Scene) -> bool:
    place = scene.ticket.place
    if _withdraws(scene):
        scene.customer_does(0, WithdrawConsultation, reason=scene.phrases.withdrawal)
        return False
    if place is Place.UNROUTED:
        return classify_and_route(scene)
    if place in ANSWERED:
        return hear_verdict(scene)
    if place is Place.RESOLVED:
        return follow_up(scene)
    return begin_again(scene) if place is Place.CLOSED else work(scene)


def _withdraws(scene: Scene) -> bool:
    late = scene.withdraws_at is not None and scene.diary.at >= scene.withdraws_at
    return late and scene.ticket.place in OPEN | {Place.UNROUTED}
