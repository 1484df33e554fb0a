"""The shipped calendars, and documents that are made to stand alone."""

import pytest
from pydantic import ValidationError

from sla_svc.adapters.calendars import compiled, resolved, shipped_calendars
from sla_svc.adapters.holidays import HOLIDAYS_VERSION
from sla_svc.adapters.zones import TZDATA_VERSION
from sla_svc.domain.calendars.document import CalendarDocument
from tests.sla_svc.calendar_writing import DAY, HOUR, at, calendar, document, open_days


def test_the_shipped_ones_are_round_the_clock_and_china() -> None:
    assert sorted(shipped_calendars()) == ["always", "china"]


def test_china_works_on_published_saturdays_and_rests_on_published_weekdays() -> None:
    china = calendar(ship="china")
    assert open_days(china, "2025-10-11", "2026-02-14", "2026-10-10") == [True] * 3
    assert open_days(china, "2025-10-08", "2026-02-20", "2026-10-07") == [False] * 3
    assert china.elapsed(at("2026-02-14T00:00+08:00"), at("2026-02-15T00:00+08:00")) == 7.5 * HOUR


def test_an_explanation_in_china_names_the_holiday_and_the_make_up_workday() -> None:
    stretches = calendar(ship="china").stretches(at("2026-10-06T12:00+08:00"), at("2026-10-10T10:00+08:00"))
    reasons = [stretch.why for stretch in stretches]
    assert [why.zh for why in reasons[:2]] == ["休息日（由 2026-09-20 调休）", "休息日（由 2026-10-10 调休）"]
    assert reasons[-1].text("zh") == "调休上班（补 2026-10-07） 09:00-12:00"
    assert reasons[-1].text("en") == "Make-up workday (for 2026-10-07) 09:00-12:00"


def test_a_resolved_document_has_every_date_in_it_and_says_which_releases_it_was_made_with() -> None:
    alone = resolved(document(ship="china"))
    assert alone.ship is None
    assert alone.sources == {"holidays": HOLIDAYS_VERSION, "tzdata": TZDATA_VERSION}
    assert resolved(alone) == alone


def test_a_published_document_is_compiled_as_it_stands() -> None:
    """A later release of a package changes neither its dates nor its version."""
    made_earlier = document(sources={"tzdata": "2020a"})
    assert compiled("centre", made_earlier).version == made_earlier.digest()


def test_an_unknown_zone_is_refused_at_its_place() -> None:
    with pytest.raises(ValidationError) as refused:
        resolved(CalendarDocument.model_validate({"ship": "china", "timezone": "Asia/Peking"}))
    (mistake,) = refused.value.errors()
    assert mistake["loc"] == ("timezone",)
    assert mistake["msg"].endswith("found 'Asia/Peking'")


def test_round_the_clock_counts_everything() -> None:
    start = at("2026-03-29T00:00Z")
    assert calendar(ship="always").elapsed(start, start + 4000 * DAY) == 4000 * DAY
