"""What every request has to bring before a route sees it: a credential, and a body that can be read in one way only."""

import json
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared_events.http.access import recognised
from shared_events.http.problems import Problem

NESTING_MAX: Final = 32
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Entrance:
    """ASGI middleware. All paths are closed but `open_paths` and what lies below those that end in a slash.

    What it recognised and read is left in the scope's state, as `principal`, `body` and `json`. Problems are raised,
    for the exception handlers around it; `app.state.authenticate` recognises tokens.
    """

    def __init__(self, app: ASGIApp, *, open_paths: Collection[str], body_bytes_max: int) -> None:
        self._app = app
        self._open = frozenset(open_paths)
        self._open_below = tuple(path for path in open_paths if path.endswith("/") and path != "/")
        self._body_bytes_max = body_bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._is_open(scope["path"]):
            state = scope.setdefault("state", {})
            state["principal"] = await recognised(headers, scope["app"].state.authenticate)
        if scope["method"] not in _WITHOUT_BODY:
            body, receive = await self._read(headers, receive)
            if body:
                _check_media_type(headers)
                scope.setdefault("state", {}).update(body=body, json=_parsed(body))
        await self._app(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        return path in self._open or path.startswith(self._open_below)

    async def _read(self, headers: Headers, receive: Receive) -> tuple[bytes, Receive]:
        """The whole body, and a `receive` that gives it again."""
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self._body_bytes_max:
            raise self._too_large(f"{announced} bytes")
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return b"", _replaying(message, receive)
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._body_bytes_max:
                raise self._too_large(f"{len(body)} bytes or more")
        read = bytes(body)
        return read, _replaying({"type": "http.request", "body": read, "more_body": False}, receive)

    def _too_large(self, found: str) -> Problem:
        errors = [{"pointer": "", "expected": f"at most {self._body_bytes_max} bytes", "found": found}]
        return Problem(413, "BODY_TOO_LARGE", "The body is too large.", errors=errors)


def _replaying(first: Message, receive: Receive) -> Callable[[], Awaitable[Message]]:
    waiting = [first]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _check_media_type(headers: Headers) -> None:
    given = headers.get("content-type", "")
    kind, _, subtype = given.partition(";")[0].strip().lower().partition("/")
    if kind != "application" or not (subtype == "json" or subtype.endswith("+json")):
        errors = [{"pointer": "Content-Type", "expected": "application/json", "found": given[:100]}]
        raise Problem(415, "UNSUPPORTED_MEDIA_TYPE", "The body is not announced as JSON.", errors=errors)


def _parsed(body: bytes) -> Any:
    """Refuse what readers of JSON disagree about, so that nobody in front of us can have read it otherwise."""
    try:
        parsed = _DECODER.decode(body.decode())
    except json.JSONDecodeError as error:
        raise _not_json("valid JSON", f"{error.msg} at character {error.pos}") from None
    except UnicodeDecodeError as error:
        raise _not_json("UTF-8", f"{error.reason} at byte {error.start}") from None
    except RecursionError:
        raise _nested_too_deeply() from None
    except ValueError as error:
        raise _not_json("valid JSON", str(error)[:100]) from None
    # Without so many brackets nothing can be nested so deeply.
    if body.count(b"{") + body.count(b"[") > NESTING_MAX and _nesting_exceeds(parsed, NESTING_MAX):
        raise _nested_too_deeply()
    return parsed


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value] # add gives none
    raise _not_json("each name once in an object", f"{twice[:100]!r} more than once")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_each_name_once, parse_constant=_no_constant)


def _nesting_exceeds(value: Any, levels: int) -> bool:
    """Level by level, because recursion is what deep nesting breaks."""
    level = [value]
    for _ in range(levels + 1):
        level = [inner for outer in level for inner in _members(outer)]
        if not level:
            return False
    return True


def _members(value: Any) -> Collection[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _nested_too_deeply() -> Problem:
    return _not_json(f"at most {NESTING_MAX} levels of nesting", "more")


def _not_json(expected: str, found: str) -> Problem:
    errors = [{"pointer": "", "expected": expected, "found": found}]
    return Problem(400, "BODY_NOT_JSON", "The body is not valid JSON.", errors=errors)
