"""Who calls, and what they may do: a bearer token on every route, a set of roles per route (P10)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

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

_bearer = HTTPBearer(auto_error=False, description="A token made by `zixun token create`.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def reader(*roles: Role) -> Callable[[Request, HTTPAuthorizationCredentials | None], Awaitable[Principal]]:
    """A dependency that lets these roles in and gives the principal."""

    async def principal(request: Request, bearer: Bearer) -> Principal:
        return await admit(request, bearer, roles)

    return principal


async def admit(request: Request, bearer: HTTPAuthorizationCredentials | None, roles: tuple[Role, ...]) -> Principal:
    """The principal behind the token, if its role is one of `roles`; 401 and 403 else."""
    if bearer is None:
        raise unauthorised("No bearer token was given.")
    authenticate: Authenticate = request.app.state.authenticate
    principal = await authenticate(bearer.credentials)
    if principal is None:
        raise unauthorised("The bearer token is unknown or revoked.")
    if principal.role not in roles:
        wanted = ", ".join(roles)
        raise Problem(403, "FORBIDDEN", f"This needs one of the roles {wanted}; your token has {principal.role}.")
    return principal


def unauthorised(title: str) -> Problem:
    """401, with how to get in."""
    return Problem(
        401, "UNAUTHORISED", title, detail="Make one with `zixun token create`.", headers={"WWW-Authenticate": "Bearer"}
    )
