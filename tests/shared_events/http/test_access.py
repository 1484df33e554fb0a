"""Nobody comes in without a token, and nobody goes further than the role of the token."""

from types import SimpleNamespace

import pytest
from fastapi import Request

from shared_events.http.access import Gate, Principal, Role
from shared_events.http.problems import Problem

AGENT = Principal("agent-1", Role.AGENT)


def request(authorization: str | None, **state: object) -> Request:
    async def authenticate(token: str) -> Principal | None:
        return {"good": AGENT}.get(token)

    app = SimpleNamespace(state=SimpleNamespace(authenticate=authenticate))
    headers = [] if authorization is None else [(b"authorization", authorization.encode())]
    return Request({"type": "http", "app": app, "headers": headers, "state": state})


async def refused(authorization: str | None, *roles: Role) -> Problem:
    with pytest.raises(Problem) as problem:
        await Gate(roles).admit(request(authorization))
    return problem.value


async def test_a_good_token_with_a_right_role_comes_in() -> None:
    assert await Gate((Role.LEAD, Role.AGENT)).admit(request("Bearer good")) == AGENT


async def test_whom_the_entrance_has_recognised_is_not_asked_again() -> None:
    assert await Gate([Role.AGENT]).admit(request(None, principal=AGENT)) == AGENT


async def test_whom_the_entrance_has_recognised_still_needs_the_role() -> None:
    with pytest.raises(Problem, match="403 FORBIDDEN"):
        await Gate([Role.LEAD]).admit(request(None, principal=AGENT))


@pytest.mark.parametrize(
    ("authorization", "title"),
    [
        (None, "No bearer token was given."),
        ("Basic good", "No bearer token was given."),
        ("Bearer ", "No bearer token was given."),
        ("Bearer bad", "The bearer token is unknown or revoked."),
    ],
)
async def test_without_a_good_token_nobody_comes_in(authorization: str | None, title: str) -> None:
    problem = await refused(authorization, *Role)

    assert (problem.status, problem.code, problem.title) == (401, "UNAUTHORISED", title)
    assert problem.headers == {"WWW-Authenticate": "Bearer"}
    assert problem.detail == "Make one with `zixun token create`."


@pytest.mark.parametrize("roles", [(), (Role.LEAD,), tuple(role for role in Role if role is not Role.AGENT)])
async def test_another_role_is_told_which_ones_may(roles: tuple[Role, ...]) -> None:
    problem = await refused("Bearer good", *roles)

    assert (problem.status, problem.code) == (403, "FORBIDDEN")
    assert problem.title == f"This needs one of the roles {', '.join(roles)}; your token has agent."
