"""What goes wrong in other systems when time is reckoned: one test for each case, by its number in our list."""

import pytest

from sla_svc.adapters.zones import TZDATA_VERSION
from tests.sla_svc.calendar_writing import DAY, HOUR, at, calendar, document, every_day


@pytest.mark.parametrize("start", ["2026-03-29T00:30+01:00", "2026-10-25T00:30+02:00"])
def test_case_1_round_the_clock_is_arithmetic_on_instants_also_when_clocks_are_changed(start: str) -> None:
    always = calendar(timezone="Europe/Berlin", week=every_day("00:00-24:00"))
    assert always.deadline(at(start), 4 * HOUR) == at(start) + 4 * HOUR
    assert always.elapsed(at(start), at(start) + 100 * DAY) == 100 * DAY
    assert len(always.stretches(at(start), at(start) + 100 * DAY)) == 1


@pytest.mark.parametrize(
    ("night", "hours"), [("2026-03-28T12:00+01:00", 7), ("2026-10-24T12:00+02:00", 9), ("2026-06-06T12:00+02:00", 8)]
)
def test_case_2_a_night_shift_is_an_hour_shorter_or_longer_when_clocks_are_changed(night: str, hours: int) -> None:
    nights = calendar(timezone="Europe/Berlin", week={"sat": ["22:00-06:00"]})
    assert nights.elapsed(at(night), at(night) + DAY) == hours * HOUR


@pytest.mark.parametrize(
    ("window", "opens", "closes"),
    [
        ("02:30-04:00", "2026-03-29T03:00+02:00", "2026-03-29T04:00+02:00"),
        ("01:00-02:30", "2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"),
        ("02:15-02:45", None, None),
    ],
)
def test_case_2_an_edge_in_the_hour_that_is_skipped_is_at_its_end(
    window: str, opens: str | None, closes: str | None
) -> None:
    sunday = calendar(timezone="Europe/Berlin", week={"sun": [window]})
    found = sunday.stretches(at("2026-03-28T12:00+01:00"), at("2026-03-29T12:00+02:00"))
    expected = [] if opens is None or closes is None else [(at(opens), at(closes))]
    assert [(stretch.start, stretch.end) for stretch in found if stretch.is_open] == expected


@pytest.mark.parametrize(
    ("window", "opens", "closes"),
    [
        ("02:30-04:00", "2026-10-25T02:30+02:00", "2026-10-25T04:00+01:00"),
        ("01:00-02:30", "2026-10-25T01:00+02:00", "2026-10-25T02:30+01:00"),
        ("02:15-02:45", "2026-10-25T02:15+02:00", "2026-10-25T02:45+01:00"),
    ],
)
def test_case_2_in_the_hour_that_comes_twice_it_opens_at_the_first_and_closes_at_the_second(
    window: str, opens: str, closes: str
) -> None:
    sunday = calendar(timezone="Europe/Berlin", week={"sun": [window]})
    found = sunday.stretches(at("2026-10-24T12:00+02:00"), at("2026-10-25T12:00+01:00"))
    assert [(stretch.start, stretch.end) for stretch in found if stretch.is_open] == [(at(opens), at(closes))]


def test_case_2_two_windows_in_the_hour_that_comes_twice_do_not_count_it_twice() -> None:
    sunday = calendar(timezone="Europe/Berlin", week={"sun": ["02:00-02:20", "02:40-03:00"]})
    start, end = at("2026-10-25T00:00+02:00"), at("2026-10-26T00:00+01:00")
    assert sunday.elapsed(start, end) == 2 * HOUR
    assert sum(each.end - each.start for each in sunday.stretches(start, end) if each.is_open) == 2 * HOUR


def test_case_2_half_an_hour_is_put_forward_on_lord_howe() -> None:
    night = calendar(timezone="Australia/Lord_Howe", week={"sun": ["00:00-06:00"]})
    assert night.elapsed(at("2026-10-03T20:00+10:30"), at("2026-10-04T12:00+11:00")) == 5.5 * HOUR
    assert night.elapsed(at("2026-04-04T20:00+11:00"), at("2026-04-05T12:00+10:30")) == 6.5 * HOUR


def test_case_2_a_date_that_never_was_has_no_windows() -> None:
    apia = calendar(timezone="Pacific/Apia", week=every_day("09:00-17:00"))
    start, end = at("2011-12-29T00:00-10:00"), at("2012-01-01T00:00+14:00")
    assert apia.elapsed(start, end) == 16 * HOUR
    assert apia.deadline(at("2011-12-29T16:00-10:00"), 2 * HOUR) == at("2011-12-31T10:00+14:00")


def test_case_2_the_clock_of_sao_paulo_skipped_midnight_itself() -> None:
    days = calendar(timezone="America/Sao_Paulo", week={"sun": ["00:00-02:00"]}, holidays=["2018-02-18"])
    assert days.deadline(at("2018-11-03T12:00-03:00"), HOUR) == at("2018-11-04T02:00-02:00")
    assert days.elapsed(at("2018-02-17T12:00-02:00"), at("2018-02-18T12:00-03:00")) == 0


def test_case_2_the_clock_of_st_johns_went_back_to_yesterday() -> None:
    """At a minute past midnight of Sunday it showed Saturday 23:01 again."""
    friday = calendar(timezone="America/St_Johns", week={"fri": ["23:45-23:30"]})
    opens, closes = at("2006-10-27T23:45-02:30"), at("2006-10-28T23:30-03:30")
    assert friday.elapsed(opens - HOUR, closes + HOUR) == closes - opens == 24.75 * HOUR


@pytest.mark.parametrize(
    ("zone", "opens"),
    [
        ("Asia/Shanghai", ["1990-07-02T09:00+09:00", "1992-07-06T09:00+08:00"]),
        ("Europe/Moscow", ["2011-01-03T09:00+03:00", "2012-01-02T09:00+04:00", "2015-01-05T09:00+03:00"]),
    ],
)
def test_case_3_each_date_has_the_offset_that_it_had_and_the_release_of_the_zones_is_recorded(
    zone: str, opens: list[str]
) -> None:
    mondays = calendar(timezone=zone, week={"mon": ["09:00-12:00"]})
    assert [mondays.deadline(at(each) - DAY, 1) for each in opens] == [at(each) + 1 for each in opens]
    assert mondays.document.sources["tzdata"] == TZDATA_VERSION


def test_case_4_a_day_ends_at_24_and_a_day_to_23_59_lacks_a_minute() -> None:
    start, end = at("2026-06-01T00:00+08:00"), at("2026-06-08T00:00+08:00")
    assert calendar(week=every_day("00:00-24:00")).elapsed(start, end) == 7 * DAY
    assert calendar(week=every_day("00:00-23:59")).elapsed(start, end) == 7 * (DAY - 60)


def test_case_4_a_window_over_midnight_belongs_to_the_date_on_which_it_begins() -> None:
    nights = calendar(week={"fri": ["22:00-06:00"]}, holidays=["2026-06-06", "2026-06-12"])
    assert nights.elapsed(at("2026-06-05T12:00+08:00"), at("2026-06-06T12:00+08:00")) == 8 * HOUR
    assert nights.elapsed(at("2026-06-12T12:00+08:00"), at("2026-06-13T12:00+08:00")) == 0


def test_case_4_a_window_to_0_oclock_is_one_to_24_oclock() -> None:
    assert document(week={"mon": ["22:00-00:00"]}).digest() == document(week={"mon": ["22:00-24:00"]}).digest()


def test_case_5_lunch_does_not_count_and_windows_that_touch_are_one() -> None:
    lunch = calendar(week={"mon": ["13:00-17:00", "09:00-12:00"]})
    assert lunch.deadline(at("2026-06-01T11:00+08:00"), 2 * HOUR) == at("2026-06-01T14:00+08:00")
    touching = document(week={"mon": ["12:00-17:00", "09:00-12:00"]})
    assert touching.digest() == document(week={"mon": ["09:00-17:00"]}).digest()


def test_case_6_a_holiday_is_a_date_on_the_calendars_own_clock() -> None:
    tokyo = calendar(timezone="Asia/Tokyo", week=every_day("00:00-24:00"), holidays=["2026-01-01"])
    assert tokyo.elapsed(at("2025-12-31T14:59:59Z"), at("2026-01-01T15:00:01Z")) == 2


def test_case_6_half_a_day_has_its_own_hours() -> None:
    eve = calendar(partial_days={"2026-12-31": ["09:00-12:00"]})
    assert eve.deadline(at("2026-12-31T11:00+08:00"), 2 * HOUR) == at("2027-01-01T10:00+08:00")


def test_case_6_a_feed_that_changes_is_another_version() -> None:
    assert calendar(holidays=["2026-01-01"]).version != calendar(holidays=["2026-01-02"]).version
    named = calendar(holidays={"2026-01-01": {"zh": "元旦", "en": "New Year's Day"}})
    assert named.version != calendar(holidays=["2026-01-01"]).version


def test_case_7_a_saturday_is_worked_instead_with_its_own_hours() -> None:
    centre = calendar(ship="china", extra_days={"2026-02-14": ["10:00-16:00"]})
    assert centre.elapsed(at("2026-02-14T00:00+08:00"), at("2026-02-15T00:00+08:00")) == 6 * HOUR
    assert centre.elapsed(at("2026-10-10T00:00+08:00"), at("2026-10-11T00:00+08:00")) == 7.5 * HOUR


@pytest.mark.parametrize("special", [{}, {"extra_days": {"2026-06-06": ["09:00-10:00"]}}])
def test_case_8_a_calendar_without_open_time_says_never(special: dict[str, object]) -> None:
    closed = calendar(week={}, **special)
    assert closed.deadline(at("2026-07-01T00:00Z"), 1) is None
    assert closed.deadline(at("2026-06-01T00:00Z"), HOUR + 1) is None
    assert closed.deadline(at("2026-06-01T00:00Z"), 10**12) is None
    assert closed.elapsed(at("2026-07-01T00:00Z"), at("2126-07-01T00:00Z")) == 0


def test_case_8_a_single_opening_in_an_empty_week_is_found() -> None:
    once = calendar(week={}, extra_days={"2036-06-06": ["09:00-10:00"]})
    assert once.deadline(at("2026-07-01T00:00Z"), HOUR) == at("2036-06-06T10:00+08:00")


@pytest.mark.parametrize(
    ("start", "hours", "deadline"),
    [
        ("2026-06-01T08:00+08:00", 1, "2026-06-01T10:00+08:00"),  # before the opening
        ("2026-06-01T09:00+08:00", 1, "2026-06-01T10:00+08:00"),  # at the opening
        ("2026-06-01T12:00+08:00", 1, "2026-06-01T14:30+08:00"),  # at the closing
        ("2026-06-01T12:30+08:00", 1, "2026-06-01T14:30+08:00"),  # in the break
        ("2026-06-01T09:00+08:00", 3, "2026-06-01T12:00+08:00"),  # ends exactly at the closing
        ("2026-06-01T09:00+08:00", 7.5, "2026-06-01T18:00+08:00"),  # ends today, not tomorrow morning
        ("2026-06-06T09:00+08:00", 0, "2026-06-06T09:00+08:00"),  # nothing to wait for
    ],
)
def test_case_9_a_deadline_at_the_closing_is_that_moment_and_elapsed_agrees(
    start: str, hours: float, deadline: str
) -> None:
    seconds = int(hours * HOUR)
    assert calendar().deadline(at(start), seconds) == at(deadline)
    assert calendar().elapsed(at(start), at(deadline)) == seconds


def test_case_10_windows_are_half_open_to_the_second() -> None:
    opens, closes = at("2026-06-01T09:00+08:00"), at("2026-06-01T12:00+08:00")
    assert calendar().elapsed(opens - 1, opens) == 0
    assert calendar().elapsed(opens, opens + 1) == 1
    assert calendar().elapsed(closes - 1, closes) == 1
    assert calendar().elapsed(closes, closes + 1) == 0
    assert calendar().deadline(closes - 1, 2) == at("2026-06-01T13:30:01+08:00")


def test_case_10_an_interval_that_ends_before_it_begins_is_empty() -> None:
    moment = at("2026-06-01T10:00+08:00")
    assert calendar().elapsed(moment, moment - HOUR) == 0
    assert calendar().stretches(moment, moment - HOUR) == []


def test_case_11_each_clock_has_its_own_calendar() -> None:
    start = at("2026-06-05T17:30+08:00")
    assert calendar(ship="always").deadline(start, HOUR) == at("2026-06-05T18:30+08:00")
    assert calendar(ship="china").deadline(start, HOUR) == at("2026-06-08T09:30+08:00")
