"""What simulated agents do with a ticket that is in work: the boxes of the chart, and what comes in between."""

from typing import assert_never

from intake_svc.domain.commands import AddCustomerMessage
from routing_svc.domain.commands import (
    AnswerTechnicalCase,
    AssignTicket,
    EscalateTicket,
    HandBackTicket,
    InformCustomer,
    OpenTechnicalCase,
    PauseTicket,
    ProposeAnswer,
    RecordAnalysis,
    RecordProblem,
    RecordSearch,
    ReleaseTicket,
    ReportNoAnswer,
    ResolveTicket,
    ResumeTicket,
    SubmitAnswer,
    TransferTicket,
)
from routing_svc.domain.state import Place
from services.simulation.people import LEAD, TEAMS, member
from services.simulation.scene import Scene
from shared_events.contracts.base import Tier
from shared_events.contracts.intake import Channel
from shared_events.contracts.routing import AnswerException, PauseReason, Resolution

PAUSES = {PauseReason.CUSTOMER: 50, PauseReason.USER: 15, PauseReason.VENDOR: 20, PauseReason.OTHER: 15}


def work(scene: Scene) -> bool:
    """The next thing that happens to the ticket."""
    ticket = scene.ticket
    if ticket.agent_id is None:
        return _take(scene)
    if ticket.paused is not None:
        return scene.later(scene.random.choice((90, 400, 1500)), ResumeTicket)
    if scene.chance(0.09):
        return _interlude(scene)
    return _next_box(scene)


def _take(scene: Scene) -> bool:
    tier, team = scene.ticket.tier, scene.ticket.team
    assert tier is not None
    assert team is not None
    if tier is not Tier.RDE and scene.chance(0.05):
        return _transfer(scene, tier, team)
    minutes = {Tier.CSE: 8, Tier.PSE: 60, Tier.RDE: 240}[tier]
    simple = scene.topic.product is None and team == TEAMS[Tier.CSE][0]
    agent = scene.desk if simple else member(scene.random, tier, team)
    return scene.later(minutes, AssignTicket, by=agent, agent_id=agent)


def _transfer(scene: Scene, tier: Tier, team: str) -> bool:
    other = scene.random.choice([each for each in TEAMS[tier] if each != team])
    words = scene.phrases
    return scene.later(6, TransferTicket, by=LEAD, team=other, reason=words.transfer, told_customer=words.told_customer)


def _interlude(scene: Scene) -> bool:
    words, ticket = scene.phrases, scene.ticket
    match scene.random.choices(("pause", "message", "notice", "release", "reassign"), (40, 25, 20, 9, 6))[0]:
        case "pause":
            reason = scene.random.choices(list(PAUSES), list(PAUSES.values()))[0]
            return scene.later(5, PauseTicket, reason=reason, note=words.pause)
        case "message":
            return scene.customer_does(30, AddCustomerMessage, channel=Channel.CHAT, message=words.message)
        case "notice":
            return scene.later(15, InformCustomer, message=words.notice)
        case "release":
            return scene.later(20, ReleaseTicket, reason=words.release)
        case _:
            assert ticket.tier is not None
            assert ticket.team is not None
            other = member(scene.random, ticket.tier, ticket.team)
            return scene.later(10, AssignTicket, by=LEAD, agent_id=other, by_lead=True)


def _next_box(scene: Scene) -> bool:
    words = scene.words
    match scene.ticket.place:
        case Place.CSE_10:
            return _record_problem(scene)
        case Place.CSE_20:
            return scene.later(5, RecordSearch, query=words.query, found=scene.topic.found)
        case Place.CSE_30:
            return _find_at_cse(scene)
        case Place.PSE_10:
            return _analyse_at_pse(scene)
        case Place.PSE_20:
            return _find_at_pse(scene)
        case Place.CSE_40 | Place.PSE_30:
            return scene.later(4, SubmitAnswer)
        case Place.RDE_10:
            return _analyse_at_rde(scene)
        case Place.RDE_20:
            return _answer_at_rde(scene)
        case Place.UNROUTED | Place.CSE_50 | Place.PSE_40 | Place.RDE_ANSWERED | Place.RESOLVED | Place.CLOSED:
            raise AssertionError(f"nobody works on a ticket at {scene.ticket.place}")
        case _:
            assert_never(scene.ticket.place)


def _record_problem(scene: Scene) -> bool:
    if scene.chance(0.01):
        note = scene.phrases.no_answer_needed
        return scene.later(5, ResolveTicket, resolution=Resolution.NO_ANSWER_NEEDED, note=note)
    return scene.later(4, RecordProblem, problem=scene.words.problem)


def _find_at_cse(scene: Scene) -> bool:
    """Answers that were refused before are found higher up."""
    words = scene.phrases
    simple = scene.topic.product is None
    if scene.chance(0.92 if simple else 0.68):
        return scene.later(8, ProposeAnswer, text=scene.words.answer)
    if scene.chance(0.15):
        tier = Tier.RDE if scene.chance(0.2) else Tier.PSE
        return scene.later(6, EscalateTicket, tier=tier, team=scene.team(tier), reason=words.escalation)
    return scene.later(8, ReportNoAnswer, team=scene.team(Tier.PSE), reason=words.no_answer)


def _analyse_at_pse(scene: Scene) -> bool:
    if scene.chance(0.06):
        return scene.later(30, HandBackTicket, reason=scene.phrases.hand_back)
    return scene.later(50, RecordAnalysis, analysis=scene.words.analysis)


def _find_at_pse(scene: Scene) -> bool:
    words = scene.phrases
    if scene.chance(0.76):
        return scene.later(40, ProposeAnswer, text=scene.words.answer)
    if not scene.ticket.case_open and scene.chance(0.6):
        return scene.later(30, OpenTechnicalCase, description=words.technical_case)
    return scene.later(20, ReportNoAnswer, team=scene.team(Tier.RDE), reason=words.no_answer)


def _analyse_at_rde(scene: Scene) -> bool:
    if scene.chance(0.05):
        return scene.later(60, HandBackTicket, reason=scene.phrases.hand_back)
    return scene.later(300, RecordAnalysis, analysis=scene.words.analysis)


def _answer_at_rde(scene: Scene) -> bool:
    words = scene.words
    if scene.chance(0.06):
        exception = AnswerException.ANSWERED_BY_RDE
        return scene.later(60, SubmitAnswer, by=LEAD, by_lead=True, exception=exception, text=words.answer)
    if scene.chance(0.03):
        note = scene.phrases.no_answer_possible
        return scene.later(120, ResolveTicket, resolution=Resolution.NO_ANSWER_POSSIBLE, note=note)
    if not scene.ticket.case_open:
        return scene.later(10, OpenTechnicalCase, description=scene.phrases.technical_case)
    return scene.later(200, AnswerTechnicalCase, text=words.answer)
