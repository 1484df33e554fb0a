"""At every place of the chart, what is not allowed is refused: with a code, where the ticket is, what it accepts."""

from collections.abc import Mapping, Sequence
from typing import Final

import pytest

from routing_svc.domain.commands import Action
from routing_svc.domain.refusals import Refusal
from routing_svc.domain.state import Place
from shared_events.http import Role
from tests.system.journey import (
    ANALYSIS,
    AT_CSE,
    AT_PSE,
    CASE,
    CASE_ANSWER,
    CLAIM,
    CLOSING,
    ESCALATION,
    HAND_BACK,
    NO_ANSWER,
    NOTICE,
    PAUSE,
    PROBLEM,
    PROPOSAL,
    RELEASE,
    REOPENING,
    RESUME,
    SEARCH,
    Journey,
    Step,
    acceptance,
    by_exception,
    refusal,
    routed,
    submission,
)
from tests.system.serving import Centre

pytestmark = pytest.mark.asyncio(loop_scope="module")

TO_PSE: Final = (ESCALATION, CLAIM)
TO_RDE: Final = (Step("escalation", {"tier": "RDE", "reason": "Known defect."}), CLAIM)

PATHS: Final[Mapping[Place, Sequence[Step]]] = {
    Place.CSE_10: (CLAIM,),
    Place.CSE_20: (CLAIM, PROBLEM),
    Place.CSE_30: AT_CSE,
    Place.CSE_40: (*AT_CSE, PROPOSAL),
    Place.CSE_50: (*AT_CSE, PROPOSAL, submission(1)),
    Place.PSE_10: TO_PSE,
    Place.PSE_20: (ESCALATION, *AT_PSE),
    Place.PSE_30: (ESCALATION, *AT_PSE, PROPOSAL),
    Place.PSE_40: (ESCALATION, *AT_PSE, PROPOSAL, submission(1)),
    Place.RDE_10: TO_RDE,
    Place.RDE_20: (*TO_RDE, ANALYSIS),
    Place.RDE_ANSWERED: (*TO_RDE, by_exception(1)),
    Place.RESOLVED: (*AT_CSE, PROPOSAL, submission(1), acceptance(1)),
    Place.CLOSED: (*AT_CSE, PROPOSAL, submission(1), acceptance(1), CLOSING),
}

COMMANDS: Final[Mapping[Action, Step]] = {
    Action.ROUTE: Step("routing", {"team": "another"}),
    Action.ASSIGN: CLAIM,
    Action.RELEASE: RELEASE,
    Action.RECORD_PROBLEM: PROBLEM,
    Action.RECORD_SEARCH: SEARCH,
    Action.RECORD_ANALYSIS: ANALYSIS,
    Action.PROPOSE_ANSWER: PROPOSAL,
    Action.SUBMIT_ANSWER: submission(2),
    Action.ACCEPT_ANSWER: acceptance(2),
    Action.REJECT_ANSWER: refusal(2),
    Action.REPORT_NO_ANSWER: NO_ANSWER,
    Action.ESCALATE: ESCALATION,
    Action.HAND_BACK: HAND_BACK,
    Action.TRANSFER: Step("transfer", {"team": "another", "told_customer": "Somebody else knows it better."}),
    Action.OPEN_TECHNICAL_CASE: CASE,
    Action.ANSWER_TECHNICAL_CASE: CASE_ANSWER,
    Action.INFORM_CUSTOMER: NOTICE,
    Action.PAUSE: PAUSE,
    Action.RESOLVE: Step("resolution", {"resolution": "no_answer_possible"}),
    Action.REOPEN: REOPENING,
    Action.CLOSE: CLOSING,
}
"""Without those that are harmless anywhere (to resume) or another service's (to withdraw)."""

HARMLESS: Final = {(Place.CLOSED, Action.CLOSE)}
"""To repeat what is so already is no fault."""


@pytest.mark.parametrize("place", PATHS)
async def test_what_is_not_allowed_is_refused_and_changes_nothing(shared_centre: Centre, place: Place) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(*PATHS[place])
    before = ticket.last
    assert before["place"] == place
    for action, step in COMMANDS.items():
        if action not in before["allowed"] and (place, action) not in HARMLESS:
            await _refuses(ticket, step)
    await ticket.walk(RESUME)
    assert ticket.last == before
    assert (await ticket.shown())["versions"]["routing"] == before["version"]


@pytest.mark.parametrize("place", [Place.CSE_30, Place.PSE_30, Place.RDE_20, Place.CSE_50, Place.RESOLVED])
async def test_what_is_allowed_is_done(shared_centre: Centre, place: Place) -> None:
    """Every command that is allowed anywhere, each on a ticket of its own, changes the ticket."""
    ticket = await routed(shared_centre)
    await ticket.walk(*PATHS[place])
    for action in ticket.last["allowed"]:
        if action in COMMANDS:
            await _does(shared_centre, place, Action(action))


async def test_before_the_ticket_is_routed_there_is_no_ticket_to_work_on(shared_centre: Centre) -> None:
    unknown = Journey(shared_centre, "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50", "")
    for step in (*COMMANDS.values(), RESUME):
        answer = await unknown.attempt(step)
        assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_TICKET")


async def test_only_a_team_leader_takes_a_ticket_from_somebody(shared_centre: Centre) -> None:
    ticket = await routed(shared_centre)
    await ticket.walk(CLAIM.by(Role.LEAD))
    for step in (CLAIM, RELEASE):
        refused = await ticket.attempt(step)
        assert (refused.status_code, refused.json()["code"]) == (409, "HELD_BY_ANOTHER")
        assert shared_centre.people[Role.LEAD].id in refused.json()["now"]
    given = Step("assignment", {"agent_id": shared_centre.people[Role.AGENT].id}, role=Role.LEAD)
    await ticket.walk(given, RELEASE)
    assert ticket.last["agent_id"] is None


async def _refuses(ticket: Journey, step: Step) -> None:
    answer = await ticket.attempt(step)
    problem = answer.json()
    assert answer.status_code == 409, f"{step}: {answer.text}"
    assert problem["title"] == Refusal[problem["code"]].value
    assert problem["now"].startswith("The ticket is ")
    assert problem["present"] == ticket.last
    assert problem["allowed"] == ticket.last["allowed"]
    assert answer.headers["ETag"] == f'"routing.{ticket.last["version"]}"'


async def _does(centre: Centre, place: Place, action: Action) -> None:
    ticket = await routed(centre)
    await ticket.walk(*PATHS[place])
    version, number = ticket.last["version"], ticket.last["open_answer"] or 1
    fitting = {
        Action.ASSIGN: CLAIM.by(Role.LEAD),
        Action.SUBMIT_ANSWER: by_exception(1) if ticket.last["tier"] == "RDE" else submission(number),
        Action.ACCEPT_ANSWER: acceptance(number),
        Action.REJECT_ANSWER: refusal(number),
        Action.RESOLVE: Step("resolution", {"resolution": "no_verdict"})
        if ticket.last["status"] == "answered"
        else COMMANDS[Action.RESOLVE],
    }
    await ticket.walk(fitting.get(action, COMMANDS[action]))
    assert ticket.last["version"] > version, f"{action} at {place} did nothing"
