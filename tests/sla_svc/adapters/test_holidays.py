"""China's holidays and make-up workdays, against what the State Council published."""

from datetime import date

import pytest

from sla_svc.adapters.holidays import china_days
from sla_svc.domain.calendars.special_days import Weekday

WORKED_INSTEAD = {
    2018: "02-11 02-24 04-08 04-28 09-29 09-30 12-29",
    2019: "02-02 02-03 04-28 05-05 09-29 10-12",
    2020: "01-19 04-26 05-09 06-28 09-27 10-10",
    2021: "02-07 02-20 04-25 05-08 09-18 09-26 10-09",
    2022: "01-29 01-30 04-02 04-24 05-07 10-08 10-09",
    2023: "01-28 01-29 04-23 05-06 06-25 10-07 10-08",
    2024: "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12",
    2025: "01-26 02-08 04-27 09-28 10-11",
    2026: "01-04 02-14 02-28 05-09 09-20 10-10",
}


@pytest.mark.parametrize("year", WORKED_INSTEAD)
def test_the_make_up_workdays_of_a_year_are_those_that_were_published(year: int) -> None:
    found = [f"{day:%m-%d}" for day in china_days().make_up_days if day.year == year]
    assert " ".join(found) == WORKED_INSTEAD[year]


def test_a_make_up_workday_has_the_hours_of_the_weekday_that_is_off_for_it() -> None:
    saturday = china_days().make_up_days[date(2025, 10, 11)]
    assert saturday.like is Weekday.WED
    assert saturday.name is not None
    assert saturday.name.zh == "调休上班（补 2025-10-08）"
    assert saturday.name.en == "Make-up workday (for 2025-10-08)"


def test_every_make_up_workday_is_on_a_weekend_and_no_holiday() -> None:
    days = china_days()
    assert all(day.weekday() >= 5 for day in days.make_up_days)
    assert not set(days.make_up_days) & set(days.holidays)


def test_holidays_have_names_in_both_languages() -> None:
    spring = china_days().holidays[date(2026, 2, 17)]
    assert (spring.zh, spring.en) == ("春节", "Chinese New Year (Spring Festival)")


def test_years_that_are_not_published_yet_have_holidays_but_no_make_up_workdays() -> None:
    days = china_days()
    beyond = days.known_until.year + 1
    assert any(day.year == beyond for day in days.holidays)
    assert not any(day.year >= beyond for day in days.make_up_days)
    assert days.known_until >= date(2026, 12, 31)
