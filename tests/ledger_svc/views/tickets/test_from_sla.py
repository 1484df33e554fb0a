"""What the ledger keeps of clocks: given these events in the log, then this is known."""

from datetime import datetime
from typing import Any, Final

import pytest

from ledger_svc.views.tickets.document import Clock
from ledger_svc.views.tickets.row import TicketRow
from ledger_svc.views.tickets.view import fold
from shared_events.contracts.base import Fact, Origin
from shared_events.contracts.sla import (
    CancelReason,
    ClockCancelled,
    ClockMet,
    ClockRetargeted,
    OnChange,
    PolicyMigrated,
    RetargetReason,
    SlaBreachRetracted,
    SlaWarningRetracted,
    Turn,
    TurnKind,
)
from tests.ledger_svc.clocks import BREACHED, MET, MET_LATE, PAUSED, RESUMED, STARTED, TERMS, WARNED, clock, minute
from tests.ledger_svc.history import CUSTOMER, NOON, RECEIVED, History
from tests.ledger_svc.views.tickets.given import CLOSED, IN_WORK, RESOLVED, SUBMITTED, given

LONGER: Final = TERMS.model_copy(update={"policy_version": "2", "row": "everything", "target_seconds": 7200})


def clock_after(*events: Fact) -> Clock:
    """The only clock of a ticket to which this happened."""
    (known,) = given(RECEIVED, *events).document["clocks"]
    return known


def turn(kind: TurnKind, minutes: int, elapsed_minutes: int, **said: Any) -> Turn:
    moment = minute(minutes)
    counted = {"elapsed_seconds": 60 * elapsed_minutes}
    return Turn(kind=kind, moment=moment, caused_by="event-1", learned_at=moment, **counted, **said)


def corrected(*turns: Turn, deadline: datetime | None = None, in_time: bool | None = None) -> ClockRetargeted:
    """It turned out to have gone otherwise."""
    about = clock(90, reason=RetargetReason.CORRECTED, elapsed_seconds=0, terms=LONGER)
    return ClockRetargeted(**about, deadline_before=minute(60), deadline=deadline, turns=turns, in_time=in_time)


def test_a_ticket_without_clocks_is_kept_as_before_there_were_any() -> None:
    assert "clocks" not in given(*IN_WORK).document


def test_a_clock_that_runs_says_since_when_until_when_and_by_which_rule() -> None:
    assert clock_after(STARTED) == {
        "clock_id": "first_response/event-1",
        "metric": "first_response",
        "cycle": 1,
        "state": "running",
        "policy": "centre",
        "policy_version": "1",
        "calendar": "always",
        "row": "complaints",
        "target_seconds": 3600,
        "started_at": "2026-03-02T12:00:00Z",
        "deadline": "2026-03-02T13:00:00Z",
        "waiting_for": [],
        "remaining_seconds": None,
        "warnings": [],
        "breaches": [],
        "breached": False,
        "breached_at": None,
        "ended_at": None,
        "cancelled_because": None,
        "in_time": None,
    }


def test_a_clock_that_stands_still_says_what_it_waits_for_and_what_is_left() -> None:
    known = clock_after(STARTED, PAUSED)
    assert (known["state"], known["deadline"]) == ("paused", None)
    assert (known["waiting_for"], known["remaining_seconds"]) == (["customer"], 3000)


def test_a_clock_that_runs_again_has_a_later_deadline() -> None:
    known = clock_after(STARTED, PAUSED, RESUMED)
    assert (known["state"], known["deadline"]) == ("running", "2026-03-02T13:20:00Z")
    assert (known["waiting_for"], known["remaining_seconds"]) == ([], None)


def test_a_clock_that_was_met_says_when_and_that_it_was_in_time() -> None:
    known = clock_after(STARTED, MET)
    assert (known["state"], known["ended_at"], known["in_time"]) == ("met", "2026-03-02T12:20:00Z", True)
    assert (known["deadline"], known["remaining_seconds"]) == ("2026-03-02T13:00:00Z", 2400)


def test_a_clock_that_is_overdue_runs_on_until_it_is_met_late() -> None:
    overdue = clock_after(STARTED, WARNED, BREACHED)
    assert (overdue["state"], overdue["warnings"]) == ("running", [{"warning": "50%", "at": "2026-03-02T12:30:00Z"}])
    assert (overdue["breached"], overdue["breached_at"]) == (True, "2026-03-02T13:00:00Z")
    late = clock_after(STARTED, WARNED, BREACHED, MET_LATE)
    assert (late["state"], late["in_time"], late["breached"], late["remaining_seconds"]) == ("met", False, True, -600)


def test_what_was_said_wrongly_is_taken_back() -> None:
    said = {**clock(90), "caused_by": "event-2"}
    known = clock_after(
        STARTED,
        WARNED,
        BREACHED,
        SlaBreachRetracted(**said, breached_at=BREACHED.at),
        SlaWarningRetracted(**said, warning="50%", warned_at=WARNED.at),
    )
    assert (known["warnings"], known["breaches"], known["breached"], known["breached_at"]) == ([], [], False, None)


def test_only_what_was_said_of_that_moment_is_taken_back() -> None:
    said = {**clock(90), "caused_by": "event-2"}
    known = clock_after(
        STARTED,
        WARNED,
        BREACHED,
        WARNED.model_copy(update={"at": minute(70)}),
        BREACHED.model_copy(update={"at": minute(80)}),
        SlaBreachRetracted(**said, breached_at=minute(80)),
        SlaWarningRetracted(**said, warning="50%", warned_at=WARNED.at),
    )
    assert known["warnings"] == [{"warning": "50%", "at": "2026-03-02T13:10:00Z"}]
    assert (known["breached"], known["breached_at"]) == (True, "2026-03-02T13:00:00Z")


def test_a_clock_that_ended_without_what_it_waited_for_was_neither_in_time_nor_late() -> None:
    known = clock_after(STARTED, ClockCancelled(**clock(5), reason=CancelReason.WITHDRAWN, elapsed_seconds=300))
    assert (known["state"], known["ended_at"], known["in_time"]) == ("cancelled", "2026-03-02T12:05:00Z", None)
    assert known["cancelled_because"] == "withdrawn"


def test_a_clock_that_never_ran_was_not_met_either() -> None:
    superseded = ClockCancelled(**clock(90), reason=CancelReason.SUPERSEDED, elapsed_seconds=1200)
    known = clock_after(STARTED, MET, superseded)
    assert (known["state"], known["in_time"], known["cancelled_because"]) == ("cancelled", None, "superseded")


def test_a_clock_that_goes_by_other_terms_says_which() -> None:
    about = clock(5, reason=RetargetReason.CHANGED, elapsed_seconds=300, terms=LONGER, on_change=OnChange.KEEP)
    known = clock_after(STARTED, ClockRetargeted(**about, deadline_before=minute(60), deadline=minute(120)))
    assert (known["policy_version"], known["row"], known["target_seconds"]) == ("2", "everything", 7200)
    assert (known["state"], known["deadline"]) == ("running", "2026-03-02T14:00:00Z")
    assert known["started_at"] == "2026-03-02T12:00:00Z"


@pytest.mark.parametrize(
    ("turns", "state", "ended_at", "in_time"),
    [
        ((), "running", None, None),
        ((turn(TurnKind.PAUSED, 5, 6, reasons=("vendor",)),), "paused", None, None),
        ((turn(TurnKind.PAUSED, 5, 6), turn(TurnKind.RESUMED, 9, 6)), "running", None, None),
        ((turn(TurnKind.RETARGETED, 5, 6, terms=LONGER),), "running", None, None),
        ((turn(TurnKind.MET, 119, 120),), "met", "2026-03-02T13:59:00Z", True),
        ((turn(TurnKind.MET, 120, 121),), "met", "2026-03-02T14:00:00Z", False),
        ((turn(TurnKind.CANCELLED, 4, 5),), "cancelled", "2026-03-02T12:04:00Z", None),
    ],
)
def test_a_corrected_clock_is_told_anew(
    turns: tuple[Turn, ...], state: str, ended_at: str | None, in_time: bool | None
) -> None:
    began = turn(TurnKind.STARTED, -1, 0, terms=LONGER)
    known = clock_after(STARTED, MET, corrected(began, *turns, deadline=minute(119), in_time=in_time))
    assert (known["state"], known["ended_at"], known["in_time"]) == (state, ended_at, in_time)
    assert (known["started_at"], known["policy_version"]) == ("2026-03-02T11:59:00Z", "2")


@pytest.mark.parametrize("in_time", [True, False])
def test_of_a_corrected_clock_that_was_met_sla_says_whether_it_was_in_time(in_time: bool) -> None:
    """Its deadline was on closing time: of what is met at night nothing is left either way."""
    turns = (turn(TurnKind.STARTED, -1, 0, terms=LONGER), turn(TurnKind.MET, 500, 120))
    known = clock_after(STARTED, BREACHED, corrected(*turns, in_time=in_time))
    assert (known["in_time"], known["remaining_seconds"]) == (in_time, 0)


def test_a_corrected_clock_that_stands_still_says_what_is_left() -> None:
    began = turn(TurnKind.STARTED, -1, 0, terms=LONGER)
    known = clock_after(STARTED, corrected(began, turn(TurnKind.PAUSED, 5, 6, reasons=("vendor",))))
    assert (known["waiting_for"], known["remaining_seconds"], known["deadline"]) == (["vendor"], 7200 - 360, None)


def test_a_clock_that_turned_out_to_be_the_second_has_another_number() -> None:
    known = clock_after(STARTED, ClockMet(**{**MET.model_dump(), "at": MET.at, "by": MET.by, "cycle": 2}))
    assert known["cycle"] == 2


def test_moving_to_another_policy_is_told_by_each_clock_itself() -> None:
    moved = PolicyMigrated(at=NOON, by="admin", policy="centre", policy_version="2", on_change=OnChange.FROM_START)
    assert clock_after(STARTED, moved) == clock_after(STARTED)


def test_a_ticket_is_due_when_the_first_of_its_clocks_that_run_is() -> None:
    other = STARTED.model_copy(update={"clock_id": "total_resolution/event-1", "deadline": minute(240)})
    assert given(RECEIVED).next_due_at is None
    assert given(RECEIVED, other, STARTED).next_due_at == minute(60)
    assert given(RECEIVED, other, STARTED, PAUSED).next_due_at == minute(240)
    assert given(RECEIVED, STARTED, MET).next_due_at is None


def test_the_clocks_of_a_closed_ticket_are_kept() -> None:
    row = given(*IN_WORK, STARTED, SUBMITTED, MET, RESOLVED, CLOSED)
    (known,) = row.document["clocks"]
    assert (row.status, known["state"]) == ("closed", "met")


def test_the_clocks_of_an_imported_ticket_are_kept_as_any_others() -> None:
    row: TicketRow | None = None
    for recorded in History(Origin.IMPORT).of(*IN_WORK, STARTED, BREACHED, MET_LATE):
        row = fold(row, recorded)
    assert row is not None
    (known,) = row.document["clocks"]
    assert (row.origin, known["breached"], known["in_time"]) == ("import", True, False)
    assert row.document["versions"] == {"intake": 2, "routing": 2, "sla": 3}


def test_a_ticket_of_which_only_its_clock_is_known_learns_later_whose_it_is() -> None:
    assert given(STARTED).customer_id == ""
    row = given(STARTED, RECEIVED)
    assert (row.customer_id, row.received_at) == (CUSTOMER, RECEIVED.at)
