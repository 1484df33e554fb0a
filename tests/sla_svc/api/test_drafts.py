"""Drafts take the place of what they are drafts of, and everything that is wrong with them is told together."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from shared_events.http import Problem
from sla_svc.adapters.rulebooks import Known, calendars_of, rulebook_of, shipped_by_name
from sla_svc.api.drafts import Draft, draft_of
from sla_svc.domain.publishing import Published

NOTHING_PUBLISHED: Final = Published()
SHIPPED: Final = calendars_of(NOTHING_PUBLISHED)
KNOWN: Final = Known(rulebook_of(NOTHING_PUBLISHED, SHIPPED), NOTHING_PUBLISHED, SHIPPED, 0)

LATER: Final = "ship: china\nweek: {mon: ['09:00-19:00']}\n"
POLICY: Final = """
name: ours
rows:
  - name: all
    metrics:
      first_response: {target: 4h, calendar: china}
      total_resolution: {target: 72h, calendar: always}
"""


def versions(draft: Draft) -> Mapping[str, str]:
    """Of the calendars that each policy of the draft goes by."""
    (edition,) = draft.rulebook.editions()
    return {name: calendar.version for name, calendar in edition.calendars.items()}


def refused(policy: str | None = None, **calendars: str) -> Problem:
    with pytest.raises(Problem) as problem:
        draft_of(policy, calendars, KNOWN)
    return problem.value


def errors_of(problem: Problem) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = problem.extensions["errors"]
    return found


def test_a_draft_of_a_policy_goes_by_the_calendars_that_there_are() -> None:
    draft = draft_of(POLICY, {}, KNOWN)
    assert draft.has_policy
    assert versions(draft) == {name: calendar.version for name, calendar in shipped_by_name().items()}


def test_a_draft_of_a_calendar_goes_before_the_one_of_its_name() -> None:
    changed = versions(draft_of(POLICY, {"china": LATER}, KNOWN))
    assert changed["china"] != shipped_by_name()["china"].version
    assert changed["always"] == shipped_by_name()["always"].version


def test_a_draft_of_a_policy_may_name_a_calendar_that_is_a_draft_itself() -> None:
    draft = draft_of(POLICY.replace("china", "beijing"), {"beijing": LATER}, KNOWN)
    assert versions(draft).keys() == {"always", "beijing"}


def test_a_calendar_alone_is_tried_with_the_policies_as_they_were() -> None:
    draft = draft_of(None, {"china": LATER}, KNOWN)
    (edition,), (before,) = draft.rulebook.editions(), KNOWN.rulebook.editions()
    assert not draft.has_policy
    assert edition.policy is before.policy
    assert edition.calendars["always"] is before.calendars["always"]
    assert edition.calendars["china"].version != before.calendars["china"].version


def test_the_mistakes_of_all_documents_are_told_at_once_each_where_it_is() -> None:
    problem = refused(
        POLICY.replace("72h", "-72h"),
        china="ship: chian\n",
        beijing="timezone: Asia/Peking\nweek: {mon: ['09:00-12:00', '11:00-13:00']}\n",
        paris="timezone: Europe/Pairs\nweek: {}\n",
    )
    assert (problem.status, problem.code) == (422, "INVALID_DOCUMENT")
    assert [(each["pointer"], each["line"], each["column"]) for each in errors_of(problem)] == [
        ("/calendars/china", 1, 7),
        ("/calendars/beijing", 2, 29),
        ("/calendars/paris", 1, 11),
        ("/document", 7, 34),
    ]
    told = [each["expected"] for each in errors_of(problem)]
    assert told[0] == "ship: expected a shipped calendar, one of always, china; found 'chian'"
    assert "Europe/Pairs" in told[2]


@pytest.mark.parametrize("policy", [None, POLICY])
def test_a_calendar_by_which_nothing_goes_is_refused_with_those_that_are_in_use(policy: str | None) -> None:
    problem = refused(policy, cihna=LATER)
    assert (problem.status, problem.code) == (422, "IDLE_CALENDAR")
    expected = "a calendar by which a rule goes, one of always, china"
    assert errors_of(problem) == [{"pointer": "/calendars/cihna", "expected": expected, "found": "cihna"}]
