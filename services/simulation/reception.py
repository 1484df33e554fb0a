"""How a simulated consultation begins: received, sometimes corrected, classified, routed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from intake_svc.domain.commands import ClassifyConsultation, CorrectConsultation, ReceiveConsultation
from routing_svc.domain.commands import RouteTicket
from services.simulation.people import TEAMS, member
from services.simulation.scene import Scene
from shared_events.contracts.base import Tier
from shared_events.contracts.intake import Category, Channel, ComplaintGrade, Complexity, RequestKind, Urgency

CHANNELS: Final[Mapping[Channel, int]] = {
    Channel.TELEPHONE: 42,
    Channel.CHAT: 24,
    Channel.WEB: 18,
    Channel.EMAIL: 11,
    Channel.IN_PERSON: 3,
    Channel.LETTER: 2,
}
URGENCIES: Final[Mapping[Urgency, int]] = {
    Urgency.LOW: 20,
    Urgency.NORMAL: 60,
    Urgency.HIGH: 16,
    Urgency.CRITICAL: 4,
}
REQUEST_KINDS: Final[Mapping[Category, RequestKind]] = {
    Category.TECHNICAL_SUPPORT: RequestKind.TECHNICAL_DEPARTMENT,
    Category.PRODUCT_INFORMATION: RequestKind.NEW_DEMAND,
    Category.COMPLAINT: RequestKind.COMPLAINT,
}


def receive(scene: Scene, serial: int) -> None:
    """By one of the channels; what is written has waited a while before somebody reads it."""
    channel = scene.random.choices(list(CHANNELS), list(CHANNELS.values()))[0]
    contacted_at: datetime = scene.diary.at
    written = channel in {Channel.EMAIL, Channel.WEB, Channel.LETTER}
    if written:
        contacted_at -= timedelta(minutes=scene.random.randrange(5, 180))
    scene.diary.wait(1)
    scene.desk = member(scene.random, Tier.CSE, TEAMS[Tier.CSE][0])
    customer = scene.customer
    scene.stage.give(
        "intake",
        ReceiveConsultation(
            customer_id=customer.customer_id,
            serial=serial,
            channel=channel,
            contacted_at=contacted_at,
            contact=customer.contact(channel),
            content=scene.words.question,
            language=customer.language,
            importance=customer.importance,
            product=scene.topic.product,
            at=scene.diary.at,
            by=scene.desk,
        ),
    )


def classify_and_route(scene: Scene) -> bool:
    """What is technical goes its way by itself; the rest is routed by whoever received it."""
    consultation = scene.stage.consultation
    assert consultation is not None, "a consultation is received before it is classified"
    if consultation.classification is None:
        return _classify(scene)
    complaint = scene.topic.category is Category.COMPLAINT
    team = TEAMS[Tier.CSE][2] if complaint else TEAMS[Tier.CSE][0]
    return scene.later(1, RouteTicket, by=scene.desk, customer_id=consultation.customer_id, team=team)


def _classify(scene: Scene) -> bool:
    if scene.chance(0.03):
        product = "gateway-g1" if scene.topic.product else "account"
        reason = scene.phrases.correction
        if not scene.customer_does(2, CorrectConsultation, by=scene.desk, reason=reason, product=product):
            return False
    category = scene.topic.category
    complaint = category is Category.COMPLAINT
    urgency = scene.random.choices(list(URGENCIES), list(URGENCIES.values()))[0]
    return scene.customer_does(
        2,
        ClassifyConsultation,
        by=scene.desk,
        category=category,
        request_kind=REQUEST_KINDS.get(category, RequestKind.IN_CONTRACT_SERVICE),
        complexity=Complexity.COMPLEX if category is Category.TECHNICAL_SUPPORT else Complexity.SIMPLE,
        urgency=Urgency.HIGH if complaint else urgency,
        complaint_grade=_grade(scene) if complaint else None,
    )


def _grade(scene: Scene) -> ComplaintGrade:
    return ComplaintGrade.A if scene.chance(0.2) else ComplaintGrade.B
