"""Deadlines, elapsed time and stretches in a week, its holidays and its make-up days."""

from datetime import date, datetime

import pytest

from sla_svc.adapters.zones import load_zone
from sla_svc.domain.calendars.calendar import Calendar, OutsideRange, compile_calendar
from sla_svc.domain.calendars.document import CalendarDocument

HOUR = 3600
WORKDAY = ["09:00-12:00", "13:30-18:00"]
WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), WORKDAY)


def calendar(**written: object) -> Calendar:
    document = CalendarDocument.model_validate({"timezone": "Asia/Shanghai", "week": WEEK, **written})
    assert document.timezone is not None
    return compile_calendar("centre", document, load_zone(document.timezone))


def at(written: str) -> int:
    return int(datetime.fromisoformat(written).timestamp())


def test_time_counts_only_inside_the_windows_of_the_week() -> None:
    assert calendar().deadline(at("2026-06-05T17:00+08:00"), 5 * HOUR) == at("2026-06-08T14:30+08:00")
    assert calendar().elapsed(at("2026-06-05T17:00+08:00"), at("2026-06-08T14:30+08:00")) == 5 * HOUR


def test_a_holiday_does_not_count_and_a_make_up_day_has_its_own_hours() -> None:
    days = {"holidays": {date(2026, 10, 8): "国庆节"}, "extra_days": {"2026-10-10": ["10:00-12:00"]}}
    assert calendar(**days).deadline(at("2026-10-07T18:00+08:00"), 9 * HOUR) == at("2026-10-10T11:30+08:00")


def test_stretches_are_contiguous_and_the_open_ones_add_up_to_what_elapsed() -> None:
    start, end = at("2026-10-07T17:00+08:00"), at("2026-10-10T11:00+08:00")
    centre = calendar(holidays={"2026-10-08": {"zh": "国庆节", "en": "National Day"}})
    stretches = centre.stretches(start, end)
    assert [(stretch.is_open, stretch.why.text("zh")) for stretch in stretches] == [
        (True, "工作时间 13:30-18:00"),
        (False, "非工作时间"),
        (False, "国庆节"),
        (False, "非工作时间"),
        (True, "工作时间 09:00-12:00"),
        (False, "非工作时间"),
        (True, "工作时间 13:30-18:00"),
        (False, "非工作时间"),
    ]
    assert [stretch.end for stretch in stretches] == [*(stretch.start for stretch in stretches[1:]), end]
    assert sum(stretch.end - stretch.start for stretch in stretches if stretch.is_open) == centre.elapsed(start, end)


def test_a_deadline_after_the_last_year_names_the_bound() -> None:
    with pytest.raises(OutsideRange, match="reckons to 2199-12-31"):
        calendar().deadline(at("2026-06-05T17:00+08:00"), 10**10)
