"""What may change in the schema of a released event version, and what may not (D12)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared_events.contracts.schemas import resolved

_ANNOTATIONS: Final = {"$schema", "$id", "$defs", "title", "description", "examples", "deprecated", "x-schema-version"}
_ONE_SCHEMA: Final = {"items": "[]", "additionalProperties": "{}"}
_MANY_SCHEMAS: Final = ("anyOf", "oneOf", "allOf", "prefixItems")
_COMPARED_APART: Final = {"type", "enum", "properties", "required", *_MANY_SCHEMAS}

_KEEP_FIELD: Final = "Keep the field as it was and add another one with a default."
_GIVE_DEFAULT: Final = "Give the field a default, since older events are without it."
_ADD_FIELD: Final = "Leave this field as it was and add another one with a default."
_KEEP_VALUE: Final = "Keep the value, since older events have it; a new meaning needs a new value."
_OR_ELSE: Final = "Or raise schema_version and write an upcaster; or make a new event type."

_Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Break:
    """One change that would make stored events unreadable, or read otherwise than they were written."""

    path: str
    what: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path or 'the body'}: {self.what}. {self.instead} {_OR_ELSE}"


def breaks(released: _Node, generated: _Node) -> list[Break]:
    """The incompatible changes from one schema to the other; none if they only add optional fields and values."""
    return list(_Comparison(released, generated).at("", released, generated))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two whole schemas, in whose definitions references are looked up."""

    released: _Node
    generated: _Node

    def at(self, path: str, old: _Node, new: _Node) -> Iterator[Break]:
        old, new = resolved(old, self.released), resolved(new, self.generated)
        if old.get("type") != new.get("type"):
            yield Break(path, f"the type changed from {_shown(old, 'type')} to {_shown(new, 'type')}", _ADD_FIELD)
            return
        yield from _enum_breaks(path, old, new)
        yield from self._property_breaks(path, old, new)
        for keyword in _MANY_SCHEMAS:
            yield from self._many_breaks(path, old.get(keyword, ()), new.get(keyword, ()))
        for keyword in sorted((old.keys() | new.keys()) - _ANNOTATIONS - _COMPARED_APART):
            before, after = old.get(keyword), new.get(keyword)
            if keyword in _ONE_SCHEMA and isinstance(before, dict) and isinstance(after, dict):
                yield from self.at(path + _ONE_SCHEMA[keyword], before, after)
            elif before != after:
                was, now = _shown(old, keyword), _shown(new, keyword)
                yield Break(path, f"{keyword} changed from {was} to {now}", _ADD_FIELD)

    def _property_breaks(self, path: str, old: _Node, new: _Node) -> Iterator[Break]:
        before, after = old.get("properties", {}), new.get("properties", {})
        added = [name for name in after if name not in before]
        for name, node in before.items():
            if name in after:
                yield from self.at(_below(path, name), node, after[name])
            else:
                renamed = f" (renamed to {' or '.join(added)}?)" if added else ""
                yield Break(_below(path, name), f"the field was removed{renamed}", _KEEP_FIELD)
        always, from_now = old.get("required", ()), new.get("required", ())
        for name in from_now:
            if name not in always:
                yield Break(_below(path, name), "the field is now required", _GIVE_DEFAULT)
        for name in always:
            if name not in from_now and name in after:
                yield Break(_below(path, name), "the field was always there and may now be absent", _ADD_FIELD)

    def _many_breaks(self, path: str, old: Sequence[_Node], new: Sequence[_Node]) -> Iterator[Break]:
        if len(old) != len(new):
            yield Break(path, f"the number of its types changed from {len(old)} to {len(new)}", _ADD_FIELD)
            return
        for before, after in zip(old, new, strict=True):
            yield from self.at(path, before, after)


def _enum_breaks(path: str, old: _Node, new: _Node) -> Iterator[Break]:
    if ("enum" in old) != ("enum" in new):
        yield Break(path, f"enum changed from {_shown(old, 'enum')} to {_shown(new, 'enum')}", _ADD_FIELD)
        return
    for value in old.get("enum", ()):
        if value not in new["enum"]:
            yield Break(path, f"the value {value!r} was removed", _KEEP_VALUE)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(node: _Node, keyword: str) -> str:
    return repr(node[keyword]) if keyword in node else "nothing"
