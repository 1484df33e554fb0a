"""Clocks are shown in the order in which somebody has to look at them."""

from datetime import timedelta

from ledger_svc.views.tickets.clocks import clock, most_urgent_first, next_due_at
from ledger_svc.views.tickets.document import Clock
from tests.ledger_svc.history import NOON, RECEIVED
from tests.ledger_svc.views.tickets.given import given


def known(clock_id: str, state: str, deadline: str | None = None, started_at: str | None = None) -> Clock:
    made = clock(given(RECEIVED), clock_id)
    made["state"], made["deadline"], made["started_at"] = state, deadline, started_at
    return made


def test_what_runs_comes_first_by_when_it_is_due_then_what_stands_still_then_what_is_over() -> None:
    ordered = [
        known("soon", "running", "2026-03-02T13:00:00Z"),
        known("later", "running", "2026-03-02T13:00:00.500000Z"),
        known("never", "running"),
        known("first-paused", "paused", None, "2026-03-02T11:00:00Z"),
        known("second-paused", "paused", None, "2026-03-02T12:00:00Z"),
        known("cancelled", "cancelled", "2026-03-02T10:00:00Z", "2026-03-02T09:00:00Z"),
        known("met", "met", "2026-03-02T09:30:00Z", "2026-03-02T09:10:00Z"),
    ]
    assert most_urgent_first(reversed(ordered)) == ordered


def test_next_due_is_the_earliest_deadline_of_what_runs() -> None:
    running = [
        known("b", "running", "2026-03-02T13:00:00.500000Z"),
        known("a", "running", "2026-03-02T13:00:00Z"),
        known("c", "running"),
    ]
    over = [known("met", "met", "2026-03-02T10:00:00Z"), known("waiting", "paused")]
    assert next_due_at([*over, *running]) == NOON + timedelta(hours=1)
    assert next_due_at(over) is None


def test_a_clock_is_begun_once() -> None:
    ticket = given(RECEIVED)
    clock(ticket, "a")["cycle"] = 3
    assert [clock(ticket, "a")["cycle"], clock(ticket, "b")["cycle"]] == [3, 0]
