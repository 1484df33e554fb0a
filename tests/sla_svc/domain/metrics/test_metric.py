"""A metric of events that come later needs its own few lines, and nothing new of the engine."""

from dataclasses import replace
from random import Random

from hypothesis import given

from shared_events.contracts.sla import CancelReason
from sla_svc.domain.clocks.clock import BREACH, State
from sla_svc.domain.clocks.deadlines import crossings, deadline_of, in_time
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.facts import Observed, seconds_of_text
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.policies.rules import Threshold
from sla_svc.domain.story import Story
from tests.sla_svc.domain.clocks.arbitrary import any_policy, happenings, seeds
from tests.sla_svc.domain.clocks.telling import Telling
from tests.sla_svc.domain.scene import FAR, OFFICE, Facts, at, book, calendar, clocks, row, rule

MINUTE, DAY = 60, 86_400


def raised(fact: Observed, _: Story) -> int | None:
    """A word that raises the alarm was heard (R6)."""
    return fact.at if fact.kind == "AlarmRaised" else None


def reported(fact: Observed, _: Story) -> int | None:
    """The shift leader knows."""
    return fact.at if fact.kind == "AlarmReported" else None


def taken_back(fact: Observed, _: Story) -> CancelReason | None:
    """It was only a threat."""
    return CancelReason.WITHDRAWN if fact.kind == "ConsultationWithdrawn" else None


ALARM_REPORT = Metric(
    name="alarm_report", starts={"raised": raised}, stops={"reported": reported}, ends=taken_back, only_once=False
)


def opened(fact: Observed, _: Story) -> int | None:
    """The report of what has to be corrected (R7)."""
    return seconds_of_text(fact.data["reported_at"]) if fact.kind == "CorrectiveActionOpened" else None


def planned(fact: Observed, _: Story) -> int | None:
    """Cause analysis and plan are there."""
    return fact.at if fact.kind == "CorrectiveActionPlanned" else None


def closed(fact: Observed, _: Story) -> int | None:
    """It is corrected."""
    return fact.at if fact.kind == "CorrectiveActionClosed" else None


def action(fact: Observed) -> str:
    """Several may be open."""
    return str(fact.data.get("action_id", ""))


PLAN = Metric(
    name="corrective_plan", starts={"opened": opened}, stops={"planned": planned}, ends=taken_back, key=action
)
CLOSING = Metric(
    name="corrective_closing", starts={"opened": opened}, stops={"closed": closed}, ends=taken_back, key=action
)


def test_an_alarm_is_reported_within_ten_minutes() -> None:
    facts = Facts()
    policy = book(row("all", rule("alarm_report", 10 * MINUTE, warnings=(Threshold("5m", 5 * MINUTE),))))
    telling = Telling(policy, {"alarm_report": ALARM_REPORT})
    telling.take(facts.received("2026-03-02 09:00"), facts.add("2026-03-02 09:05", "AlarmRaised"))
    telling.take(facts.add("2026-03-02 09:14", "AlarmReported"))
    telling.take(facts.add("2026-03-02 09:30", "AlarmRaised"))
    assert telling.pass_to("2026-03-02 10:00") == ["SlaWarned", "SlaWarned", "SlaBreached"]
    first, second = telling.named("alarm_report")
    assert (first.state, in_time(first.turns)) == (State.MET, True)
    assert [(each.name, each.at) for each in crossings(second.turns)][-1] == (BREACH, at("2026-03-02 09:40"))


def test_a_corrective_action_is_planned_in_three_days_and_closed_in_ten() -> None:
    office = calendar("office", week=OFFICE)
    rules = rule("corrective_plan", 3 * DAY), rule("corrective_closing", 10 * DAY)
    facts = Facts()
    for number in (1, 2):
        said = {"action_id": f"a{number}", "reported_at": f"2026-03-0{number}T12:00:00+00:00"}
        facts.add("2026-03-03 09:00", "CorrectiveActionOpened", **said)
    facts.add("2026-03-04 12:00", "CorrectiveActionPlanned", action_id="a1")
    facts.add("2026-03-06 12:00", "CorrectiveActionPlanned", action_id="a2")
    facts.add("2026-03-11 12:00", "CorrectiveActionClosed", action_id="a1")
    found = clocks(
        facts, book(row("all", *rules), calendars=[office]), metrics={each.name: each for each in (PLAN, CLOSING)}
    )
    assert [in_time(clock.turns) for clock in found["corrective_plan"]] == [True, False]
    assert [deadline_of(clock.turns) for clock in found["corrective_closing"]] == [None, at("2026-03-12 12:00")]


def test_metrics_of_later_events_run_beside_those_that_there_are() -> None:
    facts = Facts()
    facts.received("2026-03-02 09:00")
    facts.add("2026-03-02 09:05", "AlarmRaised")
    policy = book(row("all", rule("alarm_report", 10 * MINUTE), rule("first_response", 60 * MINUTE)))
    found = clocks(facts, policy, metrics={**METRICS, "alarm_report": ALARM_REPORT})
    assert {metric: deadline_of(clock.turns) for metric, (clock,) in found.items()} == {
        "alarm_report": at("2026-03-02 09:15"),
        "first_response": at("2026-03-02 10:00"),
    }


@given(happenings(), seeds)
def test_what_a_metric_does_not_hear_does_not_concern_it(facts: Facts, seed: int) -> None:
    all_ears = {name: replace(metric, hears=None) for name, metric in METRICS.items()}
    policy = any_policy(Random(seed))
    assert judge(facts.facts, policy, METRICS, FAR) == judge(facts.facts, policy, all_ears, FAR)
