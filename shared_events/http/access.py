"""Who calls, and what they may do: a bearer token on every route, a set of roles per route (P10)."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fastapi import Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.datastructures import Headers

from shared_events.http.problems import Problem


class Role(StrEnum):
    """What a credential is for."""

    AGENT = "agent"
    LEAD = "lead"
    OPS = "ops"
    ANALYST = "analyst"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: an opaque id, never a name, and a role."""

    id: str
    role: Role


Authenticate = Callable[[str], Awaitable[Principal | None]]
"""From a bearer token to its principal, or none if it is unknown or revoked."""


@dataclass(frozen=True, slots=True)
class SentHeader:
    """A header that a gate reads, as the API's document describes it."""

    name: str
    description: str
    pattern: str


class Gate(SecurityBase):
    """A dependency that lets some roles in.

    It names in `headers` those that it or its route reads by itself: as parameters of FastAPI's, and with the
    credential as a dependency of a dependency, they cost several times what a decision costs.
    """

    model = HTTPBearer(description="A token made by `zixun token create`.")
    scheme_name = "HTTPBearer"
    headers: Sequence[SentHeader] = ()

    def __init__(self, roles: Collection[Role]) -> None:
        self.roles = roles

    async def __call__(self, request: Request) -> object:
        """What the route is given: here, the principal."""
        return await self.admit(request)

    async def admit(self, request: Request) -> Principal:
        """The principal behind the token, if its role is one of ours; 401 and 403 else."""
        # The entrance has recognised them; where there is none, as before a router alone, it is done here.
        principal: Principal | None = request.scope.get("state", {}).get("principal")
        if principal is None:
            principal = await recognised(request.headers, request.app.state.authenticate)
        if principal.role not in self.roles:
            wanted = ", ".join(self.roles)
            raise Problem(403, "FORBIDDEN", f"This needs one of the roles {wanted}; your token has {principal.role}.")
        return principal


async def recognised(headers: Headers, authenticate: Authenticate) -> Principal:
    """The principal behind the bearer token in the headers; 401 without one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthorised("No bearer token was given.")
    principal = await authenticate(token.strip())
    if principal is None:
        raise unauthorised("The bearer token is unknown or revoked.")
    return principal


def unauthorised(title: str) -> Problem:
    """401, with how to get in."""
    return Problem(
        401, "UNAUTHORISED", title, detail="Make one with `zixun token create`.", headers={"WWW-Authenticate": "Bearer"}
    )
