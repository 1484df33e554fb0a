"""Reads documents that people write in YAML, and says of every mistake where it is: `file:line:column`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sla_svc.adapters.sentences import keys_at, sentence
from sla_svc.adapters.yaml_trees import Broken, Mark, Tree, tree_of
from sla_svc.domain.policies.refusing import KEY, Place

DocumentModel = TypeVar("DocumentModel", bound=BaseModel)


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """Line and column count from 1; `what` is the way to the value, "" where it is the whole document."""

    line: int
    column: int
    what: str
    message: str


class DocumentRefused(Exception):
    """A document has mistakes: all that could be found at once, in the order of the text."""

    def __init__(self, source: str, mistakes: list[Mistake]) -> None:
        self.source = source
        self.mistakes = sorted(mistakes)
        super().__init__("\n".join(_line(source, mistake) for mistake in self.mistakes))


def read_document(
    text: str,
    source: str,
    model: type[DocumentModel],
    context: object = None,
    *,
    completed: Callable[[DocumentModel], DocumentModel] | None = None,
) -> DocumentModel:
    """What a text means; DocumentRefused says why it means nothing. `source` is its name in the messages.

    `context` is what the validators of the model ask for, as a `Vocabulary`. `completed` adds to the document what it
    refers to; its ValidationError says what there is not.
    """
    try:
        tree = tree_of(text)
    except Broken as broken:
        raise DocumentRefused(source, [Mistake(m.line, m.column, "", told) for m, told in broken.mistakes]) from None
    try:
        document = model.model_validate(tree.plain(), context=context)
        return document if completed is None else completed(document)
    except ValidationError as error:
        raise DocumentRefused(source, _mistakes(error, tree, model)) from None


def read_text(path: Path) -> str:
    """What is in a file of UTF-8; DocumentRefused where that is something else."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode("utf-8")) + 1
        message = f"expected UTF-8; found the byte 0x{content[error.start]:02x}"
        raise DocumentRefused(str(path), [Mistake(line, column, "", message)]) from None


def _mistakes(error: ValidationError, tree: Tree, model: type[BaseModel]) -> list[Mistake]:
    schema = _schema(model)
    found = []
    for each in error.errors(include_url=False):
        mark, what = _located(tree, each["loc"], is_key=each["type"] == "extra_forbidden")
        if each["type"] == "missing":
            what = f"{what}.{each['loc'][-1]}".removeprefix(".")
        found.append(Mistake(mark.line, mark.column, what, sentence(each, keys_at(schema, each["loc"][:-1]))))
    return found


@cache
def _schema(model: type[BaseModel]) -> Mapping[str, Any]:
    """Making it takes longer than all else that is done with a document."""
    return model.model_json_schema()


def _located(tree: Tree, place: Place, *, is_key: bool) -> tuple[Mark, str]:
    """The place of a value, or as near to it as the document goes, and the way to it in words."""
    key, what = tree.mark, ""
    for part in place:
        match tree.value:
            case dict() if part in tree.value:
                key, tree = tree.value[str(part)]
                what = f"{what}.{part}".removeprefix(".")
            case list() if isinstance(part, int) and part < len(tree.value):
                tree = tree.value[part]
                key, what = tree.mark, f"{what}[{_number(tree, part)}]"
            case _:
                is_key = is_key or part == KEY
    return (key if is_key else tree.mark), what


def _number(tree: Tree, index: int) -> str:
    """Rows and cases are known by their names, everything else by its number from 1."""
    named = tree.value.get("name") if isinstance(tree.value, dict) else None
    return named[1].value if named is not None and isinstance(named[1].value, str) else str(index + 1)


def _line(source: str, mistake: Mistake) -> str:
    what = f"{mistake.what}: " if mistake.what else ""
    return f"{source}:{mistake.line}:{mistake.column}: {what}{mistake.message}"
