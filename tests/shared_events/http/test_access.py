"""Nobody comes in without a token, and nobody goes further than the role of the token."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi import Request
from fastapi.security import HTTPAuthorizationCredentials

from shared_events.http.access import Principal, Role, admit, reader
from shared_events.http.problems import Problem

AGENT = Principal("agent-1", Role.AGENT)


def request() -> Request:
    async def authenticate(token: str) -> Principal | None:
        return {"good": AGENT}.get(token)

    app = SimpleNamespace(state=SimpleNamespace(authenticate=authenticate))
    return Request({"type": "http", "app": app, "headers": []})


def bearer(token: str) -> HTTPAuthorizationCredentials:
    return HTTPAuthorizationCredentials(scheme="Bearer", credentials=token)


async def refused(credentials: HTTPAuthorizationCredentials | None, *roles: Role) -> Problem:
    with pytest.raises(Problem) as problem:
        await admit(request(), credentials, roles)
    return problem.value


async def test_a_good_token_with_a_right_role_comes_in() -> None:
    assert await admit(request(), bearer("good"), (Role.LEAD, Role.AGENT)) == AGENT
    assert await cast("Any", reader(Role.AGENT))(request(), bearer("good")) == AGENT


@pytest.mark.parametrize(
    ("credentials", "title"),
    [
        (None, "No bearer token was given."),
        (bearer("bad"), "The bearer token is unknown or revoked."),
        (bearer(""), "The bearer token is unknown or revoked."),
    ],
)
async def test_without_a_good_token_nobody_comes_in(
    credentials: HTTPAuthorizationCredentials | None, title: str
) -> None:
    problem = await refused(credentials, *Role)

    assert (problem.status, problem.code, problem.title) == (401, "UNAUTHORISED", title)
    assert problem.headers == {"WWW-Authenticate": "Bearer"}
    assert problem.detail == "Make one with `zixun token create`."


@pytest.mark.parametrize("roles", [(), (Role.LEAD,), tuple(role for role in Role if role is not Role.AGENT)])
async def test_another_role_is_told_which_ones_may(roles: tuple[Role, ...]) -> None:
    problem = await refused(bearer("good"), *roles)

    assert (problem.status, problem.code) == (403, "FORBIDDEN")
    assert problem.title == f"This needs one of the roles {', '.join(roles)}; your token has agent."
