"""A decision table answers with the first row that matches and speaks of the metric, and can say why."""

from collections.abc import Mapping
from itertools import product
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from sla_svc.domain.policies.rules import Rule
from sla_svc.domain.policies.table import MEMORY_MAX, Condition, Outcome, Policy, Row, RowTried

GRADE_A: Final = Condition("grade", ("A",))
BY_MAIL: Final = Condition("channel", ("email", "letter"))


def rule(row: str, metric: str = "first_response") -> Rule:
    return Rule(metric=metric, row=row, target_seconds=3600, calendar="always")


def row(name: str, *conditions: Condition, metrics: tuple[str, ...] = ("first_response",)) -> Row:
    return Row(name, conditions, {metric: rule(name, metric) for metric in metrics})


def policy(*rows: Row) -> Policy:
    return Policy("centre", "centre@1", None, rows)


def test_the_first_row_that_matches_counts() -> None:
    asked = policy(row("complaint", GRADE_A), row("mail", BY_MAIL), row("everything"))

    assert asked.match("first_response", {"grade": "A", "channel": "email"}) == rule("complaint")
    assert asked.match("first_response", {"grade": "B", "channel": "letter"}) == rule("mail")
    assert asked.match("first_response", {"grade": "B", "channel": "chat"}) == rule("everything")


def test_a_row_that_is_silent_about_the_metric_leaves_it_to_the_next() -> None:
    asked = policy(row("complaint", GRADE_A), row("everything", metrics=("next_reply",)))

    assert asked.match("next_reply", {"grade": "A"}) == rule("everything", "next_reply")
    assert asked.match("tier_cse", {"grade": "A"}) is None


def test_a_condition_does_not_match_what_is_not_known_yet() -> None:
    asked = policy(row("complaint", GRADE_A))

    assert asked.match("first_response", {}) is None
    assert asked.match("first_response", {"grade": None}) is None


def test_a_row_can_say_that_there_is_no_clock() -> None:
    asked = policy(Row("complaint", (GRADE_A,), {"next_reply": None}), row("everything", metrics=("next_reply",)))

    assert asked.match("next_reply", {"grade": "A"}) is None
    assert asked.match("next_reply", {"grade": "B"}) == rule("everything", "next_reply")


def test_every_row_that_was_asked_says_why_it_does_not_count() -> None:
    asked = policy(
        row("silent", metrics=("next_reply",)), row("mail", GRADE_A, BY_MAIL), row("complaint", GRADE_A), row("rest")
    )

    assert asked.explain("first_response", {"grade": "A", "channel": "chat"}) == [
        RowTried("silent", Outcome.SILENT),
        RowTried("mail", Outcome.FAILED, "channel", ("email", "letter"), "chat"),
        RowTried("complaint", Outcome.MATCHED),
    ]


def test_where_no_row_matches_all_are_explained() -> None:
    asked = policy(row("complaint", GRADE_A))

    assert asked.explain("first_response", {}) == [RowTried("complaint", Outcome.FAILED, "grade", ("A",), None)]


attributes: st.SearchStrategy[Mapping[str, str | None]] = st.dictionaries(
    st.sampled_from(["grade", "channel", "product"]), st.sampled_from([None, "A", "B", "chat", "printer"])
)
conditions = st.builds(
    Condition,
    st.sampled_from(["grade", "channel", "product"]),
    st.lists(st.sampled_from(["A", "B", "chat", "printer"]), min_size=1, unique=True).map(tuple),
)
rows = st.builds(
    lambda name, held, metrics: Row(name, tuple(held), {each: rule(name, each) for each in metrics}),
    st.uuids().map(str),
    st.lists(conditions, max_size=3, unique_by=lambda condition: condition.attribute),
    st.sets(st.sampled_from(["first_response", "next_reply"]), min_size=1),
)


@given(st.lists(rows, max_size=6), st.lists(attributes, min_size=1, max_size=12))
def test_whatever_was_asked_before_the_answer_is_that_of_reading_the_table(
    held: list[Row], asked: list[Mapping[str, str | None]]
) -> None:
    made = policy(*held)
    for known in asked:
        matching = (each for each in held if "next_reply" in each.rules and each.matches(known))
        expected = next(matching, None)
        assert made.match("next_reply", known) == (expected and expected.rules["next_reply"])


@given(st.lists(rows, max_size=6), attributes)
def test_the_last_row_explained_is_the_one_that_counts(held: list[Row], known: Mapping[str, str | None]) -> None:
    made = policy(*held)
    tried, found = made.explain("next_reply", known), made.match("next_reply", known)

    assert [each.row for each in tried] == [each.name for each in held][: len(tried)]
    assert [each.outcome is Outcome.MATCHED for each in tried[:-1]] == [False] * (len(tried) - 1 if tried else 0)
    assert (tried[-1].row if tried and tried[-1].outcome is Outcome.MATCHED else None) == (found and found.row)


def test_a_product_that_no_row_names_costs_no_memory() -> None:
    asked = policy(row("printers", Condition("product", ("printer",))))
    for number in range(1000):
        asked.match("first_response", {"product": f"product {number}"})

    assert len(asked._answers["first_response"].by_attributes) == 1


def test_what_is_remembered_has_a_bound() -> None:
    values, names = tuple(str(number) for number in range(26)), ("product", "language", "channel")
    asked = policy(row("many", *(Condition(name, values) for name in names)))
    for found in product(values, repeat=len(names)):
        asked.match("first_response", dict(zip(names, found, strict=True)))

    assert len(values) ** len(names) - MEMORY_MAX == len(asked._answers["first_response"].by_attributes)
