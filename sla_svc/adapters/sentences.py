"""What is wrong with a document in one sentence: what was expected, and what was found."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic_core import ErrorDetails

from sla_svc.domain.policies.refusing import Place, one_of

_SHAPES: Final = {
    "string_type": "a text",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "int_parsing": "a whole number",
    "string_too_short": "a text that is not empty",
}


def sentence(error: ErrorDetails, keys: Sequence[str]) -> str:
    """Of an error of pydantic's; `keys` are those that have a place where one was found that has none."""
    kind, context, found = error["type"], error.get("ctx", {}), _shown(error["input"])
    match kind:
        case "missing":
            return "expected a value; found nothing"
        case "extra_forbidden":
            return f"expected {one_of(keys)}; found {error['loc'][-1]!r}"
        case "enum" | "literal_error":
            return f"expected {context['expected']}; found {found}"
        case "value_error":
            return str(context["error"])
        case "unexpected":
            return error["msg"]
        case _:
            return _other(error, found)


def keys_at(schema: Mapping[str, Any], place: Place) -> Sequence[str]:
    """The keys that a mapping may have, by the JSON Schema of the whole document."""
    nodes = [schema]
    for part in place:
        nodes = [below for node in nodes for each in _alternatives(node, schema) for below in _below(each, part)]
    return [key for node in nodes for each in _alternatives(node, schema) for key in each.get("properties", ())]


def _other(error: ErrorDetails, found: str) -> str:
    """What our own validators say stands for itself; of pydantic's own messages not all say what was found."""
    if error["type"] in _SHAPES:
        return f"expected {_SHAPES[error['type']]}; found {found}"
    message = error["msg"]
    return message if "found " in message else f"{message[:1].lower()}{message[1:]}; found {found}"


def _shown(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case Mapping():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            return repr(value)


def _alternatives(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return [each for option in node["anyOf"] for each in _alternatives(option, schema)] if "anyOf" in node else [node]


def _below(node: Mapping[str, Any], part: str | int) -> Sequence[Mapping[str, Any]]:
    if isinstance(part, int):
        below = node.get("items")
    else:
        below = node.get("properties", {}).get(part) or node.get("additionalProperties")
    return [below] if isinstance(below, dict) else []
