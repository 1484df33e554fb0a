"""What holds for every calendar, every moment and every duration."""

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sla_svc.adapters.calendars import compiled
from sla_svc.domain.calendars.calendar import Calendar
from sla_svc.domain.calendars.document import CalendarDocument
from tests.effort import examples
from tests.sla_svc.domain.calendars.arbitrary import documents, moments
from tests.sla_svc.domain.calendars.oracle import open_minutes

Written = tuple[dict[str, Any], date]
OBSERVED_DAYS = 5


def calendar_of(written: dict[str, Any]) -> Calendar:
    return compiled("any", CalendarDocument.model_validate(written))


@settings(max_examples=examples(40))
@given(written=documents())
def test_a_walk_from_minute_to_minute_finds_the_same_minutes_open(written: Written) -> None:
    document, around = written
    start = datetime.fromisoformat(f"{around - timedelta(days=2)}T00:00+00:00")
    minutes = OBSERVED_DAYS * 24 * 60
    expected = open_minutes(document, start, minutes)
    centre, first = calendar_of(document), int(start.timestamp())
    found: list[bool] = []
    for stretch in centre.stretches(first, first + 60 * minutes):
        found += [stretch.is_open] * ((stretch.end - stretch.start) // 60)
    assert found == expected
    opened = [first + 60 * index for index, is_open in enumerate(expected) if is_open]
    assert centre.elapsed(first, first + 60 * minutes) == 60 * len(opened)
    for number in range(0, len(opened), 97):
        assert centre.deadline(first, 60 * number + 1) == opened[number] + 1
        assert centre.elapsed(first, opened[number]) == 60 * number


@settings(max_examples=examples(50))
@given(written=documents(), data=st.data(), seconds=st.integers(0, 400 * 86_400))
def test_what_elapsed_until_a_deadline_is_the_duration_and_not_a_second_earlier(
    written: Written, data: st.DataObject, seconds: int
) -> None:
    document, around = written
    centre, start = calendar_of(document), data.draw(moments(around, 5))
    deadline = centre.deadline(start, seconds)
    if deadline is None:
        assert not any(document["week"].values())
        assert centre.elapsed(start, start + 40 * 86_400) < seconds
        return
    assert centre.elapsed(start, deadline) == seconds
    if seconds:
        assert centre.elapsed(start, deadline - 1) == seconds - 1


@settings(max_examples=examples(50))
@given(written=documents(), data=st.data())
def test_an_interval_that_is_split_adds_up_and_never_shrinks(written: Written, data: st.DataObject) -> None:
    document, around = written
    centre = calendar_of(document)
    early, middle, late = sorted(data.draw(moments(around, 5)) for _ in range(3))
    assert centre.elapsed(early, middle) + centre.elapsed(middle, late) == centre.elapsed(early, late)
    assert 0 <= centre.elapsed(early, middle) <= centre.elapsed(early, late) <= late - early


@settings(max_examples=examples(50))
@given(written=documents(), data=st.data())
def test_a_later_start_or_a_longer_duration_is_due_no_earlier(written: Written, data: st.DataObject) -> None:
    document, around = written
    centre = calendar_of(document)
    early, late = sorted(data.draw(moments(around, 5)) for _ in range(2))
    shorter, longer = sorted(data.draw(st.integers(0, 20 * 86_400)) for _ in range(2))
    dues = [centre.deadline(early, shorter), centre.deadline(early, longer), centre.deadline(late, longer)]
    due = [float("inf") if each is None else each for each in dues]
    assert due == sorted(due)


@settings(max_examples=examples(50))
@given(written=documents(), data=st.data())
def test_stretches_are_contiguous_and_the_open_ones_add_up_to_what_elapsed(
    written: Written, data: st.DataObject
) -> None:
    document, around = written
    centre = calendar_of(document)
    start, end = sorted(data.draw(moments(around, 5)) for _ in range(2))
    stretches = centre.stretches(start, end)
    assert [start, *(each.end for each in stretches)] == [*(each.start for each in stretches), end]
    assert sum(each.end - each.start for each in stretches if each.is_open) == centre.elapsed(start, end)
    assert all(each.why.text(language) for each in stretches for language in ("zh", "en"))


@settings(max_examples=examples(20))
@given(written=documents(), data=st.data())
def test_what_was_asked_before_changes_no_answer(written: Written, data: st.DataObject) -> None:
    """Years are computed as they are asked for, in any order."""
    document, around = written
    years = st.integers(around.year - 3, around.year + 3)
    asked = calendar_of(document)
    for year in data.draw(st.lists(years, max_size=4)):
        asked.deadline(int(datetime.fromisoformat(f"{year}-06-01T00:00+00:00").timestamp()), 100_000)
    start = data.draw(moments(around, 800))
    assert asked.deadline(start, 500_000) == calendar_of(document).deadline(start, 500_000)
    assert asked.elapsed(start, start + 10**7) == calendar_of(document).elapsed(start, start + 10**7)


@settings(max_examples=examples(20))
@given(written=documents())
def test_a_published_calendar_is_read_back_as_the_same_version(written: Written) -> None:
    centre = calendar_of(written[0])
    again = CalendarDocument.model_validate_json(centre.document.canonical())
    assert compiled("any", again).version == centre.version
