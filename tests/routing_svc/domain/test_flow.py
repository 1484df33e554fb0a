"""The transition table is the flow chart CS/TA06-24, and `docs/flow.md` shows it."""

from pathlib import Path
from typing import Final

import pytest

from routing_svc.domain.commands import Action
from routing_svc.domain.flow import CHART, Transition, flow_page, transitions
from routing_svc.domain.rules import RULES
from routing_svc.domain.state import OPEN, Place
from shared_events.contracts.base import Step, Tier
from shared_events.contracts.routing import AnswerAccepted, AnswerRejected, AnswerSubmitted

PAGE: Final = Path(__file__).parents[3] / "docs" / "flow.md"

# The chart as domain.md draws it: from a box, by a decision, through a box without a wait, to a box.
ARROWS: Final = (
    ("dispatch", Action.ROUTE, None, "CSE-10"),
    ("CSE-10", Action.RECORD_PROBLEM, None, "CSE-20"),
    ("CSE-20", Action.RECORD_SEARCH, None, "CSE-30"),
    ("CSE-30", Action.PROPOSE_ANSWER, None, "CSE-40"),
    ("CSE-30", Action.REPORT_NO_ANSWER, None, "PSE-10"),
    ("CSE-40", Action.SUBMIT_ANSWER, None, "CSE-50"),
    ("CSE-50", Action.ACCEPT_ANSWER, None, "CCE-10"),
    ("CSE-50", Action.REJECT_ANSWER, None, "PSE-10"),
    ("PSE-10", Action.RECORD_ANALYSIS, None, "PSE-20"),
    ("PSE-20", Action.PROPOSE_ANSWER, None, "PSE-30"),
    ("PSE-20", Action.REPORT_NO_ANSWER, "technical-case", "RDE-10"),
    ("PSE-30", Action.SUBMIT_ANSWER, None, "PSE-40"),
    ("PSE-40", Action.ACCEPT_ANSWER, None, "CCE-10"),
    ("PSE-40", Action.REJECT_ANSWER, "technical-case", "RDE-10"),
    ("RDE-10", Action.RECORD_ANALYSIS, None, "RDE-20"),
    ("RDE-20", Action.ANSWER_TECHNICAL_CASE, None, "PSE-30"),
)
OFF_THE_CHART: Final = {
    ("RDE-10", Action.SUBMIT_ANSWER, None, "answered-by-RDE"),
    ("RDE-20", Action.SUBMIT_ANSWER, None, "answered-by-RDE"),
    ("answered-by-RDE", Action.ACCEPT_ANSWER, None, "CCE-10"),
    ("answered-by-RDE", Action.REJECT_ANSWER, None, "RDE-10"),
}
"""The recorded exception `answered_by_rde`."""

EVERY: Final = transitions()


def arrow(transition: Transition) -> tuple[str, Action, str | None, str]:
    """A transition in the words of the chart."""
    before = "dispatch" if transition.before is Place.UNROUTED else transition.before.value
    accepted = any(isinstance(event, AnswerAccepted) for event in transition.events)
    case = "technical-case" if any(event.step is Step.TECHNICAL_CASE for event in transition.events) else None
    return before, transition.action, case, "CCE-10" if accepted else transition.after.value


def test_every_arrow_of_the_chart_is_a_transition() -> None:
    assert set(ARROWS) - {arrow(each) for each in EVERY} == set()


def test_the_commands_of_the_chart_go_no_other_way() -> None:
    ways = {arrow(each) for each in EVERY if each.action in CHART and each.before is not each.after}
    assert ways - set(ARROWS) == OFF_THE_CHART


def test_every_step_of_the_chart_is_a_place_or_what_follows_one() -> None:
    places = {place.value for place in Place if place in OPEN} - {"answered-by-RDE"}
    assert {step.value for step in Step} == places | {"technical-case", "CCE-10"}


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.CCE_10], ids=str)
def test_every_step_of_routing_is_on_some_event(step: Step) -> None:
    """CCE-10 is the visit, and feedback's."""
    assert any(event.step is step for each in EVERY for event in each.events)


def test_the_step_of_an_event_is_the_box_where_the_ticket_stood() -> None:
    """A box may be done again before the next ones are, and no box is done ahead."""
    order = [place.value for place in Place]
    for each in EVERY:
        first = next((event.step for event in each.events if event.step), None)
        if first is not None and first is not Step.TECHNICAL_CASE and each.label != "submit_answer by exception":
            assert order.index(first.value) <= order.index(each.before.value), each


def test_rde_submits_only_by_exception() -> None:
    submitted = [event for each in EVERY for event in each.events if isinstance(event, AnswerSubmitted)]
    assert {(event.tier is Tier.RDE, event.exception is not None) for event in submitted} == {
        (False, False),
        (True, True),
    }


def test_a_refused_answer_goes_up() -> None:
    tiers = {
        each.before: each.after for each in EVERY if any(isinstance(event, AnswerRejected) for event in each.events)
    }
    assert tiers == {
        Place.CSE_50: Place.PSE_10,
        Place.PSE_40: Place.RDE_10,
        Place.RDE_ANSWERED: Place.RDE_10,
    }


def test_the_rules_and_the_transitions_name_the_same_places() -> None:
    """The technical case of a ticket at RDE is open already, unless it was imported."""
    ruled = {(action, place) for action, rule in RULES.items() for place in rule.places}
    imported = {(Action.OPEN_TECHNICAL_CASE, Place.RDE_10), (Action.OPEN_TECHNICAL_CASE, Place.RDE_20)}
    assert {(each.action, each.before) for each in EVERY} == ruled - imported


def test_every_place_is_reached() -> None:
    assert {each.after for each in EVERY} == set(Place) - {Place.UNROUTED}


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == flow_page(), "docs/flow.md is stale: run `make schemas`"
