"""The engine agrees with a walk from minute to minute that is written from the rules alone."""

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Final

import pytest
from hypothesis import given, settings

from shared_events.contracts.sla import TurnKind
from sla_svc.domain.clocks.clock import Clock
from sla_svc.domain.clocks.deadlines import breached_at, elapsed_at, in_time
from sla_svc.domain.facts import Observed
from tests.effort import examples
from tests.sla_svc.domain.calendars.oracle import open_minutes
from tests.sla_svc.domain.clocks.arbitrary import CALENDARS, LENGTH_MINUTES, MINUTE, MONDAY, WORK, happenings, seeds
from tests.sla_svc.domain.clocks.oracle import Given, Told, Walked, walked
from tests.sla_svc.domain.scene import DAYS, OFFICE, Facts, book, clocks, row, rule

WALKED_MINUTES: Final = 2 * LENGTH_MINUTES
WEEKS: Final = {"always": {day: ["00:00-24:00"] for day in DAYS}, "office": OFFICE}
METRICS: Final = (
    "first_response",
    "next_reply",
    "periodic_update",
    "reply_submission",
    "tier_cse",
    "tier_pse",
    "tier_rde",
    "total_resolution",
)


@pytest.mark.parametrize("metric", METRICS)
@settings(max_examples=examples(30))
@given(facts=happenings(WORK, late=False), seed=seeds)
def test_a_walk_from_minute_to_minute_finds_the_same_clocks(metric: str, facts: Facts, seed: int) -> None:
    random = Random(seed)
    told = _told(facts.facts)
    # A target that lasts from one fact to another is the one that tells early from late.
    spans = [later[0] - earlier[0] for earlier in told for later in told if later[0] > earlier[0]]
    target = random.choice([*spans, random.randint(1, 200)])
    calendar = random.choice(["always", "office"])
    pauses = frozenset(reason for reason in ("customer", "vendor", "awaiting_verdict") if random.random() < 0.5)
    policy = book(row("all", rule(metric, target * MINUTE, calendar=calendar, pauses=pauses)), calendars=CALENDARS)
    given_that = Given(target, pauses, _open(calendar))
    at_minutes = [_shown(clock) for clock in clocks(_from_contact(facts.facts), policy).get(metric, [])]
    assert at_minutes == walked(metric, told, given_that)


def _from_contact(facts: Sequence[Observed]) -> Sequence[Observed]:
    """Contacted when it was recorded, so that the walk begins there."""
    contact = datetime.fromtimestamp(MONDAY, UTC).isoformat()
    facts[0].data.update(contacted_at=contact)  # type: ignore[attr-defined]  # the scene's facts hold plain dicts
    return facts


def _told(facts: Sequence[Observed]) -> list[Told]:
    ordered = sorted(facts, key=lambda fact: fact.place)
    return [((fact.at - MONDAY) // MINUTE, fact.kind, {**fact.data, "by": fact.by}) for fact in ordered]


def _open(calendar: str) -> list[bool]:
    written = {"timezone": "UTC", "week": WEEKS[calendar], "holidays": [], "partial_days": {}, "extra_days": {}}
    return open_minutes(written, datetime.fromtimestamp(MONDAY, UTC), WALKED_MINUTES)


def _shown(clock: Clock) -> Walked:
    last = MONDAY + WALKED_MINUTES * MINUTE
    ended, breached = clock.ended_at, breached_at(clock, last)
    is_met = clock.turns[-1].kind is TurnKind.MET
    assert not is_met or in_time(clock.turns) is (breached is None)
    return Walked(
        started=(clock.started_at - MONDAY) // MINUTE,
        ended=None if ended is None else (ended - MONDAY) // MINUTE,
        is_met=is_met,
        counted=elapsed_at(clock.turns, last) // MINUTE,
        breached=None if breached is None else (breached - MONDAY) // MINUTE,
    )
