"""A clock as a picture of text."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.cli.sla_timeline import timeline

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_each_column_shows_what_most_of_its_time_was() -> None:
    drawn = timeline(clock(("window", 4), ("paused", 2), ("window", 2), ("outside_hours", 2)), 10)
    assert drawn is not None
    assert (drawn.stretches, drawn.marks, drawn.over) == ("████▒▒██░░", "", 10)


def test_a_deadline_that_is_ahead_widens_the_picture() -> None:
    drawn = timeline(clock(("window", 5), deadline=9.5), 10)
    assert drawn is not None
    assert (drawn.stretches, drawn.marks) == ("█████·····", " " * 9 + "┃")


def test_what_is_over_begins_where_the_target_is_used_up() -> None:
    drawn = timeline(clock(("window", 10), deadline=5, breached=5, warned=2.5, target=5), 20)
    assert drawn is not None
    assert (drawn.marks, drawn.over) == (" " * 5 + "▲" + " " * 4 + "✖", 10)


def test_what_was_over_by_a_rule_before_that_took_over_is_over_from_there_on() -> None:
    drawn = timeline(clock(("window", 2), ("paused", 2), ("window", 4), deadline=7, target=3), 8)
    assert drawn is not None
    assert (drawn.marks, drawn.over) == (" " * 7 + "┃", 5)


def test_a_clock_that_has_ended_ends_there_and_not_at_its_deadline() -> None:
    drawn = timeline(clock(("window", 2), deadline=8, ended=2), 4)
    assert drawn is not None
    assert (drawn.stretches, drawn.marks) == ("████", "")


def test_a_clock_without_segments_has_no_picture() -> None:
    assert timeline(clock(), 10) is None


def clock(
    *stretches: tuple[str, float],
    deadline: float | None = None,
    breached: float | None = None,
    warned: float | None = None,
    ended: float | None = None,
    target: float = 100,
) -> dict[str, Any]:
    """Reasons with their hours, one after the other."""
    segments = []
    at = 0.0
    for reason, hours in stretches:
        segments.append({"from": moment(at), "to": moment(at + hours), "counted": reason == "window", "reason": reason})
        at += hours
    return {
        "segments": segments,
        "target_seconds": target * 3600,
        "deadline": moment(deadline),
        "breaches": [] if breached is None else [{"at": moment(breached)}],
        "ended_at": moment(ended),
        "warnings": [] if warned is None else [{"warning": "50%", "at": moment(warned)}],
    }


def moment(hours: float | None) -> str | None:
    """After nine."""
    return None if hours is None else (NINE + timedelta(hours=hours)).isoformat()
