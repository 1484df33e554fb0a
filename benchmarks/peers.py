"""FastAPI applications that do the like of ours, but keep nothing: what the framework alone costs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg
from fastapi import FastAPI, Response

from intake_svc.api.bodies import ClassificationIn, ConsultationIn, ConsultationOut
from intake_svc.domain.state import ConsultationStatus as IntakeStatus
from routing_svc.api.answering import TicketOut
from routing_svc.api.answers import AnswerIn, SubmissionIn, VerdictIn
from routing_svc.api.assignment import AssignmentIn
from routing_svc.api.work import ProblemIn, SearchIn
from routing_svc.domain.commands import Action
from routing_svc.domain.state import Place, Status
from shared_events.contracts.base import Tier
from shared_events.contracts.intake import Channel, Importance

TICKET_ID: Final = "0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50"


def echo(_dsn: str) -> FastAPI:
    """Validates the body of a consultation and sends it back."""
    app = FastAPI()

    @app.post("/v1/consultations", status_code=201)
    async def receive(body: ConsultationIn) -> ConsultationIn:
        return body

    return app


def one_select(dsn: str) -> FastAPI:
    """Sends the bytes that it finds under an id."""

    @asynccontextmanager
    async def with_pool(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, min_size=2, max_size=20, reset=_keep) as app.state.pool:
            yield

    app = FastAPI(lifespan=with_pool)

    @app.get("/v1/tickets/{ticket_id}")
    async def read(ticket_id: str) -> Response:
        body = await app.state.pool.fetchval("select body from benchmark_answer where ticket_id = $1", ticket_id)
        return Response(body, media_type="application/json")

    return app


def storeless(_dsn: str) -> FastAPI:
    """Validates what a whole consultation sends, and always gives the same answer."""
    app = FastAPI()
    received, ticket = _received(), _ticket()

    @app.post("/v1/consultations", status_code=201)
    async def receive(body: ConsultationIn) -> ConsultationOut:  # noqa: ARG001 - validated, and that is all
        return received

    @app.post("/v1/consultations/{ticket_id}/classification")
    async def classify(ticket_id: str, body: ClassificationIn) -> ConsultationOut:  # noqa: ARG001 - as above
        return received

    _route(app, "assignment", AssignmentIn, ticket)
    _route(app, "problem", ProblemIn, ticket)
    _route(app, "searches", SearchIn, ticket)
    _route(app, "answers", AnswerIn, ticket)
    _route(app, "answers/{n}/submission", SubmissionIn, ticket)
    _route(app, "answers/{n}/verdict", VerdictIn, ticket)
    return app


def _route(app: FastAPI, path: str, kind: Any, answer: TicketOut) -> None:
    async def command(ticket_id: str, body: Any) -> TicketOut:  # noqa: ARG001 - as above
        return answer

    command.__annotations__["body"] = kind
    app.post(f"/v1/tickets/{{ticket_id}}/{path}")(command)


def _received() -> ConsultationOut:
    at = datetime(2026, 3, 1, 8, tzinfo=UTC)
    return ConsultationOut(
        ticket_id=TICKET_ID,
        number="0000-0001-3",
        customer_id=TICKET_ID,
        status=IntakeStatus.OPEN,
        channel=Channel.TELEPHONE,
        contacted_at=at,
        received_at=at,
        language="zh",
        importance=Importance.NORMAL,
        product=None,
        messages_count=0,
        acknowledgement=None,
        classification=None,
        expected_reply_at=at,
    )


def _ticket() -> TicketOut:
    return TicketOut(
        ticket_id=TICKET_ID,
        status=Status.IN_WORK,
        place=Place.CSE_20,
        tier=Tier.CSE,
        team="cse",
        agent_id="p-0123456789ab",
        paused=None,
        open_answer=None,
        answers_count=0,
        open_case=None,
        resolution=None,
        closing_cause=None,
        allowed=[Action.RECORD_SEARCH, Action.PROPOSE_ANSWER],
        version=3,
    )


async def _keep(connection: asyncpg.Connection) -> None:
    """Nothing here changes a session, so there is nothing to reset."""
