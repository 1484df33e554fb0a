"""What holds of clocks whatever happens to a ticket, whatever the policy says, and in whatever order it is known."""

from collections import Counter
from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from shared_events.contracts.sla import (
    ClockStarted,
    SlaBreached,
    SlaBreachRetracted,
    SlaWarned,
    SlaWarningRetracted,
    TurnKind,
)
from sla_svc.domain.clocks.clock import BREACH, ENDS, Clock, Mark
from sla_svc.domain.clocks.deadlines import crossings, deadline_of, elapsed_at, in_time
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.facts import Observed, seconds
from sla_svc.domain.metrics import METRICS
from tests.effort import examples
from tests.sla_svc.domain.clocks.arbitrary import (
    LENGTH_MINUTES,
    MINUTE,
    MONDAY,
    any_policy,
    batches_in_any_order,
    happenings,
    numbers,
    seeds,
)
from tests.sla_svc.domain.clocks.telling import Telling, standing
from tests.sla_svc.domain.scene import FAR, Facts

AT_LAST = MONDAY + 100 * 86_400


@settings(max_examples=examples(40))
@given(happenings(), seeds)
def test_the_same_facts_lead_to_the_same_clocks_in_whatever_order_they_come(facts: Facts, seed: int) -> None:
    step_by_step = _told(facts.facts, Random(seed))
    at_once = Telling(step_by_step.rulebook)
    at_once.take(*facts.facts)
    at_once.pass_to(AT_LAST)
    assert standing(step_by_step.clocks, marks=False) == standing(at_once.clocks, marks=False)
    assert _breaches(step_by_step.clocks) == _breaches(at_once.clocks)


@settings(max_examples=examples(40))
@given(happenings(), seeds)
def test_the_clocks_are_restored_from_what_was_said(facts: Facts, seed: int) -> None:
    telling = _told(facts.facts, Random(seed))
    assert {clock.clock_id: clock for clock in telling.restored()} == {
        clock.clock_id: clock for clock in telling.clocks
    }


@settings(max_examples=examples(40))
@given(happenings(), seeds)
def test_judging_again_says_nothing(facts: Facts, seed: int) -> None:
    telling = _told(facts.facts, Random(seed))
    assert telling.again() == []
    assert telling.pass_to(AT_LAST) == []


@settings(max_examples=examples(40))
@given(happenings(), seeds)
def test_nothing_is_said_twice(facts: Facts, seed: int) -> None:
    telling = _told(facts.facts, Random(seed))
    said: Counter[tuple[str, str, int]] = Counter()
    for event in (each.event for each in telling.said):
        match event:
            case SlaWarned() | SlaBreached():
                name = event.warning if isinstance(event, SlaWarned) else BREACH
                said[event.clock_id, name, seconds(event.at)] += 1
            case SlaWarningRetracted():
                said[event.clock_id, event.warning, seconds(event.warned_at)] -= 1
            case SlaBreachRetracted():
                said[event.clock_id, BREACH, seconds(event.breached_at)] -= 1
            case ClockStarted():
                assert not said[event.clock_id, "started", 0]
                said[event.clock_id, "started", 0] += 1
            case _:
                pass
        assert set(said.values()) <= {0, 1}


@settings(max_examples=examples(40))
@given(happenings(), seeds)
def test_a_breach_is_said_iff_it_is_true(facts: Facts, seed: int) -> None:
    telling = _told(facts.facts, Random(seed))
    for clock in telling.clocks:
        true = set() if clock.is_superseded else {each.at for each in crossings(clock.turns) if each.name == BREACH}
        assert {mark.at for mark in clock.marks if mark.name == BREACH} == true
        if clock.turns[-1].kind is TurnKind.MET and all(turn.kind is not TurnKind.RETARGETED for turn in clock.turns):
            assert in_time(clock.turns) is (not true)


@settings(max_examples=examples(40))
@given(happenings(), seeds)
def test_clocks_are_numbered_and_their_turns_are_in_order(facts: Facts, seed: int) -> None:
    found = judge(facts.facts, any_policy(Random(seed)), METRICS, FAR)
    assert len({clock.clock_id for clock in found}) == len(found)
    for metric in METRICS:
        cycles = [clock.cycle for clock in found if clock.metric == metric]
        assert cycles == list(range(1, len(cycles) + 1))
    for clock in found:
        _is_orderly(clock)


@settings(max_examples=examples(40))
@given(happenings(), seeds, numbers, st.sampled_from(["customer", "vendor"]))
def test_pausing_and_resuming_at_the_same_moment_changes_nothing(
    facts: Facts, seed: int, minute: int, reason: str
) -> None:
    policy = any_policy(Random(seed))
    before = _gist(judge(facts.facts, policy, METRICS, FAR))
    moment = MONDAY + minute * MINUTE + 1
    if _waits(facts.facts, moment, reason):
        return
    facts.add(moment, "TicketPaused", reason=reason)
    facts.add(moment, "TicketResumed", reason=reason)
    assert _gist(judge(facts.facts, policy, METRICS, FAR)) == before


@settings(max_examples=examples(40))
@given(happenings(), seeds, st.lists(numbers, min_size=3, max_size=3).map(sorted))
def test_what_elapses_adds_up(facts: Facts, seed: int, cuts: list[int]) -> None:
    first, middle, last = (MONDAY + cut * MINUTE for cut in cuts)
    for clock in judge(facts.facts, any_policy(Random(seed)), METRICS, FAR):
        if any(turn.kind is TurnKind.RETARGETED for turn in clock.turns):
            continue
        at = [elapsed_at(clock.turns, moment) for moment in (first, middle, last)]
        assert at == sorted(at)
        deadline = deadline_of(clock.turns)
        if deadline is not None:
            assert elapsed_at(clock.turns, deadline) == clock.terms.rule.target_seconds


def _told(facts: Sequence[Observed], random: Random) -> Telling:
    """By any policy, in any order, while time goes on and thresholds fall due on what is known."""
    telling = Telling(any_policy(random))
    now = MONDAY
    for batch in batches_in_any_order(facts, random):
        telling.take(*batch)
        if random.random() < 0.5:
            now += random.randint(0, LENGTH_MINUTES) * MINUTE
            telling.pass_to(now)
    telling.pass_to(AT_LAST)
    return telling


def _gist(clocks: Sequence[Clock]) -> list[tuple[object, ...]]:
    """What a clock comes to; that it stood still for no time is no matter."""
    return [
        (
            clock.clock_id,
            clock.cycle,
            clock.state,
            clock.started_at,
            clock.ended_at,
            deadline_of(clock.turns),
            elapsed_at(clock.turns, AT_LAST),
            [(each.name, each.at, each.deadline) for each in crossings(clock.turns)],
        )
        for clock in clocks
    ]


def _breaches(clocks: Sequence[Clock]) -> set[tuple[str, Mark]]:
    return {(clock.clock_id, mark) for clock in clocks for mark in clock.marks if mark.name == BREACH}


def _is_orderly(clock: Clock) -> None:
    kinds = [turn.kind for turn in clock.turns]
    assert kinds[0] is TurnKind.STARTED
    assert not ENDS & set(kinds[:-1])
    moments = [turn.at for turn in clock.turns]
    # What was done before it was to begin is the one thing that is not in order.
    assert moments == sorted(moments) or (len(moments) == 2 and kinds[1] in ENDS)
    assert all(turn.elapsed >= 0 for turn in clock.turns)


def _waits(facts: Sequence[Observed], moment: int, reason: str) -> bool:
    last = [
        fact.kind
        for fact in sorted(facts, key=lambda fact: fact.place)
        if fact.at <= moment and fact.kind in {"TicketPaused", "TicketResumed"} and fact.data["reason"] == reason
    ]
    return last[-1:] == ["TicketPaused"]
