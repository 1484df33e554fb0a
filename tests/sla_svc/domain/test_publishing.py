"""Publishing calendars and policies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from shared_events.contracts.sla import CalendarPublished, CalendarUsed, PolicyPublished
from shared_events.testing import Spec
from sla_svc.domain.publishing import DECIDER, LEAD, PublishCalendar, PublishPolicy, Refusal

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
rulebook: Final = Spec(DECIDER)

CALENDAR: Final = PublishCalendar(at=NOON, by="l1", name="office", version="c1", document="{}", zone_data="2026f")
CALENDAR_OUT: Final = CalendarPublished(at=NOON, by="l1", name="office", version="c1", document="{}", zone_data="2026f")
POLICY: Final = PublishPolicy(
    at=NOON, by="l1", name="ours", document='{"rows":[]}', calendars=["always", "office"], shipped={"always": "a1"}
)
POLICY_OUT: Final = PolicyPublished(
    at=NOON,
    by="l1",
    name="ours",
    version="1",
    effective_from=NOON + LEAD,
    document='{"rows":[]}',
    calendars=(CalendarUsed(name="always", version="a1"), CalendarUsed(name="office", version="c1")),
)


def test_a_calendar_is_published_with_the_digest_of_its_dates_as_version() -> None:
    rulebook.when(CALENDAR).then(CALENDAR_OUT)


def test_a_calendar_that_is_published_unchanged_is_published_once() -> None:
    rulebook.given(CALENDAR_OUT).when(replace(CALENDAR, at=NOON + timedelta(hours=1))).then_nothing()


def test_a_policy_pins_the_versions_of_the_calendars_that_it_names() -> None:
    rulebook.given(CALENDAR_OUT).when(POLICY).then(POLICY_OUT)


def test_a_policy_that_is_published_unchanged_is_published_once() -> None:
    again = replace(POLICY, at=NOON + timedelta(hours=1))
    rulebook.given(CALENDAR_OUT, POLICY_OUT).when(again).then_nothing()
    rulebook.given(CALENDAR_OUT, POLICY_OUT).when(replace(again, effective_from=NOON + LEAD)).then_nothing()


def test_going_back_to_an_earlier_policy_is_a_new_version_of_it() -> None:
    other = POLICY_OUT.model_copy(update={"name": "theirs"})
    for theirs in (other, other.model_copy(update={"effective_from": NOON + timedelta(minutes=30)})):
        later = NOON + timedelta(hours=1)
        back = replace(POLICY, at=later)
        again = POLICY_OUT.model_copy(update={"version": "2", "at": later, "effective_from": later + LEAD})
        rulebook.given(CALENDAR_OUT, POLICY_OUT, theirs).when(back).then(again)
        rulebook.given(CALENDAR_OUT, POLICY_OUT, theirs, again).when(back).then_nothing()


def test_a_policy_that_is_planned_for_later_is_published_at_once_as_well() -> None:
    planned = POLICY_OUT.model_copy(update={"effective_from": NOON + timedelta(days=90)})
    at_once = POLICY_OUT.model_copy(update={"version": "2"})
    rulebook.given(CALENDAR_OUT, planned).when(POLICY).then(at_once)


def test_a_policy_stays_when_it_is_published_for_a_moment_at_which_it_would_apply_anyway() -> None:
    later = replace(POLICY, effective_from=NOON + timedelta(days=90))
    rulebook.given(CALENDAR_OUT, POLICY_OUT).when(later).then_nothing()
    theirs = POLICY_OUT.model_copy(update={"name": "theirs", "effective_from": NOON + timedelta(days=90)})
    taken_back = POLICY_OUT.model_copy(update={"version": "2", "effective_from": NOON + timedelta(days=90)})
    rulebook.given(CALENDAR_OUT, POLICY_OUT, theirs).when(replace(POLICY, at=NOON)).then_nothing()
    rulebook.given(CALENDAR_OUT, POLICY_OUT, theirs).when(later).then(taken_back)


def test_the_version_that_says_what_was_asked_for_is_the_one_that_applies_then() -> None:
    again = POLICY_OUT.model_copy(update={"version": "2", "effective_from": NOON + timedelta(days=90)})
    theirs = POLICY_OUT.model_copy(update={"name": "theirs", "effective_from": NOON + timedelta(days=30)})
    published = DECIDER.fold(DECIDER.initial, [CALENDAR_OUT, POLICY_OUT, theirs, again])
    assert published.published_as(POLICY) == POLICY_OUT
    assert published.published_as(replace(POLICY, effective_from=again.effective_from)) == again
    assert published.published_as(replace(POLICY, name="nobody's")) is None


def test_the_same_policy_with_a_newer_calendar_is_a_new_version() -> None:
    newer = CALENDAR_OUT.model_copy(update={"version": "c2"})
    used = (POLICY_OUT.calendars[0], CalendarUsed(name="office", version="c2"))
    next_one = POLICY_OUT.model_copy(update={"version": "2", "calendars": used})
    rulebook.given(CALENDAR_OUT, POLICY_OUT, newer).when(POLICY).then(next_one)


def test_the_first_version_after_a_shipped_one_counts_on() -> None:
    second = POLICY_OUT.model_copy(update={"version": "2"})
    rulebook.given(CALENDAR_OUT).when(replace(POLICY, version_before=1)).then(second)


def test_a_policy_is_effective_no_sooner_than_every_worker_knows_it() -> None:
    soon = replace(POLICY, effective_from=NOON + LEAD - timedelta(seconds=1))
    rulebook.given(CALENDAR_OUT).when(soon).then_refused(Refusal.TOO_SOON)


def test_a_policy_that_names_an_unknown_calendar_is_refused() -> None:
    rulebook.when(POLICY).then_refused(Refusal.UNKNOWN_CALENDAR)


def test_a_published_calendar_hides_a_shipped_one_of_its_name() -> None:
    command = replace(POLICY, calendars=["office"], shipped={"office": "old"})
    (event,) = DECIDER.decide(command, DECIDER.fold(DECIDER.initial, [CALENDAR_OUT]))
    assert isinstance(event, PolicyPublished)
    assert event.calendars == (CalendarUsed(name="office", version="c1"),)
