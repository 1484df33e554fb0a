"""A request brings a credential and a body that can be read in one way only, or no route ever sees it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from shared_events.http.access import Principal, Role
from shared_events.http.entrance import NESTING_MAX, Entrance
from shared_events.http.problems import Problem

KNOWN = "Bearer known"
PLAIN = {"authorization": KNOWN, "content_type": "application/json"}


@dataclass
class Route:
    """What lies behind the entrance: it reads the body, as far as there is one."""

    bodies: list[bytes] = field(default_factory=list)

    async def __call__(self, _scope: Scope, receive: Receive, _send: Send) -> None:
        message = await receive()
        self.bodies.append(message.get("body", b""))


async def authenticate(token: str) -> Principal | None:
    return Principal("p-1", Role.AGENT) if token == "known" else None


async def enter(
    body: bytes | Sequence[bytes] = b"", *, path: str = "/v1", method: str = "POST", **headers: str
) -> list[bytes]:
    """The bodies that the route got."""
    chunks = [body] if isinstance(body, bytes) else list(body)
    messages: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": place < len(chunks)}
        for place, chunk in enumerate(chunks, 1)
    ]
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in (PLAIN | headers).items()]
    app = SimpleNamespace(state=SimpleNamespace(authenticate=authenticate))
    scope = {"type": "http", "method": method, "path": path, "headers": named, "app": app}

    async def receive() -> Message:
        return messages.pop(0)

    async def send(_: Message) -> None:
        raise AssertionError("the entrance raises problems, and sends none")

    route = Route()
    await Entrance(route, open_paths=("/", "/docs", "/assets/"), body_bytes_max=1000)(scope, receive, send)
    return route.bodies


def nested(levels: int) -> bytes:
    """Nothing, so many levels down."""
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return json.dumps({"inside": value}).encode()


@pytest.mark.parametrize("body", [b"{}", b'{"a": {"a": 1}}', '{"text": "网络"}'.encode(), nested(NESTING_MAX - 1)])
async def test_a_body_that_can_be_read_is_handed_on_byte_by_byte(body: bytes) -> None:
    assert await enter(body) == [body]
    assert await enter([body[:1], body[1:]]) == [body]


@pytest.mark.parametrize("path", ["/", "/docs", "/assets/page.css"])
async def test_an_open_path_asks_for_no_credential(path: str) -> None:
    assert await enter(path=path, method="GET", authorization="") == [b""]


@pytest.mark.parametrize("path", ["/docs/", "/assets", "/v1", "", "/livez"])
async def test_every_other_path_does(path: str) -> None:
    with pytest.raises(Problem, match="401 UNAUTHORISED"):
        await enter(path=path, authorization="")


@pytest.mark.parametrize("found", ["", "Bearer", "Bearer unknown", "Basic known", "known", "Bearerknown"])
async def test_a_credential_is_a_bearer_token_that_is_known(found: str) -> None:
    with pytest.raises(Problem, match="401 UNAUTHORISED"):
        await enter(b"{}", authorization=found)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "valid JSON"),
        (b"{", "valid JSON"),
        (b'{"a": NaN}', "valid JSON"),
        (b"\xff", "UTF-8"),
        (b'\xef\xbb\xbf{"a": 1}', "valid JSON"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "each name once in an object"),
        (nested(NESTING_MAX), "at most 32 levels of nesting"),
        (b"[" * 900, "valid JSON"),
    ],
)
async def test_a_body_that_others_may_read_otherwise_is_refused(body: bytes, expected: str) -> None:
    with pytest.raises(Problem, match="400 BODY_NOT_JSON") as refused:
        await enter(body or b" ")
    assert [error["expected"] for error in refused.value.extensions["errors"]] == [expected]


@pytest.mark.parametrize("announced", ["", "text/json", "application/xml", "application/json, text/plain", "json"])
async def test_a_body_is_announced_as_json(announced: str) -> None:
    with pytest.raises(Problem, match="415 UNSUPPORTED_MEDIA_TYPE"):
        await enter(b"{}", content_type=announced)


@pytest.mark.parametrize(
    "announced", ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"]
)
async def test_a_body_may_be_announced_as_json_of_a_kind(announced: str) -> None:
    assert await enter(b"{}", content_type=announced) == [b"{}"]


async def test_a_body_of_just_the_bytes_that_are_allowed_comes_through() -> None:
    fitting = b'"' + b"x" * 998 + b'"'
    assert await enter(fitting) == [fitting]
    for body in (fitting + b" ", [fitting, b" "]):
        with pytest.raises(Problem, match="413 BODY_TOO_LARGE"):
            await enter(body)


async def test_a_body_that_is_announced_as_too_large_is_not_read() -> None:
    with pytest.raises(Problem, match="413 BODY_TOO_LARGE"):
        await enter([], content_length="1001")


async def test_who_only_reads_sends_no_body_that_matters() -> None:
    assert await enter(b"{nope", method="GET", content_type="text/plain") == [b"{nope"]
