"""Documents: one version for one calendar however it is written, and every mistake at its place."""

from datetime import date
from typing import Any, Final

import pytest
from pydantic import ValidationError

from sla_svc.domain.calendars.document import CalendarDocument
from tests.sla_svc.calendar_writing import document

NIGHTS = {"mon": ["22:00-06:00"], "tue": ["22:00-06:00"]}


MISTAKES: Final[list[tuple[dict[str, Any], tuple[str | int, ...], str]]] = [
    ({"week": {"mon": "09:00-12:00"}}, ("week", "mon"), "a list of windows"),
    ({"week": {"mon": ["09:00-12:00", "8:00-9:00", "11:00-13:00"]}}, ("week", "mon", 2), "over 08:00-12:00"),
    ({"week": {"mon": ["09:00-09:00"]}}, ("week", "mon", 0), "longer than nothing"),
    (
        {"week": {"mon": ["22:00-06:00"], "tue": ["05:00-12:00"]}},
        ("week", "tue"),
        "windows are apart; found that mon 22:00-06:00 reaches into tue 05:00-12:00",
    ),
    ({"week": {"sun": ["22:00-06:00"], "mon": ["05:00-12:00"]}}, ("week", "mon"), "found that sun"),
    ({"week": {"monday": []}}, ("week", "monday", "[key]"), "'mon', 'tue'"),
    ({"hours": {}}, ("hours",), "Extra inputs"),
    ({"holidays": ["2026-01-01", "2026-02-30"]}, ("holidays", 1), "like 2026-10-01; found '2026-02-30'"),
    ({"holidays": ["2026-01-01", "2026-01-01"]}, ("holidays", 1), "found 2026-01-01 twice"),
    ({"holidays": [20260101]}, ("holidays", 0), "found 20260101"),
    ({"holidays": {"1949-10-01": "国庆节"}}, ("holidays", "1949-10-01"), "from 1950-01-01 to 2199-12-31"),
    ({"holidays": {"2026-01-01": {"zh": "元旦"}}}, ("holidays", "2026-01-01", "en"), "required"),
    (
        {"holidays": ["2026-01-01"], "extra_days": {"2026-01-01": ["09:00-10:00"]}},
        ("extra_days", "2026-01-01"),
        "a date has one meaning; found 2026-01-01 under holidays and extra_days",
    ),
    ({"extra_days": {date(2026, 1, 3): []}}, ("extra_days", "2026-01-03"), "a window at least"),
    ({"extra_days": {"2026-01-03": ["9-12"]}}, ("extra_days", "2026-01-03", 0), "found '9-12'"),
    ({"extra_days": {"2026-01-03": "monday"}}, ("extra_days", "2026-01-03"), "or one of mon"),
    (
        {"extra_days": {"2026-01-03": {"like": "mon", "windows": ["09:00-10:00"]}}},
        ("extra_days", "2026-01-03", "like"),
        "found both, and mon",
    ),
    (
        {"week": NIGHTS, "extra_days": {"2026-06-03": ["05:00-07:00"]}},
        ("extra_days", "2026-06-03"),
        "found that 2026-06-02 22:00-06:00 reaches into 2026-06-03 05:00-07:00",
    ),
    (
        {"week": {"tue": ["05:00-12:00"]}, "partial_days": {"2026-06-01": ["22:00-06:00"]}},
        ("partial_days", "2026-06-01"),
        "found that 2026-06-01 22:00-06:00 reaches into 2026-06-02 05:00-12:00",
    ),
    ({"timezone": None}, (), "found no timezone"),
    ({"week": None}, (), "found no week"),
]


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ({"holidays": ["2026-01-02", "2026-01-01"]}, {"holidays": [date(2026, 1, 1), date(2026, 1, 2)]}),
        ({"holidays": {"2026-01-01": "元旦"}}, {"holidays": {date(2026, 1, 1): {"zh": "元旦", "en": "元旦"}}}),
        ({"extra_days": {"2026-01-03": ["09:00-12:00"]}}, {"extra_days": {"2026-01-03": {"windows": ["9:00-12:00"]}}}),
        ({"extra_days": {"2026-01-03": "mon"}}, {"extra_days": {"2026-01-03": {"like": "mon"}}}),
        ({"ship": "china", "ordinary_days": ["2026-01-02", "2026-01-01"]}, None),
    ],
)
def test_however_it_is_written_the_same_calendar_is_the_same_version(
    written: dict[str, Any], same: dict[str, Any] | None
) -> None:
    first = document(**written)
    second = document(**same) if same else CalendarDocument.model_validate_json(first.canonical())
    assert first.canonical() == second.canonical()
    assert first.digest() == second.digest()


@pytest.mark.parametrize(("written", "place", "message"), MISTAKES)
def test_a_mistake_is_refused_at_its_place(written: dict[str, Any], place: tuple[str | int, ...], message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        document(**written)
    (mistake,) = refused.value.errors()
    assert mistake["loc"] == place
    assert message in mistake["msg"]


def test_two_nights_that_touch_are_apart() -> None:
    document(week={"mon": ["22:00-06:00"], "tue": ["06:00-08:00"]}, extra_days={"2026-06-03": ["09:00-10:00"]})


def test_a_document_that_was_published_keeps_its_version_in_later_releases() -> None:
    """Clocks have it in their events. A new field needs a default, which the canonical text leaves out."""
    published = document(
        holidays=["2026-10-01"],
        partial_days={"2026-12-31": ["09:00-12:00"]},
        extra_days={"2026-10-10": "thu"},
        known_until="2026-12-31",
    )
    assert published.digest() == "c4d51199f044acfd78d19a7c21729f204a2adf33fecb6d4da9d64eb5303b4329"
