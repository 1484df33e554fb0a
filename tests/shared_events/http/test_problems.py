"""Every error is a problem document that names the thing, what was expected and what was found."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared_events.http.bodies import CommandBody, Text
from shared_events.http.problems import Problem, install_problem_handlers, problem_responses

Letter = Annotated[str, StringConstraints(pattern="^[a-z]$")]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    count: int


class Order(CommandBody):
    text: Text
    parts: tuple[Part, ...] = ()
    notes: dict[Letter, str] = Field({})


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    install_problem_handlers(app)

    @app.post("/orders")
    async def order(body: Order) -> str:
        return body.text

    @app.get("/orders")
    async def orders(limit: Annotated[int, Query(le=100)] = 10) -> int:
        return limit

    @app.get("/bug")
    async def bug() -> None:
        raise KeyError("personal")

    @app.get("/refused")
    async def refuse() -> None:
        raise Problem(409, "NOT_NOW", "Not now.", allowed=["later"], now=None, headers={"Retry-After": "1"})

    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def document(response: httpx2.Response) -> Any:
    assert response.headers["content-type"] == "application/problem+json"
    content = response.json()
    assert content["status"] == response.status_code
    assert content["type"] == f"urn:zixun:problem:{content['code'].lower()}"
    return content


async def test_a_problem_of_ours_has_what_was_said_and_no_empty_members(http: httpx2.AsyncClient) -> None:
    response = await http.get("/refused")

    assert document(response) == {
        "type": "urn:zixun:problem:not_now",
        "title": "Not now.",
        "status": 409,
        "code": "NOT_NOW",
        "allowed": ["later"],
    }
    assert response.headers["retry-after"] == "1"


async def test_a_path_that_is_not_there_is_named(http: httpx2.AsyncClient) -> None:
    problem = document(await http.get("/nowhere"))

    assert (problem["status"], problem["code"]) == (404, "NOT_FOUND")
    assert problem["detail"] == "Nothing is found at /nowhere."


async def test_a_method_that_is_not_allowed_is_told_with_those_that_are(http: httpx2.AsyncClient) -> None:
    response = await http.delete("/orders")

    assert document(response)["detail"] == "/orders takes GET, POST, not DELETE."
    assert response.headers["allow"] == "GET, POST"


async def test_a_bug_tells_nothing_of_itself(http: httpx2.AsyncClient) -> None:
    response = await http.get("/bug")

    assert document(response)["code"] == "INTERNAL_ERROR"
    assert "personal" not in response.text


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [{"pointer": "/text", "expected": "Field required"}]),
        ({"text": ""}, [{"pointer": "/text", "expected": "String should have at least 1 character", "found": ""}]),
        ({"text": " "}, [{"pointer": "/text", "expected": "text that is not blank is expected", "found": " "}]),
        (
            {"text": "a", "parts": [{"count": 1}, {"count": "many"}]},
            [
                {
                    "pointer": "/parts/1/count",
                    "expected": "Input should be a valid integer, unable to parse string as an integer",
                    "found": "many",
                }
            ],
        ),
        (
            {"text": "a", "parts": [{"count": 1, "a/b~c": 2}]},
            [{"pointer": "/parts/0/a~1b~0c", "expected": "Extra inputs are not permitted", "found": "2"}],
        ),
        (
            {"text": "a", "occurred_at": "0001-01-01T00:00:00+14:00"},
            [
                {
                    "pointer": "/occurred_at",
                    "expected": "Input should be greater than or equal to 1970-01-01T00:00:00Z",
                    "found": "0001-01-01T00:00:00+14:00",
                }
            ],
        ),
    ],
)
async def test_a_wrong_field_is_named_with_what_was_expected_and_found(
    body: Any, errors: list[dict[str, str]], http: httpx2.AsyncClient
) -> None:
    problem = document(await http.post("/orders", json=body))

    assert (problem["status"], problem["code"], problem["errors"]) == (422, "INVALID_REQUEST", errors)


async def test_a_wrong_name_of_a_value_is_named_itself(http: httpx2.AsyncClient) -> None:
    problem = document(await http.post("/orders", json={"text": "a", "notes": {"A": "?"}}))

    expected = "String should match pattern '^[a-z]$'"
    assert problem["errors"] == [{"pointer": "/notes/A", "expected": expected, "found": "A"}]


async def test_all_wrong_fields_are_named_at_once(http: httpx2.AsyncClient) -> None:
    problem = document(await http.post("/orders", json={"text": 1, "parts": 2, "colour": "red"}))

    assert [error["pointer"] for error in problem["errors"]] == ["/text", "/parts", "/colour"]


async def test_a_wrong_parameter_is_named(http: httpx2.AsyncClient) -> None:
    problem = document(await http.get("/orders", params={"limit": "1000"}))

    assert problem["errors"] == [
        {"pointer": "limit", "expected": "Input should be less than or equal to 100", "found": "1000"}
    ]


async def test_a_long_value_is_cut_short(http: httpx2.AsyncClient) -> None:
    problem = document(await http.post("/orders", json={"text": "a" * 20_001}))

    assert problem["errors"][0]["found"] == "a" * 100 + "… (20001 characters)"


@pytest.mark.parametrize("body", [{"text": "\ud800"}, {"text": "a", "\udfff": 1}, {"text": "a", "parts": ["\ud834"]}])
async def test_half_characters_are_refused_like_any_other_wrong_text(body: Any, http: httpx2.AsyncClient) -> None:
    response = await http.post("/orders", content=json.dumps(body), headers={"content-type": "application/json"})

    assert document(response)["status"] == 422


@pytest.mark.parametrize("content", [b"[1]", b"null", b'"text"', b"1", b""])
async def test_a_body_that_is_no_object_is_told(content: bytes, http: httpx2.AsyncClient) -> None:
    response = await http.post("/orders", content=content, headers={"content-type": "application/json"})

    assert document(response)["status"] == 422


def test_routes_tell_their_problems_in_the_api_page() -> None:
    responses = problem_responses(404, 422)

    assert list(responses) == [404, 422]
    assert responses[404]["description"] == "Not Found"
    assert list(responses[404]["content"]) == ["application/problem+json"]
