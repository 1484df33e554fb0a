"""How a document is refused: each mistake at its place, with what was expected and what was found."""

from collections.abc import Iterable, Sequence

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

Place = tuple[str | int, ...]
"""The way to a value, from where the validator stands: keys and numbers of rows."""

KEY: str = "[key]"
"""Ends a place that means the key and not its value, as pydantic says it."""


def unexpected(expected: str, found: object) -> PydanticCustomError:
    """Both in words; texts are quoted."""
    shown = "nothing" if found is None else repr(found)
    return PydanticCustomError(
        "unexpected", "expected {expected}; found {found}", {"expected": expected, "found": shown}
    )


def found_that(expected: str, fact: str) -> PydanticCustomError:
    """Where what was found is not one value but how several stand to each other."""
    return PydanticCustomError(
        "unexpected", "expected {expected}; found {found}", {"expected": expected, "found": fact}
    )


def refuse(mistakes: Iterable[tuple[Place, PydanticCustomError]]) -> None:
    """All of them at once, if there are any."""
    found = list(mistakes)
    if found:
        raise refusal(*found)


def refusal(*mistakes: tuple[Place, PydanticCustomError]) -> ValidationError:
    """To be raised inside of a validator, so that pydantic adds the way to it."""
    details = [InitErrorDetails(type=error, loc=place, input=None) for place, error in mistakes]
    return ValidationError.from_exception_data("document", details)


def one_of(words: Sequence[str]) -> str:
    """`one of a, b, c`, in words."""
    return f"one of {', '.join(words)}" if len(words) > 1 else "".join(words) or "nothing here"
