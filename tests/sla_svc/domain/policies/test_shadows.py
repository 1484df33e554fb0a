"""What is said in vain is found by metric as reading the whole table for every ticket would find it, and faster."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from sla_svc.domain.policies.shadows import shadowed

VALUES: Final = {"product": ("a", "b", "c"), "language": ("en", "zh"), "grade": ("A", "B")}
TICKETS: Final = [
    dict(zip(VALUES, found, strict=True))
    for found in product(*((*values, "another", None) for values in VALUES.values()))
]


@dataclass(frozen=True)
class Asked:
    """A row."""

    name: str
    when: Mapping[str, Sequence[str]]
    metrics: Mapping[str, object]


def asked(*rows: Mapping[str, Sequence[str]], metrics: Sequence[str] = ("first_response",)) -> list[Asked]:
    return [Asked(str(number), when, dict.fromkeys(metrics)) for number, when in enumerate(rows)]


rows = st.lists(
    st.tuples(
        st.fixed_dictionaries(
            {}, optional={name: st.lists(st.sampled_from(of), min_size=1, unique=True) for name, of in VALUES.items()}
        ),
        st.sets(st.sampled_from(["first_response", "next_reply", "tier_cse"]), min_size=1),
    ),
    max_size=9,
).map(lambda made: [Asked(str(n), when, dict.fromkeys(sorted(about))) for n, (when, about) in enumerate(made)])


@given(rows)
def test_exactly_what_no_ticket_comes_to_is_said_in_vain(table: list[Asked]) -> None:
    reached = {
        (next(number for number, row in enumerate(table) if metric in row.metrics and matches(row, ticket)), metric)
        for ticket in TICKETS
        for metric in ("first_response", "next_reply", "tier_cse")
        if any(metric in row.metrics and matches(row, ticket) for row in table)
    }
    vain = {(number, metric) for number, row in enumerate(table) for metric in row.metrics} - reached

    assert set(told(table)) == vain


def test_one_row_for_each_product_leaves_something_for_the_row_of_all_products_and_one_more() -> None:
    products = [{"product": [f"p{number}"]} for number in range(100)]
    every = [f"p{number}" for number in range(100)]

    assert list(shadowed(asked(*products, {"product": [*every, "p100"]}))) == []
    ((place, mistake),) = shadowed(asked(*products, {"product": every}))
    assert place == ("rows", 100)
    assert "'0' and '1' and" in mistake.message()


def test_four_times_the_rows_take_about_four_times_the_work() -> None:
    def by_product(count: int) -> list[Asked]:
        return asked(*({"product": [f"p{n}"]} for n in range(count)), {})

    def by_several(count: int) -> list[Asked]:
        return asked(*({"product": [f"p{n}", f"p{n + 1}"], "language": ["en", "zh"]} for n in range(count)), {})

    for made in (by_product, by_several):
        assert steps(made(400)) < 8 * steps(made(100))


def test_a_row_is_let_through_where_too_many_combinations_would_have_to_be_tried() -> None:
    """The last row is forestalled by those before it, of which each takes a half of the values of each attribute."""
    names = ("product", "language", "channel", "category", "urgency")
    table = [
        {
            name: [str(value) for value in range(16) if value >> bit & 1 == side]
            for name, side in zip(names, sides, strict=True)
        }
        for bit in range(4)
        for sides in product((0, 1), repeat=len(names))
    ]
    everything = {name: [str(value) for value in range(16)] for name in names}

    first = 2 ** len(names)
    assert [place for place, _ in shadowed(asked(*table[:first], everything))] == [("rows", first)]
    assert ("rows", len(table)) not in [place for place, _ in shadowed(asked(*table, everything))]


def matches(row: Asked, ticket: Mapping[str, str | None]) -> bool:
    return all(ticket[attribute] in values for attribute, values in row.when.items())


def told(table: Sequence[Asked]) -> Iterator[tuple[int, str]]:
    for place, _ in shadowed(table):
        number = int(place[1])
        yield from [(number, str(place[3]))] if len(place) > 2 else [(number, each) for each in table[number].metrics]


def steps(table: Sequence[Asked]) -> int:
    """Calls made while looking: unlike seconds, they are the same on every machine."""
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        assert list(shadowed(table)) == []
    finally:
        sys.setprofile(before)
    return calls
