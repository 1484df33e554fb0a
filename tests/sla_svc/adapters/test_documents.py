"""Every mistake in a document is reported at its line and column, with what was expected and what was found."""

from textwrap import dedent
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_svc.adapters.calendars import resolved
from sla_svc.adapters.documents import DocumentRefused, read_document
from sla_svc.adapters.yaml_trees import CHARACTERS_MAX, Broken, tree_of
from sla_svc.domain.calendars.document import CalendarDocument
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.policies.document import PolicyDocument
from sla_svc.domain.policies.vocabulary import Vocabulary
from sla_svc.domain.story import REASONS

WORDS: Final = Vocabulary(METRICS, REASONS, ("always", "china"))

GOOD: Final = dedent("""\
    name: centre
    rows:
      - name: complaint
        when: {category: complaint, grade: A}
        metrics:
          first_response: {target: 1h, calendar: always, pauses: [customer], warnings: ["50%", 15m]}
          tier_pse: none
      - name: rest
        metrics:
          first_response: {target: 90m, calendar: china, start: received, on_change: keep}
    """)

RULE: Final = "rows[complaint].metrics.first_response"
MISTAKES: Final = [
    ("name: centre\n", "@nmae: c\nname: c\n", "nmae: expected one of name, version, rows; found 'nmae'"),
    ("name: centre\n", "\n@", "name: expected a value; found nothing"),
    ("name: centre", "name: @CS/TA06", "name: expected a name without /; found 'CS/TA06'"),
    ("name: centre", "name: @[centre]", "name: expected a text; found a list"),
    ("name: centre", "name: centre\nversion: @x", "version: expected a whole number; found 'x'"),
    ("name: rest", "name: @complaint", "rows[complaint].name: expected a name that no row before has; found 'co"),
    ("grade: A", "@grad: A", "rows[complaint].when.grad: expected one of category, request_kind, grade, urgency"),
    ("grade: A", "grade: @C", "rows[complaint].when.grade: expected one of A, B; found 'C'"),
    ("grade: A", "grade: [A, @C]", "rows[complaint].when.grade[2]: expected one of A, B; found 'C'"),
    ("grade: A", "grade: @[]", "rows[complaint].when.grade: expected at least one value; found none, which can "),
    ("grade: A", "grade: [A, @A]", "rows[complaint].when.grade[2]: expected each value once; found 'A'"),
    ("grade: A", "tier: @cse", "rows[complaint].when.tier: expected one of CSE, PSE, RDE; found 'cse'"),
    ("grade: A", "product: @''", "rows[complaint].when.product: expected a text that is not empty; found ''"),
    ("tier_pse", "@tier_xyz", "rows[complaint].metrics.tier_xyz: expected one of first_response, next_reply, pe"),
    ("tier_pse: none", "tier_pse:@", "rows[complaint].metrics.tier_pse: expected a rule, or none; found nothing"),
    ("target: 1h", "target: @-1h", f"{RULE}.target: expected a duration such as 2h, 90m, 1h30m, PT48H or whole"),
    ("target: 1h", "target: @0", f"{RULE}.target: expected a target longer than nothing; found '0'"),
    ("target: 1h", "target: @3d", f"{RULE}.target: expected hours instead of days or longer, which differ betw"),
    ("{target: 1h, ", "@{", f"{RULE}.target: expected a value; found nothing"),
    ("calendar: always", "calendar: @moon", f"{RULE}.calendar: expected one of always, china; found 'moon'"),
    ("[customer]", "[customer, @tea]", f"{RULE}.pauses[2]: expected one of customer, user, vendor, implementat"),
    ("received", "@moved", "rows[rest].metrics.first_response.start: expected one of contacted, received; foun"),
    ("start: r", "stop: @r", "rows[rest].metrics.first_response.stop: expected one of responded, answered; fou"),
    ("keep", "@kep", "rows[rest].metrics.first_response.on_change: expected 'keep', 'restart' or 'from_start'"),
    ("15m]", "15m], breach: {escalate: @yes}", f"{RULE}.breach.escalate: expected true or false; found 'yes'"),
    ('"50%"', '@"100%"', f"{RULE}.warnings[1]: expected a share from 1% to 99% of the target; found '100%'"),
    ('"50%"', '@"7.5%"', f"{RULE}.warnings[1]: expected a whole share from 1% to 99% of the target; found '7.5"),
    ('"50%", ', "@1h, ", f"{RULE}.warnings[1]: expected a warning after the start and before the deadline of 1h"),
    ('"50%"', "30m, @50%", f"{RULE}.warnings[2]: expected warnings at different moments; found 50% at the same"),
]
"""What is replaced by what, @ marking where the mistake is, and how it is told."""


def refusal(text: str) -> str:
    with pytest.raises(DocumentRefused) as refused:
        read_document(text, "centre.yaml", PolicyDocument, WORDS)
    return str(refused.value)


def test_a_document_without_a_mistake_is_read() -> None:
    assert [row.name for row in read_document(GOOD, "centre.yaml", PolicyDocument, WORDS).rows] == ["complaint", "rest"]


def test_a_document_may_be_json() -> None:
    document = read_document(GOOD, "centre.yaml", PolicyDocument, WORDS)
    assert read_document(document.canonical(), "centre.json", PolicyDocument, WORDS) == document


@pytest.mark.parametrize(("written", "instead", "message"), MISTAKES)
def test_a_mistake_is_reported_where_it_is(written: str, instead: str, message: str) -> None:
    before, _, after = GOOD.partition(written)
    marked = before + instead + after
    lines = marked[: marked.index("@")].split("\n")

    told = refusal(marked.replace("@", "", 1))
    assert told.startswith(f"centre.yaml:{len(lines)}:{len(lines[-1]) + 1}: {message}")
    assert "\n" not in told


def test_a_row_that_can_never_match_is_reported_where_it_begins() -> None:
    told = refusal(GOOD.replace("    when: {category: complaint, grade: A}\n", ""))
    reason = "expected a row that can match; found that 'complaint' before it matches whatever it matches"
    assert told == f"centre.yaml:7:5: rows[rest]: {reason}"


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_text() -> None:
    told = refusal(GOOD.replace("90m", "soon").replace("grade: A", "grade: C").replace("always", "never"))
    assert [line.split(": ")[0] for line in told.splitlines()] == [
        "centre.yaml:4:40",
        "centre.yaml:6:46",
        "centre.yaml:10:32",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1: expected each key once (the first is in line 1); found 'a'"),
        ("a: &x 1\n", "1:4: expected every value where it is used; found the anchor &x"),
        ("a: *x\n", "1:4: expected every value where it is used; found the alias *x"),
        ("a: {<<: 1}\n", "1:5: expected every value where it is used; found a merge (<<)"),
        ("a: !!str 1\n", "1:4: expected a value without a tag; found the tag tag:yaml.org,2002:str"),
        ("? [a]\n: 1\n", "1:3: expected a text as key; found a list"),
        ("---\na: 1\n---\nb: 2\n", "3:1: expected one document; found another one"),
        ("a: [1\n", "2:1: expected YAML; found that while parsing a flow sequence: expected ',' or ']', but got '<st"),
        ("a: b: c\n", "1:5: expected YAML; found that: mapping values are not allowed here"),
        ("a: 咨\x00\n", "1:5: expected characters that can be printed; found U+0000"),
        ("[" * 5000, "1:21: expected at most 20 levels; found more"),
        ("a" * (CHARACTERS_MAX + 1), f"1:1: expected at most {CHARACTERS_MAX} characters; found {CHARACTERS_MAX + 1}"),
        ("", "1:1: expected a mapping; found nothing"),
        ("- a\n", "1:1: expected a mapping; found a list"),
    ],
)
def test_a_text_that_is_no_such_document_says_where(text: str, message: str) -> None:
    assert refusal(text).startswith(f"centre.yaml:{message}")


def test_what_is_written_is_a_text_whatever_yaml_would_make_of_it() -> None:
    text = "{a: 09:00, b: 2026-10-01, c: no, d: 0x10, e: 1_000, f: ~, g: '', h: }"
    assert tree_of(text).plain() == {
        "a": "09:00",
        "b": "2026-10-01",
        "c": "no",
        "d": "0x10",
        "e": "1_000",
        "f": "~",
        "g": "",
        "h": None,
    }


@given(st.text(st.sampled_from("ab:-?&*!|>'\"[]{},#\n \t%@<"), max_size=60))
def test_any_text_is_a_tree_or_says_where_it_is_not(text: str) -> None:
    try:
        places = [tree_of(text).mark]
    except Broken as broken:
        places = [mark for mark, _ in broken.mistakes]
    assert places
    assert [mark for mark in places if not 1 <= mark.line <= text.count("\n") + 1] == []


def test_what_a_document_refers_to_and_is_not_there_is_reported_where_it_is_named() -> None:
    text = "week: {}\ntimezone: Mars/Olympus\n"
    with pytest.raises(DocumentRefused) as refused:
        read_document(text, "mars.yaml", CalendarDocument, completed=resolved)
    assert str(refused.value).startswith("mars.yaml:2:11: timezone: ")
    assert "Mars/Olympus" in str(refused.value)
