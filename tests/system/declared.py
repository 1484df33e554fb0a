"""Holds every answer against the OpenAPI document: its status is declared, and its body is what the schema says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx2
from jsonschema import Draft202012Validator, FormatChecker

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document."""

    path: str
    method: str
    said: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its operationId."""
        name: str = self.said["operationId"]
        return name

    @property
    def is_write(self) -> bool:
        """Whether it is a command."""
        return self.method != "get"


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """All operations, in the order of the document."""
    return [
        Operation(path, method, said[method])
        for path, said in document["paths"].items()
        for method in METHODS
        if method in said
    ]


class Declared:
    """Checks answers as they come in; `check` is a hook of the client."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._operations = [(_pattern(each.path), each) for each in operations(document)]
        self._validator = cache(self._make_validator)

    async def check(self, answer: httpx2.Response) -> None:
        """Fails for an answer that the document does not announce."""
        operation = self._operation(answer.request)
        if operation is None:
            return
        declared = operation.said["responses"].get(str(answer.status_code))
        assert declared is not None, f"{operation.name} does not declare {answer.status_code}: {await answer.aread()!r}"
        (media_type, content), *_ = declared.get("content", {"": {}}).items()
        assert answer.headers.get("content-type", "") == media_type, operation.name
        if media_type.endswith("json"):
            await answer.aread()
            self._validator(_reference(content["schema"])).validate(answer.json())

    def _operation(self, request: httpx2.Request) -> Operation | None:
        for pattern, operation in self._operations:
            if operation.method == request.method.lower() and pattern.fullmatch(request.url.path):
                return operation
        return None

    def _make_validator(self, reference: str) -> Draft202012Validator:
        schema = {"$ref": reference, "components": self._document["components"]}
        return Draft202012Validator(schema, format_checker=FormatChecker())


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


def _reference(schema: Mapping[str, Any]) -> str:
    assert set(schema) == {"$ref"}, f"expected a schema with a name, found {schema}"
    reference: str = schema["$ref"]
    return reference
