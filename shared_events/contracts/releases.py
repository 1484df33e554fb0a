"""Holds the contracts to what was released: whatever was ever published must stay readable, and mean the same (D12)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import orjson

from shared_events.contracts.compatibility import breaks
from shared_events.contracts.golden import read
from shared_events.contracts.language import Language, Undecodable
from shared_events.contracts.schemas import Schema

_NAME: Final = re.compile(r"(?P<type>\w+)\.v(?P<version>\d+)\.(?P<kind>schema|golden)\.json")
_NEVER_RELEASED: Final = "Only if that version was never released, delete its files and generate them again."


@dataclass(frozen=True, slots=True)
class Published:
    """One file that was published: what it describes, and its JSON."""

    type: str
    version: int
    kind: str
    content: Any

    def __str__(self) -> str:
        return file_name(self.type, self.version, self.kind)


def file_name(type_name: str, version: int, kind: str) -> str:
    """`TicketRouted.v1.schema.json`; the kind is `schema` or `golden`."""
    return f"{type_name}.v{version}.{kind}.json"


def published(name: str, content: bytes) -> Published:
    """A file by its name. Raises `ValueError` for one that does not belong here."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name}: expected a name such as {file_name('TicketRouted', 1, 'schema')}")
    return Published(match["type"], int(match["version"]), match["kind"], orjson.loads(content))


def broken_promises(files: Sequence[Published], language: Language, schemas: Mapping[str, Schema]) -> list[str]:
    """What a release of `language` would break, in sentences; `schemas` has the generated ones by type."""
    return [
        *_missing(files, language),
        *(sentence for file in files for sentence in _broken(file, language, schemas)),
    ]


def _broken(file: Published, language: Language, schemas: Mapping[str, Schema]) -> Iterator[str]:
    kind = language.kinds.get(file.type)
    if kind is None:
        yield f"{file}: the type {file.type} is gone, but its events are stored for ever. Bring it back."
    elif file.version > kind.schema_version:
        yield f"{file}: {file.type} has gone back to version {kind.schema_version}. Bring version {file.version} back."
    elif file.kind == "golden":
        yield from _undecodable(file, language)
    elif file.version == kind.schema_version:
        for each in breaks(file.content, schemas[file.type]):
            yield f"{file}: {each} {_NEVER_RELEASED}"


def _undecodable(file: Published, language: Language) -> Iterator[str]:
    for raw in file.content:
        try:
            language.decode(read(raw).event)
        except Undecodable as error:
            yield f"{file}: the example {raw['example']!r} can no longer be read: {error}"


def _missing(files: Sequence[Published], language: Language) -> Iterator[str]:
    """Files of versions that must have been released, because a later version or the other file is there."""
    there = {(file.type, file.version, file.kind) for file in files}
    last = {file.type: max(other.version for other in files if other.type == file.type) for file in files}
    for name, version in sorted(last.items()):
        known = language.kinds[name].schema_version - 1 if name in language.kinds else 0
        expected = product([name], range(1, max(version, known) + 1), ("schema", "golden"))
        for file in expected:
            if file not in there:
                yield f"{file_name(*file)}: the file is missing. Bring it back; it was published."
