"""Writes what is generated from the contracts: JSON Schemas, golden examples, and the pages on events and the flow."""

import hashlib
import sys
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from routing_svc.domain.flow import flow_page, transitions
from shared_events.contracts import LANGUAGE, OWNERS
from shared_events.contracts.base import Fact
from shared_events.contracts.catalogue import events_page
from shared_events.contracts.golden import Sealing, goldens_of, grown, written
from shared_events.contracts.releases import Published, broken_promises, file_name, published
from shared_events.contracts.schemas import Schema, schema_of
from shared_events.keys import PersonKey, seal

ROOT: Final = Path(__file__).parents[1]
PUBLISHED: Final = Path("shared_events/contracts/published")

EXAMPLE_KEY: Final = PersonKey("example", AESGCM(hashlib.sha256(b"zixun golden examples").digest()))
"""Seals the examples, so that every later release can be tested to open them. It guards nothing."""

Files = Mapping[Path, bytes]
"""Contents by path from the top of the repository."""


def generate(released: Sequence[Published]) -> Files:
    """Everything that is generated. Examples that were released stay, and new ones are added."""
    examples = {str(file): file.content for file in released if file.kind == "golden"}
    files: dict[Path, bytes] = {}
    for owner, kinds in OWNERS.items():
        for kind in kinds:
            golden = file_name(kind.__name__, kind.schema_version, "golden")
            files[PUBLISHED / file_name(kind.__name__, kind.schema_version, "schema")] = _json(schema_of(kind, owner))
            files[PUBLISHED / golden] = _json(grown(examples.get(golden, []), _examples(kind, owner)))
    files[Path("docs/events.md")] = events_page(list(schemas().values()), _steps()).encode()
    files[Path("docs/flow.md")] = flow_page().encode()
    return files


def schemas() -> dict[str, Schema]:
    """The schema of every type as it is now."""
    return {kind.__name__: schema_of(kind, owner) for owner, kinds in OWNERS.items() for kind in kinds}


def published_in(root: Path) -> list[Published]:
    """The files that are there, by name."""
    files = sorted((root / PUBLISHED).iterdir())
    return [published(file.name, file.read_bytes()) for file in files]


def main(root: Path = ROOT) -> int:
    """Write the files that differ; or say why not, and end with 1."""
    (root / PUBLISHED).mkdir(parents=True, exist_ok=True)
    released = published_in(root)
    broken = broken_promises(released, LANGUAGE, schemas())
    if broken:
        sys.stderr.write("Nothing was written, because released events would no longer be understood:\n")
        sys.stderr.writelines(f"- {sentence}\n" for sentence in broken)
        return 1
    for path, content in generate(released).items():
        file = root / path
        if not file.exists() or file.read_bytes() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            sys.stdout.write(f"{path}\n")
    return 0


def _examples(kind: type[Fact], owner: str) -> list[dict[str, Any]]:
    numbers = count(1)

    def sealed(fact: Fact, event_id: UUID) -> bytes:
        return seal(fact, event_id, EXAMPLE_KEY, lambda size: next(numbers).to_bytes(size, "big"))

    def erased(fact: Fact, event_id: UUID) -> bytes:
        return seal(fact, event_id, PersonKey(EXAMPLE_KEY.key_id, None))

    return [written(golden) for golden in goldens_of(kind, owner, Sealing(sealed, erased))]


def _steps() -> dict[str, list[str]]:
    """The codes of the flow chart that events have: as the flow emits them, or as their contract says."""
    steps: dict[str, list[str]] = {}
    for kind in OWNERS["feedback"]:
        steps[kind.__name__] = [kind.model_fields["step"].default.value]
    for event in (event for transition in transitions() for event in transition.events):
        codes = steps.setdefault(type(event).__name__, [])
        if event.step is not None and event.step.value not in codes:
            codes.append(event.step.value)
    return steps


def _json(content: Any) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    sys.exit(main())
