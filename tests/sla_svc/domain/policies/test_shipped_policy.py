"""The shipped policy covers CS/TA06-24 and the complaint grades, and promises what intake promises."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import product
from typing import Final

import pytest

from intake_svc.domain.expected_reply import reply_after_classification, reply_after_reception
from shared_events.contracts.intake import Channel, ComplaintGrade, Importance, Urgency
from shared_events.contracts.sla import OnChange
from sla_svc.adapters.documents import read_document
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.policies.compilation import policy_of
from sla_svc.domain.policies.document import PolicyDocument
from sla_svc.domain.policies.rules import Rule
from sla_svc.domain.policies.table import Policy
from sla_svc.domain.policies.vocabulary import Vocabulary
from sla_svc.domain.story import REASONS

NAME: Final = "policy-cs-ta06-24.yaml"
HOUR: Final = 3600
NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def policy() -> Policy:
    text = (files("sla_svc") / "shipped" / NAME).read_text(encoding="utf-8")
    document = read_document(text, NAME, PolicyDocument, Vocabulary(METRICS, REASONS, ("always", "china")))
    return policy_of(document, version=str(document.version))


def rule(policy: Policy, metric: str, **attributes: str) -> Rule:
    found = policy.match(metric, attributes)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("grade", "metric", "target_seconds", "calendar"),
    [
        ("A", "first_response", HOUR, "always"),
        ("A", "complaint_handling", 24 * HOUR, "always"),
        ("B", "first_response", 2 * HOUR, "china"),
        ("B", "complaint_handling", 48 * HOUR, "china"),
    ],
)
def test_complaints_are_answered_and_handled_as_the_regulation_says_whoever_complains(
    policy: Policy, grade: str, metric: str, target_seconds: int, calendar: str
) -> None:
    for channel, urgency, importance in product(Channel, Urgency, Importance):
        found = rule(policy, metric, grade=grade, channel=channel, urgency=urgency, importance=importance)
        assert (found.target_seconds, found.calendar) == (target_seconds, calendar)


def test_the_time_of_cse_and_of_a_reply_begins_with_the_contact(policy: Policy) -> None:
    for metric in ("first_response", "reply_submission", "tier_cse", "total_resolution"):
        assert rule(policy, metric, channel="telephone", importance="normal").start in {"", "contacted"}
        assert next(iter(METRICS[metric].starts)) == "contacted"


@pytest.mark.parametrize(("channel", "importance"), list(product(Channel, Importance)))
def test_a_reply_is_due_when_the_acknowledgement_promises_it(
    policy: Policy, channel: Channel, importance: Importance
) -> None:
    found = rule(policy, "reply_submission", channel=channel, importance=importance)

    assert found.calendar == "always"
    assert NOON + timedelta(seconds=found.target_seconds) == reply_after_reception(NOON, channel, importance)


@pytest.mark.parametrize(("urgency", "importance"), list(product(Urgency, Importance)))
def test_a_reply_is_due_when_the_classification_asks_for_it_but_never_later_than_was_promised(
    policy: Policy, urgency: Urgency, importance: Importance
) -> None:
    for channel in Channel:
        found = rule(policy, "reply_submission", channel=channel, urgency=urgency, importance=importance)
        asked = reply_after_classification(NOON, urgency, importance, None)
        promised = reply_after_reception(NOON, channel, importance)
        assert (found.calendar, found.on_change) == ("always", OnChange.KEEP)
        assert NOON + timedelta(seconds=found.target_seconds) == min(asked, promised)


@pytest.mark.parametrize("grade", list(ComplaintGrade))
def test_the_response_to_a_complaint_is_due_as_long_after_it_as_is_promised(
    policy: Policy, grade: ComplaintGrade
) -> None:
    found = rule(policy, "first_response", grade=grade)
    promised = reply_after_classification(NOON, Urgency.LOW, Importance.IMPORTANT, grade)
    assert NOON + timedelta(seconds=found.target_seconds) == promised


def test_the_first_response_to_anything_is_due_before_the_reply(policy: Policy) -> None:
    urgencies: list[Urgency | None] = [None, *Urgency]
    for channel, urgency, importance in product(Channel, urgencies, Importance):
        known = {"channel": channel, "urgency": urgency, "importance": importance}
        response, reply = policy.match("first_response", known), policy.match("reply_submission", known)
        assert response is not None
        assert reply is not None
        assert response.calendar == reply.calendar == "always"
        assert response.target_seconds <= reply.target_seconds


def test_every_consultation_has_every_clock_but_those_that_complaints_have_otherwise(policy: Policy) -> None:
    for channel, urgency, grade in product(Channel, [None, *Urgency], [None, *ComplaintGrade]):
        known = {"channel": channel, "urgency": urgency, "grade": grade, "importance": "normal"}
        missing = {metric for metric in METRICS if policy.match(metric, known) is None}
        assert missing == ({"complaint_handling"} if grade is None else {"reply_submission", "total_resolution"})
