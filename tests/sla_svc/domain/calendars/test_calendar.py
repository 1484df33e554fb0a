"""What a calendar answers, explains, refuses, and knows."""

import pytest

from sla_svc.domain.calendars.calendar import OutsideRange, compile_calendar
from tests.sla_svc.calendar_writing import DAY, HOUR, at, calendar, document, every_day


def test_time_counts_only_inside_the_windows_of_the_week() -> None:
    assert calendar().deadline(at("2026-06-05T17:00+08:00"), 5 * HOUR) == at("2026-06-08T14:30+08:00")
    assert calendar().elapsed(at("2026-06-05T17:00+08:00"), at("2026-06-08T14:30+08:00")) == 5 * HOUR


def test_stretches_say_why_time_counts_or_does_not() -> None:
    centre = calendar(
        holidays={"2026-10-08": {"zh": "国庆节", "en": "National Day"}},
        partial_days={"2026-10-09": ["10:00-11:00"]},
        extra_days={"2026-10-10": {"windows": ["10:00-12:00"], "name": {"zh": "调休上班", "en": "Make-up workday"}}},
    )
    stretches = centre.stretches(at("2026-10-07T17:00+08:00"), at("2026-10-10T11:00+08:00"))
    assert [(each.is_open, each.why.text("zh"), each.why.text("en")) for each in stretches] == [
        (True, "工作时间 13:30-18:00", "open 13:30-18:00"),
        (False, "非工作时间", "outside hours"),
        (False, "国庆节", "National Day"),
        (False, "非工作时间", "outside hours"),
        (True, "特殊时间 10:00-11:00", "Special hours 10:00-11:00"),
        (False, "非工作时间", "outside hours"),
        (True, "调休上班 10:00-12:00", "Make-up workday 10:00-12:00"),
    ]
    assert [each.start for each in stretches[1:4]] == [
        at("2026-10-07T18:00+08:00"),
        at("2026-10-08T00:00+08:00"),
        at("2026-10-09T00:00+08:00"),
    ]


def test_the_tail_of_a_night_shift_is_explained_by_its_own_window_on_the_holiday_that_follows() -> None:
    nights = calendar(week={"fri": ["22:00-06:00"]}, holidays={"2026-06-06": "端午节"})
    stretches = nights.stretches(at("2026-06-05T23:00+08:00"), at("2026-06-06T12:00+08:00"))
    assert [(each.end, each.why.text("zh")) for each in stretches] == [
        (at("2026-06-06T06:00+08:00"), "工作时间 22:00-06:00"),
        (at("2026-06-06T12:00+08:00"), "端午节"),
    ]


def test_a_duration_below_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="0 seconds or more; found -1"):
        calendar().deadline(at("2026-06-05T17:00+08:00"), -1)


@pytest.mark.parametrize("seconds", [DAY * 366 * 60, 10**10, 10**30])
def test_a_deadline_after_the_last_year_names_the_bound(seconds: int) -> None:
    with pytest.raises(OutsideRange, match=r"'centre' reckons to 2199-12-31; found a deadline of \d+ open seconds"):
        calendar().deadline(at("2180-06-05T17:00+08:00"), seconds)


@pytest.mark.parametrize("moment", ["1949-12-31T23:59:59+08:00", "2200-01-01T00:00+08:00"])
def test_a_moment_before_the_first_or_after_the_last_year_names_the_bound(moment: str) -> None:
    bound = rf"reckons from 1950-01-01 to 2199-12-31; found {at(moment)} seconds"
    with pytest.raises(OutsideRange, match=bound):
        calendar().deadline(at(moment), 1)
    with pytest.raises(OutsideRange, match=bound):
        calendar().elapsed(at(moment), at(moment) + 1)
    with pytest.raises(OutsideRange, match=bound):
        calendar().stretches(at(moment), at(moment) + 1)


def test_the_first_and_the_last_second_are_reckoned_with() -> None:
    always = calendar(week=every_day("00:00-24:00"))
    first, beyond = at("1950-01-01T00:00+08:00"), at("2200-01-01T00:00+08:00")
    assert always.elapsed(first, beyond) == beyond - first
    assert always.deadline(beyond - 1, 1) == beyond
    assert always.deadline(first, beyond - first) == beyond


def test_what_is_known_of_holidays_ends_where_their_publication_does() -> None:
    centre = calendar(known_until="2026-12-31")
    assert centre.is_known(at("2026-12-31T23:59:59+08:00"))
    assert not centre.is_known(at("2027-01-01T00:00+08:00"))
    assert calendar().is_known(at("2100-01-01T00:00+08:00"))


def test_a_document_that_builds_on_a_shipped_one_is_not_compiled_before_it_stands_alone() -> None:
    with pytest.raises(ValueError, match="'centre' stands alone before it is compiled; found that it ships 'china'"):
        compile_calendar("centre", document(ship="china"), calendar().zone)
