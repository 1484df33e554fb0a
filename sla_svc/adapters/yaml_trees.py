"""YAML as people mean it: mappings, lists and texts, each with its place; every scalar is what was written.

YAML's own types are left aside, because they turn `no` into false, `09:00` into 540 and `2026-10-01` into a date.
Refused is what cannot be seen where it stands (anchors, aliases, merges, tags) or is lost silently (a key given twice).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import yaml
from yaml import events as said

DEPTH_MAX: Final = 20
CHARACTERS_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a text; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Tree:
    """A value with its place: a text, None where nothing was written, a list, or a mapping (with the keys' places)."""

    mark: Mark
    value: "str | list[Tree] | dict[str, tuple[Mark, Tree]] | None"

    def plain(self) -> object:
        """Without places."""
        match self.value:
            case list():
                return [tree.plain() for tree in self.value]
            case dict():
                return {key: tree.plain() for key, (_, tree) in self.value.items()}
            case _:
                return self.value


class Broken(Exception):
    """The text is not such a document: every mistake that was found, with its place."""

    def __init__(self, *mistakes: tuple[Mark, str]) -> None:
        self.mistakes = mistakes
        super().__init__(mistakes)


@dataclass(slots=True)
class _Reading:
    """The events of the parser that have not been read yet, and the mistakes found in those that have."""

    left: Iterator[said.Event]
    mistakes: list[tuple[Mark, str]] = field(default_factory=list)

    def wrong(self, event: said.Event, expected: str, found: str) -> None:
        self.mistakes.append((_mark(event), f"expected {expected}; found {found}"))


def tree_of(text: str) -> Tree:
    """Read one document; Broken with all its mistakes. A text that is no YAML has only its first."""
    if len(text) > CHARACTERS_MAX:
        raise Broken((Mark(1, 1), f"expected at most {CHARACTERS_MAX} characters; found {len(text)}"))
    reading = _Reading(iter(()))
    try:
        # The base loader knows no types and builds no objects: what it gives are places and texts.
        reading.left = yaml.parse(text, Loader=yaml.BaseLoader)
        tree = _document(reading)
    except yaml.YAMLError as error:
        raise Broken(*reading.mistakes, _unreadable(error, text)) from None
    if reading.mistakes:
        raise Broken(*reading.mistakes)
    return tree


def _document(reading: _Reading) -> Tree:
    tree: Tree | None = None
    for event in reading.left:
        match event:
            case said.StreamStartEvent() | said.StreamEndEvent() | said.DocumentEndEvent():
                pass
            case said.DocumentStartEvent():
                if tree is not None:
                    reading.wrong(event, "one document", "another one")
                    return tree
            case _:
                tree = _value(event, reading, depth=1)
    return tree or Tree(Mark(1, 1), None)


def _value(event: said.Event, reading: _Reading, depth: int) -> Tree:
    mark = _mark(event)
    _refuse_what_cannot_be_seen(event, reading)
    if depth > DEPTH_MAX:
        raise Broken(*reading.mistakes, (mark, f"expected at most {DEPTH_MAX} levels; found more"))
    match event:
        case said.MappingStartEvent():
            return Tree(mark, _mapping(reading, depth))
        case said.SequenceStartEvent():
            return Tree(mark, _list(reading, depth))
        case said.ScalarEvent():
            empty = event.value == "" and event.style is None
            return Tree(mark, None if empty else event.value)
        case _:
            return Tree(mark, None)  # an alias, refused above


def _list(reading: _Reading, depth: int) -> list[Tree]:
    trees = []
    while not isinstance(event := next(reading.left), said.SequenceEndEvent):
        trees.append(_value(event, reading, depth + 1))
    return trees


def _mapping(reading: _Reading, depth: int) -> dict[str, tuple[Mark, Tree]]:
    found: dict[str, tuple[Mark, Tree]] = {}
    while not isinstance(event := next(reading.left), said.MappingEndEvent):
        key = _key(event, reading, depth)
        value = _value(next(reading.left), reading, depth + 1)
        if key in found:
            reading.wrong(event, f"each key once (the first is in line {found[key][0].line})", repr(key))
        else:
            found[key] = (_mark(event), value)
    return found


def _key(event: said.Event, reading: _Reading, depth: int) -> str:
    tree = _value(event, reading, depth + 1)
    if isinstance(tree.value, list | dict):
        reading.wrong(event, "a text as key", "a list" if isinstance(tree.value, list) else "a mapping")
        return f"\0{tree.mark}"
    if tree.value == "<<":
        reading.wrong(event, "every value where it is used", "a merge (<<)")
    return tree.value or ""


def _refuse_what_cannot_be_seen(event: said.Event, reading: _Reading) -> None:
    if isinstance(event, said.AliasEvent):
        reading.wrong(event, "every value where it is used", f"the alias *{event.anchor}")
    elif isinstance(event, said.NodeEvent) and event.anchor is not None:
        reading.wrong(event, "every value where it is used", f"the anchor &{event.anchor}")
    tag = getattr(event, "tag", None)
    if tag is not None:
        reading.wrong(event, "a value without a tag", f"the tag {tag}")


def _unreadable(error: yaml.YAMLError, text: str) -> tuple[Mark, str]:
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        mark = Mark(before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1)
        return mark, f"expected characters that can be printed; found U+{ord(text[error.position]):04X}"
    assert isinstance(error, yaml.MarkedYAMLError)
    place = error.problem_mark or error.context_mark
    mark = Mark(1, 1) if place is None else Mark(place.line + 1, place.column + 1)
    context = f" {error.context}" if error.context else ""
    return mark, f"expected YAML; found that{context}: {error.problem}"


def _mark(event: said.Event) -> Mark:
    assert event.start_mark is not None, "events of a parser have places"
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)
