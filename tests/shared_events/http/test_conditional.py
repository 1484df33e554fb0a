"""Entity tags and positions are read as they were written, and anything else is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_events.contracts.envelope import SOURCES, Position
from shared_events.http.conditional import etag_matches, etag_of, expected_versions, parse_positions
from shared_events.http.problems import Problem
from shared_events.store.partition import PARTITIONS

SOURCE = st.sampled_from(SOURCES)
VERSIONS = st.dictionaries(SOURCE, st.integers(1, 999_999_999), min_size=1)
POSITIONS = st.builds(Position, SOURCE, st.integers(0, PARTITIONS - 1), st.integers(0, 10**17))


def test_an_etag_has_the_versions_of_all_streams_in_the_order_of_their_names() -> None:
    assert etag_of({"routing": 7, "intake": 3}) == '"intake.3-routing.7"'


@given(VERSIONS)
def test_an_etag_is_read_as_it_was_written(vector: dict[str, int]) -> None:
    assert expected_versions(etag_of(vector)) == [vector]


@given(st.lists(POSITIONS, min_size=1, max_size=5))
def test_positions_are_read_as_they_were_written(positions: list[Position]) -> None:
    assert parse_positions(",".join(map(str, positions))) == tuple(positions)


def test_positions_may_be_spaced() -> None:
    assert parse_positions(" intake:3:42 , routing:0:1") == (Position("intake", 3, 42), Position("routing", 0, 1))


def test_no_header_names_no_position_and_no_version() -> None:
    assert parse_positions(None) == ()
    assert expected_versions(None) == ()


def test_a_star_asks_for_no_version() -> None:
    assert expected_versions(" * ") == ()


def test_a_weak_etag_is_taken_since_proxies_that_compress_make_them() -> None:
    assert expected_versions('W/"intake.3"') == [{"intake": 3}]


@pytest.mark.parametrize(
    "header",
    [
        "",
        ",",
        "intake",
        "intake:3",
        "intake:3:",
        "intake:x:1",
        "intake:3:-1",
        "Intake:3:1",
        "intake:3:1;routing:1:1",
        "intake:3:1,",
        "intake:12:1",
        "nobody:3:1",
        "intake:3:1234567890123456789",
        "a" * 5000,
    ],
)
def test_a_position_that_cannot_be_read_is_told(header: str) -> None:
    with pytest.raises(Problem) as refused:
        parse_positions(header)

    assert (refused.value.status, refused.value.code) == (400, "INVALID_POSITION")
    (error,) = refused.value.extensions["errors"]
    assert error["pointer"] == "Zixun-Position"
    assert error["expected"].startswith("source:partition:sequence")
    assert error["found"] in header
    assert len(error["found"]) <= 100


@pytest.mark.parametrize(
    "header",
    [
        "",
        "intake.3",
        '"intake.3',
        '""',
        '"intake"',
        '"intake.x"',
        '"intake.3-"',
        '"intake.3", "x"',
        '"intake.3", "intake.4"',
        '"INTAKE.3"',
        "a" * 5000,
    ],
)
def test_an_if_match_that_cannot_be_read_is_told(header: str) -> None:
    with pytest.raises(Problem) as refused:
        expected_versions(header)

    assert (refused.value.status, refused.value.code) == (400, "INVALID_IF_MATCH")
    (error,) = refused.value.extensions["errors"]
    assert error == {
        "pointer": "If-Match",
        "expected": 'one ETag of a ticket, as "intake.3-routing.7"',
        "found": header[:100],
    }


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        (None, False),
        ("*", True),
        ('"intake.3"', True),
        ('W/"intake.3"', True),
        ('"intake.2", "intake.3"', True),
        ('"intake.2"', False),
        ('"intake.33"', False),
        ("intake.3", False),
        ("", False),
        ("nonsense", False),
    ],
)
def test_a_read_is_spared_when_the_caller_has_this_state(header: str | None, matches: bool) -> None:
    assert etag_matches(header, '"intake.3"') is matches
