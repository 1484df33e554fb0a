"""A document that builds on a shipped calendar says only what is different."""

from datetime import date

import pytest
from pydantic import ValidationError

from sla_svc.domain.calendars.hours import parse_hours
from sla_svc.domain.calendars.shipping import standing_alone
from tests.sla_svc.calendar_writing import document

SHIPPED = {
    "base": document(
        holidays={"2026-10-01": "国庆节", "2026-10-02": "国庆节"},
        extra_days={"2026-10-10": "thu", "2026-09-20": "fri"},
        known_until="2026-12-31",
        sources={"holidays": "1"},
    )
}


def test_a_document_that_ships_nothing_stays_as_it_is() -> None:
    assert standing_alone(document(), SHIPPED) == document()


def test_what_is_not_said_is_as_shipped() -> None:
    assert standing_alone(document(ship="base"), SHIPPED) == SHIPPED["base"]


def test_a_date_replaces_what_the_shipped_one_says_of_it_and_an_ordinary_day_takes_it_back() -> None:
    said = document(
        ship="base",
        holidays={"2026-10-10": "店庆"},
        partial_days={"2026-10-01": ["10:00-11:00"]},
        ordinary_days=["2026-10-02"],
    )
    alone = standing_alone(said, SHIPPED)
    assert sorted(alone.holidays) == [date(2026, 10, 10)]
    assert sorted(alone.partial_days) == [date(2026, 10, 1)]
    assert sorted(alone.extra_days) == [date(2026, 9, 20)]
    assert alone.windows_of(date(2026, 10, 2)) == alone.windows_of(date(2026, 10, 9))


def test_make_up_days_have_the_hours_of_the_centres_own_week() -> None:
    alone = standing_alone(document(ship="base", week={"thu": ["10:00-16:00"]}), SHIPPED)
    assert alone.windows_of(date(2026, 10, 10)) == (parse_hours("10:00-16:00"),)
    assert alone.windows_of(date(2026, 9, 20)) == ()


def test_a_centre_may_know_more_than_the_shipped_one() -> None:
    alone = standing_alone(document(ship="base", known_until="2027-12-31", timezone="Asia/Urumqi"), SHIPPED)
    assert (alone.known_until, alone.timezone, alone.sources) == (date(2027, 12, 31), "Asia/Urumqi", {"holidays": "1"})


def test_what_is_not_shipped_is_refused() -> None:
    with pytest.raises(ValidationError) as refused:
        standing_alone(document(ship="mars"), SHIPPED)
    (mistake,) = refused.value.errors()
    assert (mistake["loc"], mistake["msg"]) == (("ship",), "expected a shipped calendar, one of base; found 'mars'")
