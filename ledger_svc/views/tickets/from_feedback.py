"""How feedback's events change the ticket: the callback visits after its accepted answers (CCE-10)."""

from collections.abc import Mapping
from typing import Final

from ledger_svc.views.tickets.document import Callback, happening, moment, moment_or_none
from ledger_svc.views.tickets.row import Change, TicketRow
from shared_events.contracts.base import Fact
from shared_events.contracts.feedback import (
    CallbackAttempted,
    CallbackCompleted,
    CallbackScheduled,
    DissatisfactionRaised,
)


def _scheduled(ticket: TicketRow, event: CallbackScheduled) -> None:
    callback = _callback(ticket, event.callback_id)
    callback["answer"] = event.answer
    callback["due_at"] = moment(event.due_at)


def _attempted(ticket: TicketRow, event: CallbackAttempted) -> None:
    _callback(ticket, event.callback_id)["attempts"].append(
        {
            "attempt": event.attempt,
            "result": event.result,
            "try_again_at": moment_or_none(event.try_again_at),
            "note": event.note,
            "tried": happening(event),
        }
    )


def _completed(ticket: TicketRow, event: CallbackCompleted) -> None:
    callback = _callback(ticket, event.callback_id)
    callback["satisfied"] = event.satisfied
    callback["comment"] = event.comment
    callback["completed"] = happening(event)


def _dissatisfied(ticket: TicketRow, event: DissatisfactionRaised) -> None:
    _callback(ticket, event.callback_id)["dissatisfaction_raised"] = happening(event)


def _callback(ticket: TicketRow, callback_id: str) -> Callback:
    callbacks = ticket.document["callbacks"]
    for callback in callbacks:
        if callback["callback_id"] == callback_id:
            return callback
    added = Callback(
        callback_id=callback_id,
        answer=None,
        due_at=None,
        attempts=[],
        satisfied=None,
        comment=None,
        completed=None,
        dissatisfaction_raised=None,
    )
    callbacks.append(added)
    return added


FROM_FEEDBACK: Final[Mapping[type[Fact], Change]] = {
    CallbackScheduled: _scheduled,
    CallbackAttempted: _attempted,
    CallbackCompleted: _completed,
    DissatisfactionRaised: _dissatisfied,
}
