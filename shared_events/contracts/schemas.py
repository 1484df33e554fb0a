"""The JSON Schema of an event type's body, which is what other systems build on (D12)."""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

from shared_events.contracts.base import Fact

Schema = dict[str, Any]

IN_ENVELOPE: Final = ("at", "by")
"""Fields of a fact that are not in its body."""


def schema_of(kind: type[Fact], owner: str) -> Schema:
    """What a body of this type and version holds. A field without a value is left out of a body, never null."""
    generated = kind.model_json_schema()
    definitions = generated.pop("$defs", {})
    models = {model.__name__: model for model in _models_of(kind)}
    for name, definition in definitions.items():
        _finish(definition, models.get(name))
    _finish(generated, kind)
    for name in IN_ENVELOPE:
        del generated["properties"][name]
        generated["required"].remove(name)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:zixun:event:{kind.__name__}:{kind.schema_version}",
        "title": kind.__name__,
        "description": generated["description"],
        "x-owner": owner,
        "x-schema-version": kind.schema_version,
        "type": "object",
        "properties": generated["properties"],
        "required": generated["required"],
        **({"$defs": definitions} if definitions else {}),
    }


def resolved(node: Mapping[str, Any], whole: Mapping[str, Any]) -> Schema:
    """A part of a schema with the definition that it refers to put in its place."""
    if "$ref" not in node:
        return dict(node)
    definition = whole["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return {**resolved(definition, whole), **{name: value for name, value in node.items() if name != "$ref"}}


def _finish(schema: Schema, model: type[BaseModel] | None) -> None:
    """Say of each property what a writer writes, and what its docstring says."""
    docstrings = {} if model is None else _docstrings(model)
    for name, node in schema.get("properties", {}).items():
        schema["properties"][name] = _property(node, docstrings.get(name))


def _property(node: Schema, docstring: str | None) -> Schema:
    described = {} if docstring is None else {"description": docstring}
    kept = {name: value for name, value in node.items() if name not in {"title", "anyOf", "default"}}
    default = node.get("default")
    if isinstance(default, dict):
        default = {name: value for name, value in default.items() if value is not None}
    choices = [choice for choice in node.get("anyOf", ()) if choice != {"type": "null"}]
    chosen = choices[0] if len(choices) == 1 else {"anyOf": choices} if choices else {}
    return {**described, **kept, **chosen, **({} if default is None else {"default": default})}


def _models_of(model: type[BaseModel]) -> list[type[BaseModel]]:
    found = [model]
    for field in model.model_fields.values():
        for part in _parts(field.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel):
                found += _models_of(part)
    return found


def _parts(annotation: Any) -> list[Any]:
    return [annotation, *(part for inner in getattr(annotation, "__args__", ()) for part in _parts(inner))]


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """The strings that stand below the fields of a class and of those that it comes from."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found.update(_docstrings_in(base.__module__).get(base.__qualname__, {}))
    return found


@cache
def _docstrings_in(module: str) -> dict[str, dict[str, str]]:
    """By the qualified name of each class in the module."""
    return dict(_classes(ast.parse(inspect.getsource(sys.modules[module])), ""))


def _classes(node: ast.AST, prefix: str) -> Iterator[tuple[str, dict[str, str]]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield prefix + child.name, _docstrings_of(child)
            yield from _classes(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.FunctionDef):
            yield from _classes(child, f"{prefix}{child.name}.<locals>.")


def _docstrings_of(definition: ast.ClassDef) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, after in zip(definition.body, definition.body[1:], strict=False):
        match field, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = " ".join(text.split())
            case _:
                continue
    return found
