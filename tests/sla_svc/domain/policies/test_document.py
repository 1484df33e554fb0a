"""A policy document that says what cannot be meant is refused at its place; what it means is what it says."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared_events.contracts.sla import OnChange
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.policies.compilation import policy_of
from sla_svc.domain.policies.document import PolicyDocument
from sla_svc.domain.policies.rules import Rule, Threshold
from sla_svc.domain.policies.vocabulary import Vocabulary
from sla_svc.domain.story import REASONS

WORDS: Final = Vocabulary(METRICS, REASONS, ("always", "china"))
RULE: Final = {"target": "2h", "calendar": "china"}


def read(*rows: dict[str, Any]) -> PolicyDocument:
    return PolicyDocument.model_validate({"name": "centre", "rows": list(rows)}, context=WORDS)


def row(name: str, when: dict[str, Any], *metrics: str) -> dict[str, Any]:
    return {"name": name, "when": when, "metrics": dict.fromkeys(metrics or ("first_response",), RULE)}


def refusals(*rows: dict[str, Any]) -> list[tuple[tuple[str | int, ...], str]]:
    with pytest.raises(ValidationError) as refused:
        read(*rows)
    return [(error["loc"], error["msg"]) for error in refused.value.errors()]


def test_a_rule_says_everything_that_its_row_does() -> None:
    written = {
        "target": "PT1H",
        "calendar": "always",
        "start": "received",
        "stop": "answered",
        "pauses": ["customer", "vendor"],
        "warnings": ["15m", "50%"],
        "breach": {"raise_urgency": "true", "escalate": "false"},
        "on_change": "restart",
    }
    document = read({"name": "complaint", "metrics": {"first_response": written}})

    assert policy_of(document, version="centre@1").match("first_response", {}) == Rule(
        metric="first_response",
        row="complaint",
        target_seconds=3600,
        calendar="always",
        start="received",
        stop="answered",
        pauses=frozenset({"customer", "vendor"}),
        warnings=(Threshold("50%", 1800), Threshold("15m", 2700)),
        raise_urgency=True,
        escalate=False,
        on_change=OnChange.RESTART,
    )


def test_one_value_needs_no_list() -> None:
    document = read(row("complaint", {"grade": "A", "channel": ["email", "letter"]}))
    assert document.rows[0].when == {"grade": ("A",), "channel": ("email", "letter")}


def test_a_row_may_say_that_a_metric_has_no_clock() -> None:
    document = read({"name": "fees", "when": {"category": "fees"}, "metrics": {"tier_cse": "none"}}, row("rest", {}))

    policy = policy_of(document, version="centre@1")
    assert policy.match("tier_cse", {"category": "fees"}) is None
    assert "tier_cse" in policy.rows[0].rules


def test_what_was_published_is_read_again_as_the_same_even_when_its_words_are_gone() -> None:
    complaint = row("complaint", {"grade": ["A", "B"]})
    complaint["metrics"]["tier_cse"] = "none"
    complaint["metrics"]["next_reply"] = {**RULE, "warnings": ["50%"], "breach": {"escalate": "true"}}
    document = read(complaint, row("rest", {}))

    assert PolicyDocument.model_validate_json(document.canonical()) == document


def test_a_row_behind_one_that_matches_everything_is_refused() -> None:
    assert refusals(row("all", {}), row("complaint", {"grade": "A"})) == [
        (("rows", 1), "expected a row that can match; found that 'all' before it matches whatever it matches")
    ]


def test_a_row_that_several_before_it_forestall_together_is_refused() -> None:
    rows = [row("a", {"grade": "A"}), row("b", {"grade": "B"}), row("ab", {"grade": ["A", "B"], "channel": "chat"})]
    assert refusals(*rows) == [
        (("rows", 2), "expected a row that can match; found that 'a' and 'b' before it match whatever it matches")
    ]


def test_a_metric_that_a_row_names_in_vain_is_refused() -> None:
    rows = [row("all", {}), row("complaint", {"grade": "A"}, "first_response", "next_reply")]
    message = "expected a metric that can match; found that 'all' before it matches whatever it matches"
    assert refusals(*rows) == [(("rows", 1, "metrics", "first_response", "[key]"), message)]


def test_a_row_is_needed_for_what_is_not_known_yet() -> None:
    grades = [row("a", {"grade": "A"}), row("b", {"grade": "B"})]
    assert len(read(*grades, row("rest", {}), row("others", {}, "next_reply")).rows) == 4


def test_a_row_that_overlaps_others_in_part_is_needed() -> None:
    read(row("mail", {"channel": ["email", "letter"]}), row("written", {"channel": ["letter", "web"]}))


def test_a_name_or_a_value_given_twice_is_refused_where_it_is_given_again() -> None:
    assert refusals(row("a", {"grade": "A"}), row("a", {"grade": "B"})) == [
        (("rows", 1, "name"), "expected a name that no row before has; found 'a'")
    ]
    assert refusals(row("a", {"grade": ["A", "B", "A"]})) == [
        (("rows", 0, "when", "grade", 2), "expected each value once; found 'A'")
    ]


def test_nobody_looks_for_dead_rows_in_what_was_published() -> None:
    rows = [row("all", {}), row("complaint", {"grade": "A"})]
    assert len(PolicyDocument.model_validate({"name": "centre", "rows": rows}).rows) == 2


def test_a_tier_s_time_is_not_measured_in_another_tier() -> None:
    found = "found tier CSE, RDE, so that it can never match: tier_pse measures the time of PSE"
    assert refusals(row("wrong", {"tier": ["CSE", "RDE"]}, "tier_pse", "tier_cse")) == [
        (("rows", 0, "metrics", "tier_pse", "[key]"), f"expected a row of tier PSE; {found}")
    ]


values = st.sampled_from(["telephone", "chat", "email"])
tiers = st.sampled_from(["CSE", "PSE"])
whens = st.fixed_dictionaries(
    {},
    optional={
        "channel": st.lists(values, min_size=1, unique=True),
        "tier": st.lists(tiers, min_size=1, unique=True),
        "grade": st.lists(st.sampled_from(["A", "B"]), min_size=1, unique=True),
    },
)
TICKETS: Final = [
    {"channel": channel, "tier": tier, "grade": grade}
    for channel in ("telephone", "chat", "email", "web", None)
    for tier in ("CSE", "PSE", "RDE", None)
    for grade in ("A", "B", None)
]


@given(st.lists(whens, min_size=1, max_size=5))
def test_exactly_the_rows_that_no_ticket_comes_to_are_refused(asked: list[dict[str, list[str]]]) -> None:
    rows = [row(str(number), when) for number, when in enumerate(asked)]

    def first(ticket: dict[str, str | None]) -> int | None:
        matching = (n for n, when in enumerate(asked) if all(ticket[key] in when[key] for key in when))
        return next(matching, None)

    dead = set(range(len(rows))) - {first(ticket) for ticket in TICKETS}
    try:
        read(*rows)
        refused = set()
    except ValidationError as error:
        refused = {each["loc"][1] for each in error.errors()}
    assert refused == dead


@pytest.mark.parametrize("name", ["\u202eours", "ours\u2028", "o\u200burs", "ours\x1b[2J"])
def test_a_name_that_changes_what_is_read_in_a_terminal_is_refused_but_read_where_it_was_published_before(
    name: str,
) -> None:
    written = {"name": name, "rows": [row("all", {}) | {"name": name}]}
    with pytest.raises(ValidationError) as refused:
        PolicyDocument.model_validate(written, context=WORDS)
    told = f"expected a name of printable characters; found {name!r}"
    assert [(error["loc"], error["msg"]) for error in refused.value.errors()] == [
        (("name",), told),
        (("rows", 0, "name"), told),
    ]
    assert PolicyDocument.model_validate(written).name == name
