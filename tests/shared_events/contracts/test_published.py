"""Every version of every event that was ever released is still understood. The files that are there say which."""

from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from jsonschema import Draft202012Validator

from services.schemas import EXAMPLE_KEY, PUBLISHED, ROOT, generate, published_in, schemas
from shared_events.contracts import LANGUAGE, REGISTRY
from shared_events.contracts.base import ERASED
from shared_events.contracts.envelope import GENESIS, chained_digest
from shared_events.contracts.golden import PARTITION, SUBJECT, read, written
from shared_events.contracts.personal import personal_paths
from shared_events.contracts.releases import Published, broken_promises
from shared_events.keys import UNREADABLE, PersonKey, open_token
from shared_events.store.partition import partition_of

RELEASED = published_in(ROOT)
SCHEMAS = {(file.type, file.version): file.content for file in RELEASED if file.kind == "schema"}
GOLDENS = [pytest.param(file, id=str(file)) for file in RELEASED if file.kind == "golden"]


def test_no_released_event_is_lost_or_read_otherwise() -> None:
    assert broken_promises(RELEASED, LANGUAGE, schemas()) == []


def test_every_event_is_published_in_its_version() -> None:
    wanted = {(kind.__name__, kind.schema_version) for kind in REGISTRY.values()}

    assert wanted <= SCHEMAS.keys()


def test_what_is_generated_is_fresh() -> None:
    stale = [str(path) for path, content in generate(RELEASED).items() if (ROOT / path).read_bytes() != content]

    assert stale == [], "run `make schemas`"


def test_nothing_else_is_in_the_folder() -> None:
    assert {path.name for path in (ROOT / PUBLISHED).iterdir()} == {str(file) for file in RELEASED}


def test_examples_are_in_the_partition_of_their_subject() -> None:
    assert partition_of(SUBJECT) == PARTITION


@pytest.mark.parametrize("file", GOLDENS)
def test_every_golden_example_decodes(file: Published) -> None:
    for raw in file.content:
        event = read(raw).event
        fact = LANGUAGE.decode(event)
        assert type(fact) is REGISTRY[event.type]
        assert (fact.at, fact.by) == (event.occurred_at, event.actor)


@pytest.mark.parametrize("file", GOLDENS)
def test_the_digest_of_every_golden_example_is_what_it_was(file: Published) -> None:
    for raw in file.content:
        event = read(raw).event
        assert chained_digest(GENESIS, event) == event.digest
        assert written(read(raw)) == raw


@pytest.mark.parametrize("file", GOLDENS)
def test_every_golden_example_is_as_its_schema_says(file: Published) -> None:
    validator = Draft202012Validator(SCHEMAS[file.type, file.version])

    for raw in file.content:
        validator.validate(raw["event"]["body"])


@pytest.mark.parametrize("file", GOLDENS)
def test_the_personal_fields_of_every_golden_example_open_with_its_key_alone(file: Published) -> None:
    other, erased = PersonKey(EXAMPLE_KEY.key_id, AESGCM(bytes(32))), PersonKey(EXAMPLE_KEY.key_id, None)

    for raw in file.content:
        golden = read(raw)
        tokens = {path: _at(orjson.loads(golden.event.body), path) for path in golden.texts}
        assert {path: open_token(token, EXAMPLE_KEY) for path, token in tokens.items()} == golden.texts
        assert {open_token(token, other) for token in tokens.values()} <= {UNREADABLE}
        assert {open_token(token, erased) for token in tokens.values()} <= {ERASED}


@pytest.mark.parametrize("file", GOLDENS)
def test_every_version_has_a_full_a_minimal_and_an_erased_example(file: Published) -> None:
    erasable = {"erased"} if personal_paths(REGISTRY[file.type]) else set()

    assert {raw["example"] for raw in file.content} == {"full", "minimal"} | erasable


def _at(body: Any, path: str) -> str:
    for name in path.split("."):
        body = body[name]
    assert isinstance(body, str)
    return body
