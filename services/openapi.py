"""The OpenAPI document: FastAPI's, with our own problems, with parameters as they come, and with links."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from shared_events.http import ProblemOut

_TICKET: Final = {"path.ticket_id": "$response.body#/ticket_id"}
_SEEN: Final = {"header.Zixun-Position": "$response.header.Zixun-Position"}
_ANSWER: Final = {**_TICKET, "path.n": "$response.body#/open_answer", **_SEEN}
_CALLBACK: Final = {"path.callback_id": "$response.body#/callbacks/0/callback_id"}

FROM_A_TICKET: Final = ("receive_consultation", "route_ticket")
"""After these, everything that is done to a ticket can follow."""

STEPS: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("classify_consultation", "assign_ticket"): {"path.ticket_id": "$request.path.ticket_id", **_SEEN},
    ("propose_answer", "submit_answer"): _ANSWER,
    ("submit_answer", "record_verdict"): _ANSWER,
    ("schedule_callback", "record_callback_attempt"): _CALLBACK,
    ("schedule_callback", "record_callback_outcome"): _CALLBACK,
}
"""From one operation to the next, and where the parameters of the next come from."""


def document_of(app: FastAPI, routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """Of these routes, which need not be served by this app. Made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=routes, tags=app.openapi_tags
        )
        _put_in_our_problems(document)
        _put_in_headers(document, routes)
        operations = dict(_operations(document))
        for _, operation in operations.values():
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _without_null(parameter["schema"])
        _add_links(operations)
        app.openapi_schema = document
    return app.openapi_schema


def _put_in_our_problems(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["ProblemOut"] = problem


def _put_in_headers(document: dict[str, Any], routes: Sequence[BaseRoute]) -> None:
    """Those that a gate reads by itself."""
    for route in iter_route_contexts(routes):
        dependant = getattr(route, "dependant", None)
        headers = [
            {
                "name": header.name,
                "in": "header",
                "required": False,
                "description": header.description,
                "schema": {"type": "string", "pattern": header.pattern},
            }
            for dependency in (dependant.dependencies if dependant else ())
            for header in getattr(dependency.call, "headers", ())
        ]
        for method in (route.methods or ()) if headers else ():
            document["paths"][route.path_format][method.lower()].setdefault("parameters", []).extend(headers)


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, dict[str, Any]]]]:
    """By name, with the path."""
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield operation["operationId"], (path, operation)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A header or a query parameter is absent or text; FastAPI says that it may be null, which none can be."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {**choices[0], **{name: value for name, value in schema.items() if name != "anyOf"}}


def _add_links(operations: Mapping[str, tuple[str, dict[str, Any]]]) -> None:
    """Those whose ends an app does not have are left out."""
    steps = dict(STEPS)
    for name, (path, _) in operations.items():
        if "{ticket_id}" in path and "{n}" not in path:
            steps |= {(source, name): {**_TICKET, **_SEEN} for source in FROM_A_TICKET if source != name}
    for (source, target), parameters in steps.items():
        if source in operations and target in operations:
            responses = operations[source][1]["responses"]
            succeeded = next(responses[status] for status in responses if status < "300")
            succeeded.setdefault("links", {})[target] = {"operationId": target, "parameters": parameters}
