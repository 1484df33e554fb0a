"""Routes that ask their gate first, and take over what the entrance has read."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Final

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared_events.http.access import Gate

_ASKED: Final = "the request"
"""Under which FastAPI hands it to an endpoint that does not want it; no parameter can have such a name."""


class GatedRoute(APIRoute):
    """A route whose gate is described as a dependency, and asked as a function.

    FastAPI reads path, query, headers and cookies for every dependency again, also for one that wants nothing but the
    request: that cost as much as a quarter of an answer. The gate decides, as before, ahead of what a body may say.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's hook for routes of another kind."""
        described = self.dependant
        gate = next((each for each in described.dependencies if isinstance(each.call, Gate)), None)
        if gate is None or not isinstance(gate.call, Gate):
            return super().get_route_handler()
        admit = gate.call
        self.dependant = _behind(gate, described)
        handle = super().get_route_handler()
        self.dependant = described

        async def ask_and_handle(request: Request) -> Response:
            received = _Received(request.scope, request.receive)
            received.admitted = await admit(received)
            return await handle(received)

        return ask_and_handle


class _Received(Request):
    """A request whose body the entrance has read and parsed."""

    admitted: Any = None
    """What the gate gave for it."""

    async def body(self) -> bytes:
        known: bytes | None = self.scope.get("state", {}).get("body")
        return await super().body() if known is None else known

    async def json(self) -> Any:
        state = self.scope.get("state", {})
        return state["json"] if "json" in state else await super().json()


def _behind(gate: Dependant, described: Dependant) -> Dependant:
    """What is left to FastAPI: all but the gate, whose outcome is put in its place among the values."""
    endpoint: Any = described.call
    wanted, outcome = described.request_param_name, gate.name

    async def call(**values: Any) -> Any:
        request = values[wanted] if wanted else values.pop(_ASKED)
        if outcome is not None:
            values[outcome] = request.admitted
        return await endpoint(**values)

    rest = [each for each in described.dependencies if each is not gate]
    return replace(described, dependencies=rest, call=call, request_param_name=wanted or _ASKED)
