"""Every error of every service is a problem document (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

PROBLEM_JSON: Final = "application/problem+json"


class FieldProblem(BaseModel):
    """One field that is wrong: where it is, what was expected and what was found."""

    pointer: str = Field(description="JSON pointer into the body, or the name of the parameter or header.")
    expected: str
    found: str | None = None
    line: int | None = Field(None, description="Of a document that is sent as a text; from 1.")
    column: int | None = None


class ProblemOut(BaseModel):
    """An error, for people (`title`, `detail`) and for programs (`code`)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:zixun:problem:not_found"])
    title: str
    status: int
    code: str = Field(description="Stable, for programs.")
    detail: str | None = None
    instance: str | None = Field(None, description="The id of this request, as in the logs.")
    now: str | None = Field(None, description="Where the thing stands.")
    allowed: list[str] | None = Field(None, description="The commands that it would accept.")
    errors: list[FieldProblem] | None = None
    present: Any = Field(None, description="The present state, where the caller's was out of date.")


class Problem(Exception):
    """Raised anywhere in a request; answered as a problem document."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        *,
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
        **extensions: Any,
    ) -> None:
        super().__init__(f"{status} {code}: {title}")
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.extensions = extensions

    def response(self, request_id: str | None = None) -> Response:
        """The document, without the members that are absent."""
        content = {
            "type": f"urn:zixun:problem:{self.code.lower()}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "instance": request_id,
            **self.extensions,
        }
        body = orjson.dumps({name: value for name, value in content.items() if value is not None}, default=_plain)
        return Response(body, self.status, headers=self.headers, media_type=PROBLEM_JSON)


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route: each status as a problem document."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
        }
        for status in statuses
    }


READ_RESPONSES: Final = problem_responses(400, 401, 403, 404, 422, 500, 503)
COMMAND_RESPONSES: Final = problem_responses(400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 500, 503)


def install_problem_handlers(app: FastAPI) -> None:
    """Give the app's 404, 405, 422, 500 and our own problems one shape."""
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_bug)


def request_id(request: Request) -> str | None:
    """The id under which this request is logged."""
    return getattr(request.state, "request_id", None)


async def _answer_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response(request_id(request))


async def _answer_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [_field_problem(item) for item in error.errors()]
    problem = Problem(422, "INVALID_REQUEST", "The request is not of the expected form.", errors=errors)
    return problem.response(request_id(request))


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    headers = dict(error.headers or {})
    detail = str(error.detail) if error.detail != phrase else None
    if error.status_code == 404:
        detail = f"Nothing is found at {request.url.path}."
    if error.status_code == 405:
        allowed = _methods_of(request)
        headers["Allow"] = ", ".join(allowed)
        detail = f"{request.url.path} takes {', '.join(allowed)}, not {request.method}."
    code = phrase.upper().replace(" ", "_").replace("'", "")
    return Problem(error.status_code, code, phrase, detail=detail, headers=headers).response(request_id(request))


async def _answer_bug(request: Request, error: Exception) -> Response:  # noqa: ARG001 - Starlette's signature
    title = "Something is wrong on our side; it has been logged under the id in `instance`."
    known = request_id(request)
    return Problem(500, "INTERNAL_ERROR", title, headers={"X-Request-ID": known} if known else {}).response(known)


def _methods_of(request: Request) -> list[str]:
    """Starlette names the methods of the first route that fits; a path may have several routes."""
    methods: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        pattern = getattr(route, "path_regex", None)
        if pattern is not None and pattern.match(request.scope["path"]):
            methods |= route.methods or set()
    return sorted(methods)


def _field_problem(item: Mapping[str, Any]) -> dict[str, Any]:
    # Where pydantic means a name and not what it stands for, it says "[key]" behind it.
    place, *location = (_shown(part) for part in item["loc"] if part != "[key]")
    pointer = "".join(f"/{_escaped(part)}" for part in location) if place == "body" else ".".join(location)
    expected = item["msg"].removeprefix("Value error, ")
    found = {} if item["type"] == "missing" else {"found": _shown(item.get("input"))}
    return {"pointer": pointer, "expected": expected, **found}


def _escaped(name: str) -> str:
    """As a JSON pointer (RFC 6901) has it."""
    return name.replace("~", "~0").replace("/", "~1")


def _shown(value: Any) -> str:
    """What was found, short enough to read and to log nowhere."""
    text = (value if isinstance(value, str) else repr(value)).encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= 100 else f"{text[:100]}… ({len(text)} characters)"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return str(value)
