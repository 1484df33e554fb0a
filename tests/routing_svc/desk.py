"""Consultations that come in at a running centre, and requests about their tickets."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from shared_events.http import Role
from tests.system.serving import Centre, serving

KIND: Final = {
    "category": "technical_support",
    "request_kind": "in_contract_service",
    "complexity": "complex",
    "urgency": "normal",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One ticket, and the way to ask for something."""

    centre: Centre
    ticket_id: str
    position: str

    async def ask(
        self, what: str, body: Mapping[str, Any] | None = None, role: Role = Role.AGENT, **headers: str
    ) -> httpx2.Response:
        """`POST /v1/tickets/{ticket_id}/{what}`, after routing has caught up with the consultation."""
        headers.setdefault("Zixun_Position", self.position)
        return await self.centre.post(f"/v1/tickets/{self.ticket_id}/{what}", body, role, **headers)

    async def undo(self, what: str, body: Mapping[str, Any] | None = None, role: Role = Role.AGENT) -> httpx2.Response:
        """`DELETE /v1/tickets/{ticket_id}/{what}`."""
        return await self.centre.delete(f"/v1/tickets/{self.ticket_id}/{what}", body, role)

    async def done(self, what: str, body: Mapping[str, Any] | None = None, role: Role = Role.AGENT) -> dict[str, Any]:
        """As `ask`, and it succeeds."""
        answer = await self.ask(what, body, role)
        assert answer.status_code == 200, answer.text
        ticket: dict[str, Any] = answer.json()
        return ticket


@dataclass(frozen=True, slots=True)
class Desk:
    """A running centre that receives consultations."""

    centre: Centre

    async def receive(self, **kind: str) -> Case:
        """A consultation, classified as technical support unless said otherwise."""
        importance = {"importance": kind.pop("importance")} if "importance" in kind else {}
        asked = {"channel": "telephone", "content": "It drops at night."} | importance
        received = await self.centre.post("/v1/consultations", asked)
        ticket_id = received.json()["ticket_id"]
        classified = await self.centre.post(f"/v1/consultations/{ticket_id}/classification", KIND | kind)
        assert classified.status_code == 200, classified.text
        return Case(self.centre, ticket_id, classified.headers["Zixun-Position"])

    async def receive_at_cse_30(self) -> Case:
        """A ticket of the agent, recorded and searched."""
        case = await self.receive()
        await case.done("assignment")
        await case.done("problem", {"problem": "It drops at night."})
        await case.done("searches", {"query": "drops at night"})
        return case

    async def receive_answered(self) -> Case:
        """A ticket whose first answer waits for its verdict."""
        case = await self.receive_at_cse_30()
        await case.done("answers", {"text": "Restart it."})
        await case.done("answers/1/submission")
        return case


@asynccontextmanager
async def open_desk(database: str) -> AsyncIterator[Desk]:
    """A desk on a migrated database, at work until the block ends."""
    async with serving(database) as centre:
        yield Desk(centre)
