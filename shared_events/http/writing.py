"""What a write brings along in its headers, and how its outcome is answered (D4, D14)."""

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel

from shared_events.clock import Clock
from shared_events.contracts.envelope import Position
from shared_events.contracts.records import record
from shared_events.http.access import Gate, Principal, Role, SentHeader
from shared_events.http.bodies import CLOCK_TOLERANCE, CommandBody
from shared_events.http.conditional import (
    IF_MATCH_PATTERN,
    POSITIONS_PATTERN,
    etag_of,
    expected_versions,
    parse_positions,
)
from shared_events.http.problems import Problem, request_id
from shared_events.http.traces import trace_context
from shared_events.runtime.commands import Call, Handled
from shared_events.store.appends import CommandKey

S = TypeVar("S")
KEY_PATTERN: Final = r"^[!-~]{1,200}$"
"""Of an idempotency key, for the OpenAPI document."""

_KEY: Final = re.compile(r"[!-~]{1,200}")


class Waits(Protocol):
    """Knows how far each service has read the log."""

    async def consumed(self, service: str, positions: Sequence[Position]) -> bool:
        """Wait, for a bounded time, until `service` has consumed all these positions."""
        ...


@record
class Write:
    """One write: who asks, under which key, on which condition."""

    principal: Principal
    call: Call
    if_match: Sequence[dict[str, int]]
    if_match_required: bool
    positions: tuple[Position, ...]
    waits: Waits
    clock: Clock

    @property
    def by(self) -> str:
        """The principal's id."""
        return self.principal.id

    @property
    def role(self) -> Role:
        """The principal's role."""
        return self.principal.role

    def at(self, body: CommandBody) -> datetime:
        """When it happened: as the body says, or now."""
        now = self.clock.now()
        if body.occurred_at is None:
            return now
        if body.occurred_at > now + CLOCK_TOLERANCE:
            raise Problem(
                422,
                "INVALID_REQUEST",
                "The request is not of the expected form.",
                errors=[
                    {
                        "pointer": "/occurred_at",
                        "expected": f"a moment that is not in the future (now is {now.isoformat()})",
                        "found": body.occurred_at.isoformat(),
                    }
                ],
            )
        return min(body.occurred_at.astimezone(UTC), now)

    async def expected_version(self, source: str) -> int | None:
        """Wait until `source` has seen what the caller has seen, and say which version of its stream is expected."""
        foreign = [position for position in self.positions if position.source != source]
        if foreign and not await self.waits.consumed(source, foreign):
            raise behind(source, foreign)
        versions = [vector[source] for vector in self.if_match if source in vector]
        if not versions and self.if_match_required:
            raise Problem(
                428,
                "IF_MATCH_REQUIRED",
                "This replaces a fact: say with If-Match which state you have seen.",
                detail=f'The ETag of the ticket has the part that is needed, as "{source}.3".',
            )
        return max(versions, default=None)

    def answer(
        self,
        handled: Handled[S],
        render: Callable[[Handled[S]], BaseModel],
        status: int = 200,
        location: str | None = None,
    ) -> Response:
        """The aggregate as it is now, its part of the ETag and the position; or the problem with the present state."""
        headers = {"ETag": etag_of({handled.source: handled.version})} if handled.version else {}
        _raise_if_refused(handled, render, headers)
        if handled.position is not None:
            headers["Zixun-Position"] = str(handled.position)
        if location is not None:
            headers["Location"] = location
        if handled.repeated:
            headers["Idempotency-Replayed"] = "true"
        return Response(
            render(handled).model_dump_json(), status_code=status, headers=headers, media_type="application/json"
        )


def refuse_fault(handled: Handled[S], fields: Mapping[StrEnum, str]) -> None:
    """422 for a refusal of what was sent, wherever the ticket is; `fields` has the pointer to what is wrong."""
    refused = handled.refused
    if refused is None or refused.reason not in fields:
        return
    error = {"pointer": fields[refused.reason], "expected": refused.expected or refused.now or refused.reason.value}
    if refused.found is not None:
        error["found"] = refused.found
    raise Problem(422, refused.reason.name, refused.reason.value, detail=refused.now or None, errors=[error])


def behind(service: str, positions: Sequence[Position]) -> Problem:
    """503: the service has not yet consumed what the caller has seen."""
    wanted = ", ".join(str(position) for position in positions)
    return Problem(
        503,
        "BEHIND",
        f"{service} has not yet consumed {wanted}. Nothing was done; try again.",
        headers={"Retry-After": "1"},
    )


class Writer(Gate):
    """A dependency that lets some roles in and reads the headers of a write."""

    headers = (
        SentHeader("Idempotency-Key", "The same key gets the same outcome, and never a second event.", KEY_PATTERN),
        SentHeader("If-Match", "An ETag; refused with 412 if the ticket has moved on.", IF_MATCH_PATTERN),
        SentHeader(
            "Zixun-Position",
            "A position from an earlier answer; the service first catches up with it.",
            POSITIONS_PATTERN,
        ),
    )

    def __init__(self, roles: Collection[Role], *, if_match_required: bool) -> None:
        super().__init__(roles)
        self._if_match_required = if_match_required

    async def __call__(self, request: Request) -> Write:
        """What the request brings along."""
        principal, headers = await self.admit(request), request.headers
        return Write(
            principal=principal,
            call=await _call(request, principal, headers.get("idempotency-key")),
            if_match=[dict(vector) for vector in expected_versions(headers.get("if-match"))],
            if_match_required=self._if_match_required,
            positions=parse_positions(headers.get("zixun-position")),
            waits=request.app.state.waits,
            clock=request.app.state.clock,
        )


class Reader(Gate):
    """A dependency that lets some roles in and gives the principal, once the service has what the caller has seen."""

    headers: Sequence[SentHeader] = (
        SentHeader(
            "Zixun-Position",
            "A position from an earlier answer; the read first catches up with it.",
            POSITIONS_PATTERN,
        ),
    )

    def __init__(self, service: str, roles: Collection[Role], headers: Sequence[SentHeader]) -> None:
        super().__init__(roles)
        self.headers = (*Reader.headers, *headers)
        self._service = service

    async def __call__(self, request: Request) -> Principal:
        """First the credential, then the waiting, so that nobody waits here without one."""
        principal = await self.admit(request)
        positions = parse_positions(request.headers.get("zixun-position"))
        waits: Waits = request.app.state.waits
        if positions and not await waits.consumed(self._service, positions):
            raise behind(self._service, positions)
        return principal


def writer(*roles: Role, if_match_required: bool = False) -> Writer:
    """A dependency of routes that write."""
    return Writer(roles, if_match_required=if_match_required)


def reader(service: str, *roles: Role, headers: Sequence[SentHeader] = ()) -> Reader:
    """A dependency of routes of a service that read; `headers` are those that the route itself looks at."""
    return Reader(service, roles, headers)


async def _call(request: Request, principal: Principal, key: str | None) -> Call:
    if key is not None and _KEY.fullmatch(key) is None:
        raise Problem(
            400,
            "INVALID_IDEMPOTENCY_KEY",
            "The header Idempotency-Key cannot be used.",
            errors=[
                {"pointer": "Idempotency-Key", "expected": "1 to 200 visible ASCII characters", "found": key[:100]}
            ],
        )
    return Call(
        command_key=None if key is None else await _command_key(request, principal, key),
        correlation_id=request_id(request) or "",
        causation_id=None,
        trace_context=trace_context(request.headers.get("traceparent", "")),
    )


async def _command_key(request: Request, principal: Principal, key: str) -> CommandKey:
    body = await request.body()
    said = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + body
    route = request.scope["route"].name
    return CommandKey(f"{principal.id} {route}", key, hashlib.sha256(said).digest())


def _raise_if_refused(handled: Handled[S], render: Callable[[Handled[S]], BaseModel], headers: dict[str, str]) -> None:
    if handled.key_reused:
        raise Problem(
            422,
            "IDEMPOTENCY_KEY_REUSED",
            "This Idempotency-Key was used for another request. Nothing was done.",
            detail="Use a new key for a new request; repeat a request byte by byte.",
        )
    refused = handled.refused
    if refused is not None and handled.version == 0:
        raise Problem(
            404,
            "UNKNOWN_TICKET",
            f"{handled.source} knows nothing of {handled.subject}.",
            detail=f"{refused} If another answer has just told of the ticket, send its Zixun-Position along.",
        )
    if handled.outdated is not None:
        raise Problem(
            412,
            "OUTDATED",
            f"You have seen {handled.source}.{handled.outdated}, the ticket is at {handled.source}.{handled.version}.",
            headers=headers,
            present=render(handled) if handled.version else None,
        )
    if refused is not None:
        raise Problem(
            409,
            refused.reason.name,
            refused.reason.value,
            headers=headers,
            now=refused.now or None,
            allowed=list(refused.allowed),
            present=render(handled),
        )
