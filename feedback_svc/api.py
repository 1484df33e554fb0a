"""The HTTP resources of feedback: callback visits (CCE-10)."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, Field, StrictBool, StrictInt

from feedback_svc.domain.callback import (
    Callback,
    Command,
    CompleteCallback,
    RecordAttempt,
    Refusal,
    ScheduleCallback,
    ticket_of,
)
from shared_events.contracts.feedback import AttemptResult, FeedbackEvent
from shared_events.http import (
    COMMAND_RESPONSES,
    CommandBody,
    GatedRoute,
    Moment,
    Problem,
    Role,
    Text,
    TicketPath,
    Write,
    refuse_fault,
    writer,
)
from shared_events.runtime.commands import Aggregate, Handled

Visits = tuple[Callback, ...]
Callbacks = Aggregate[Command, FeedbackEvent, Visits]
AgentWrite = Annotated[Write, Depends(writer(Role.AGENT, Role.LEAD, Role.ADMIN))]

_FAULTS: Final[Mapping[StrEnum, str]] = {
    Refusal.DUE_IN_THE_PAST: "/due_at",
    Refusal.TRY_AGAIN_MISSING: "/try_again_at",
    Refusal.TRY_AGAIN_IN_THE_PAST: "/try_again_at",
    Refusal.TRY_AGAIN_NEEDLESS: "/try_again_at",
}
"""Refusals of what was sent, and of which field."""

_EXAMPLE_ID: Final = "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50"

CallbackPath = Annotated[
    str,
    Path(
        description="The id of the callback: its ticket's id, a dot, and a number from 1.",
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.[1-9][0-9]{0,5}$",
        examples=[f"{_EXAMPLE_ID}.1"],
    ),
]


class CallbackIn(CommandBody):
    """Plan a visit by hand (R12)."""

    answer: StrictInt | None = Field(
        None, ge=1, le=1_000_000, description="The answer that it is about, if it is about one."
    )
    due_at: Moment | None = Field(None, description="When the visit is due; 24 hours from now, if absent.")


class CallbackAttemptIn(CommandBody):
    """Somebody tried to reach the customer."""

    result: AttemptResult
    try_again_at: Moment | None = Field(None, description="Exactly for a customer who was not reached.")
    note: Text | None = Field(None, examples=["Busy; asked for a call in the afternoon."])


class CallbackOutcomeIn(CommandBody):
    """What the customer said. A dissatisfied customer reopens the ticket."""

    satisfied: StrictBool = Field(examples=[True])
    comment: Text | None = Field(None, examples=["Works since the update, thank you."])


class CallbackOut(BaseModel):
    """One visit."""

    callback_id: str = Field(examples=[f"{_EXAMPLE_ID}.1"])
    customer_id: str = Field(examples=[_EXAMPLE_ID])
    answer: int | None = Field(description="The answer that it is about.")
    due_at: datetime
    attempts: int = Field(description="How often somebody tried.")
    try_again_at: datetime | None = Field(description="When the customer, not reached so far, is tried again.")
    reached: bool
    satisfied: bool | None = Field(description="The outcome; absent until there is one.")

    @classmethod
    def of(cls, visit: Callback) -> "CallbackOut":
        """From the state."""
        return cls(
            callback_id=visit.callback_id,
            customer_id=visit.customer_id,
            answer=visit.answer,
            due_at=visit.due_at,
            attempts=visit.attempts,
            try_again_at=visit.try_again_at,
            reached=visit.reached,
            satisfied=visit.satisfied,
        )


class CallbacksOut(BaseModel):
    """All visits of a ticket, oldest first."""

    ticket_id: str = Field(examples=[_EXAMPLE_ID])
    callbacks: list[CallbackOut]

    @classmethod
    def of(cls, handled: Handled[Visits]) -> "CallbacksOut":
        """From what the command left behind."""
        return cls(ticket_id=handled.subject, callbacks=[CallbackOut.of(visit) for visit in handled.state])


def build_router(callbacks: Callbacks, customer_of: Callable[[str], Awaitable[str | None]]) -> APIRouter:
    """The routes. Each answers with all visits of the ticket, which are one aggregate.

    `customer_of` says whose ticket it is, or none for a ticket that feedback has not heard of.
    """
    router = APIRouter(route_class=GatedRoute, tags=["feedback"])
    _route_plan(router, callbacks, customer_of)
    _route_visit(router, callbacks)
    return router


def _route_plan(router: APIRouter, callbacks: Callbacks, customer_of: Callable[[str], Awaitable[str | None]]) -> None:
    @router.post("/v1/tickets/{ticket_id}/callbacks", response_model=CallbacksOut, responses=COMMAND_RESPONSES)
    async def schedule_callback(ticket_id: TicketPath, body: CallbackIn, write: AgentWrite) -> Response:
        """Plan a visit by hand. An answer has one visit; to plan it again changes nothing."""
        await write.expected_version("feedback")  # first catch up with the Zixun-Position that the caller has seen
        command = ScheduleCallback(
            ticket_id=ticket_id,
            customer_id=_known(await customer_of(ticket_id), ticket_id),
            answer=body.answer,
            due_at=body.due_at,
            at=write.at(body),
            by=write.by,
        )
        return _answer(write, await callbacks.handle(ticket_id, command, write))


def _route_visit(router: APIRouter, callbacks: Callbacks) -> None:
    @router.post("/v1/callbacks/{callback_id}/attempts", response_model=CallbacksOut, responses=COMMAND_RESPONSES)
    async def record_callback_attempt(
        callback_id: CallbackPath, body: CallbackAttemptIn, write: AgentWrite
    ) -> Response:
        """CCE-10: somebody tried to reach the customer."""
        command = RecordAttempt(
            callback_id=callback_id,
            result=body.result,
            try_again_at=body.try_again_at,
            note=body.note,
            at=write.at(body),
            by=write.by,
        )
        return _answer(write, await callbacks.handle(ticket_of(callback_id), command, write))

    @router.post("/v1/callbacks/{callback_id}/outcome", response_model=CallbacksOut, responses=COMMAND_RESPONSES)
    async def record_callback_outcome(
        callback_id: CallbackPath, body: CallbackOutcomeIn, write: AgentWrite
    ) -> Response:
        """CCE-10: what the customer said. Not satisfied reopens the ticket, by events alone."""
        command = CompleteCallback(
            callback_id=callback_id,
            satisfied=body.satisfied,
            comment=body.comment,
            at=write.at(body),
            by=write.by,
        )
        return _answer(write, await callbacks.handle(ticket_of(callback_id), command, write))


def _known(customer_id: str | None, ticket_id: str) -> str:
    if customer_id is None:
        raise Problem(404, "UNKNOWN_TICKET", f"feedback knows nothing of {ticket_id}.")
    return customer_id


def _answer(write: Write, handled: Handled[Visits]) -> Response:
    """An unknown callback is 404, also on a known ticket."""
    refused = handled.refused
    if refused is not None and refused.reason is Refusal.UNKNOWN_CALLBACK:
        raise Problem(404, refused.reason.name, refused.reason.value, detail=refused.now)
    refuse_fault(handled, _FAULTS)
    return write.answer(handled, CallbacksOut.of)
