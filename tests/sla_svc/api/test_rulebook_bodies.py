"""The list of policies says which one is in force when, whatever their names."""

from datetime import UTC, datetime, timedelta
from typing import Final

from shared_events.contracts.sla import CalendarUsed, PolicyPublished
from sla_svc.adapters.rulebooks import (
    Known,
    calendars_of,
    rulebook_of,
    shipped_by_name,
    shipped_edition,
    shipped_policy,
)
from sla_svc.api.rulebook_bodies import InForce, policies_out
from sla_svc.domain.facts import seconds
from sla_svc.domain.publishing import Published

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY: Final = timedelta(days=1)
DOCUMENT: Final = '{"name":"a","rows":[{"name":"r","metrics":{"first_response":{"target":3600,"calendar":"always"}}}]}'


def policy(name: str, effective_from: datetime, version: str = "1") -> PolicyPublished:
    return PolicyPublished(
        at=NOON - 9 * DAY,
        by="l1",
        name=name,
        version=version,
        effective_from=effective_from,
        document=DOCUMENT.replace('"a"', f'"{name}"'),
        calendars=(CalendarUsed(name="always", version=shipped_by_name()["always"].version),),
    )


def listed(*policies: PolicyPublished, now: datetime = NOON) -> list[tuple[str, str, datetime | None]]:
    published = Published(policies=policies)
    known = Known(rulebook_of(published, calendars_of(published)), published, calendars_of(published), len(policies))
    items = policies_out(known, (shipped_policy(), shipped_edition()), now).items
    (in_force,) = [item for item in items if item.in_force is InForce.NOW]
    applies = known.rulebook.in_force(seconds(now)).policy
    assert (in_force.name, in_force.version) == (applies.name, applies.version)
    return [(f"{item.name} {item.version}", item.in_force, item.in_force_until) for item in items]


def test_what_is_shipped_is_in_force_until_something_is_published() -> None:
    assert listed() == [("CS-TA06-24 1", "now", None)]


def test_policies_follow_one_another_whatever_their_names_and_in_whatever_order_they_were_published() -> None:
    theirs, ours, again = policy("theirs", NOON - DAY), policy("ours", NOON), policy("theirs", NOON + DAY, "2")
    for order in ((theirs, ours, again), (again, ours, theirs)):
        assert listed(*order) == [
            ("CS-TA06-24 1", "past", NOON - DAY),
            ("theirs 1", "past", NOON),
            ("ours 1", "now", NOON + DAY),
            ("theirs 2", "future", None),
        ]


def test_of_policies_with_the_same_moment_the_one_that_was_published_last_is_in_force_and_the_others_never() -> None:
    at_once = NOON + timedelta(microseconds=1)
    assert listed(policy("a", at_once), policy("b", NOON), policy("c", NOON + DAY), policy("d", NOON + DAY)) == [
        ("CS-TA06-24 1", "past", at_once),
        ("a 1", "never", None),
        ("b 1", "now", NOON + DAY),
        ("c 1", "never", None),
        ("d 1", "future", None),
    ]
