"""The OpenAPI document says all that a front-end team needs, and what it shows as an example is accepted."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared_events.http import Role
from tests.system.bodies import body_schema, example_body, look_up
from tests.system.declared import operations
from tests.system.journey import routed
from tests.system.serving import Centre

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPEN = {"live", "ready"}
FILTERS = {"status", "tier", "team", "agent_id", "customer_id", "category", "urgency"}
"""Of a list, by fields of what it lists."""

READ_PROBLEMS = {"400", "401", "403", "422", "500", "503"}
WRITE_PROBLEMS = READ_PROBLEMS | {"404", "409", "412", "413", "415", "428"}


async def test_every_operation_says_what_it_does_under_a_name_of_its_own(shared_centre: Centre) -> None:
    every = operations(shared_centre.app.openapi())
    assert len({operation.name for operation in every}) == len(every) > 30
    for operation in every:
        assert operation.said["summary"], operation.name
        assert operation.said["description"].endswith("."), operation.name
        assert operation.said["tags"], operation.name
        assert ("security" in operation.said) == (operation.name not in OPEN), operation.name


async def test_every_operation_declares_its_problems(shared_centre: Centre) -> None:
    for operation in operations(shared_centre.app.openapi()):
        declared = {status for status in operation.said["responses"] if status >= "400"}
        expected = {"503"} if operation.name in OPEN else WRITE_PROBLEMS if operation.is_write else READ_PROBLEMS
        assert declared >= expected - ({"503"} if operation.name == "live" else set()), operation.name
        for status in declared:
            content = operation.said["responses"][status]["content"]
            assert list(content) == ["application/problem+json"], operation.name
            assert content["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/ProblemOut"}


async def test_every_parameter_is_described(shared_centre: Centre) -> None:
    document = shared_centre.app.openapi()
    for operation in operations(document):
        for parameter in operation.said.get("parameters", ()):
            described = parameter.get("description") or parameter["name"] in FILTERS
            assert described, f"{operation.name}: {parameter['name']}"


async def test_the_document_holds_together(shared_centre: Centre) -> None:
    """It is OpenAPI 3.1, its schemas are schemas, and nothing refers to what is not there."""
    document = shared_centre.app.openapi()
    assert re.fullmatch(r"3\.1\.\d", document["openapi"])
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for reference in _references(document):
        assert look_up(document, reference), reference
    for operation in operations(document):
        in_path = {each["name"] for each in operation.said.get("parameters", ()) if each["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", operation.path)), operation.name
    assert (await shared_centre.http.get("/openapi.json")).json() == document


async def test_whoever_sends_the_examples_is_understood(shared_centre: Centre) -> None:
    """Each command, made of nothing but what the document shows: it may be refused by a rule, but not for its form."""
    document = shared_centre.app.openapi()
    ticket = await routed(shared_centre)
    ids = {"ticket_id": ticket.ticket_id, "callback_id": f"{ticket.ticket_id}.1", "n": "1"}
    ids |= {"name": "CS-TA06-24", "version": "1"}
    for operation in operations(document):
        if operation.is_write:
            body = example_body(document, body_schema(document, operation))
            headers = shared_centre.people[Role.LEAD].header | {"If-Match": '"intake.1"'}
            path = operation.path.format(**ids)
            answer = await shared_centre.http.request(operation.method, path, headers=headers, json=body)
            assert answer.status_code in {200, 201, 404, 409, 412}, f"{operation.name} {body}: {answer.text}"


def _references(value: Any) -> Iterator[str]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict) and isinstance(value.get("$ref"), str):
        yield value["$ref"]
    for each in inner:
        yield from _references(each)
