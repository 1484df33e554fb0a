"""R2, R3 and R5: category, request kind, complexity, urgency, and a grade for complaints."""

from datetime import timedelta
from typing import Any

import pytest

from intake_svc.domain.consultation import Refusal
from shared_events.contracts.base import Origin
from shared_events.contracts.intake import (
    Category,
    ComplaintGrade,
    Complexity,
    Importance,
    RequestKind,
    Urgency,
)
from tests.intake_svc.examples import CLASSIFIED, ONE, classified, classify, corrected, received


def test_a_classification_asks_for_a_reply_no_later_than_was_promised() -> None:
    received.when(classify()).then(CLASSIFIED)


def test_an_urgent_one_asks_for_a_reply_sooner_than_was_promised() -> None:
    soon = {"urgency": Urgency.CRITICAL, "expected_reply_at": ONE + timedelta(hours=2)}
    received.when(classify(urgency=Urgency.CRITICAL)).then(CLASSIFIED.model_copy(update=soon))


def test_a_person_may_set_the_time_of_the_reply() -> None:
    later = ONE + timedelta(days=3)
    received.when(classify(expected_reply_at=later)).then(CLASSIFIED.model_copy(update={"expected_reply_at": later}))


def test_a_time_that_a_person_sets_lies_ahead() -> None:
    received.when(classify(expected_reply_at=ONE)).then_refused(Refusal.EXPECTED_REPLY_IN_THE_PAST)


def test_an_imported_classification_asks_for_nothing_that_history_does_not_show() -> None:
    imported = CLASSIFIED.model_copy(update={"expected_reply_at": None})
    received.when(classify(origin=Origin.IMPORT)).then(imported)


def test_a_complaint_needs_its_grade() -> None:
    received.when(classify(category=Category.COMPLAINT)).then_refused(Refusal.COMPLAINT_WITHOUT_GRADE)


@pytest.mark.parametrize("category", [category for category in Category if category is not Category.COMPLAINT])
def test_only_a_complaint_has_a_grade(category: Category) -> None:
    graded = classify(category=category, complaint_grade=ComplaintGrade.A)
    received.when(graded).then_refused(Refusal.GRADE_WITHOUT_COMPLAINT)


def test_the_grade_of_a_complaint_sets_the_time_of_the_reply() -> None:
    graded = {"category": Category.COMPLAINT, "complaint_grade": ComplaintGrade.A}
    received.when(classify(**graded)).then(
        CLASSIFIED.model_copy(update=graded | {"expected_reply_at": ONE + timedelta(hours=1)})
    )


def test_the_same_classification_again_is_no_news() -> None:
    classified.when(classify()).then_nothing()
    classified.when(classify(at=ONE + timedelta(days=1))).then_nothing()
    classified.when(classify(expected_reply_at=CLASSIFIED.expected_reply_at)).then_nothing()


def test_a_time_that_a_person_sets_is_news_and_stays_when_nobody_sets_another() -> None:
    later = ONE + timedelta(days=3)
    loosened = CLASSIFIED.model_copy(update={"expected_reply_at": later})
    classified.when(classify(expected_reply_at=later)).then(loosened)
    classified.given(loosened).when(classify()).then_nothing()


@pytest.mark.parametrize(
    "change",
    [
        {"category": Category.FEES},
        {"request_kind": RequestKind.NEW_DEMAND},
        {"complexity": Complexity.SIMPLE},
        {"urgency": Urgency.LOW},
    ],
)
def test_another_classification_replaces_the_last_one(change: dict[str, Any]) -> None:
    classified.when(classify(**change)).then(CLASSIFIED.model_copy(update=change))


def test_a_requirement_is_always_news_because_it_is_sealed() -> None:
    classified.when(classify(requirement="On site.")).then(CLASSIFIED.model_copy(update={"requirement": "On site."}))


def test_the_importance_of_the_record_is_repeated() -> None:
    important = classified.given(corrected(importance=Importance.IMPORTANT))
    important.when(classify()).then(CLASSIFIED.model_copy(update={"importance": Importance.IMPORTANT}))
