"""Where the personal fields of an event are, found once per type from the marks in its contract (D18)."""

from collections.abc import Callable, Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from shared_events.contracts.base import Fact, PersonalMark

Path = tuple[str, ...]


@cache
def personal_paths(kind: type[Fact]) -> tuple[Path, ...]:
    """The paths of the personal fields in the body of this type, as `("contact", "phone")`."""
    paths = tuple(_paths(kind))
    if paths and "customer_id" not in kind.model_fields:
        raise TypeError(f"{kind.__name__} has the personal fields {paths}, but no customer_id that says whose they are")
    return paths


def has_personal(fact: Fact) -> bool:
    """Whether any personal field of this event has a value."""
    return any(_value(fact, path) is not None for path in personal_paths(type(fact)))


def replace_personal(kind: type[Fact], raw: dict[str, Any], replace: Callable[[str, str], str]) -> None:
    """Put `replace(dotted path, value)` in the place of every personal value of a raw body."""
    for path in personal_paths(kind):
        holder: Any = raw
        for name in path[:-1]:
            holder = holder.get(name) or {}
        value = holder.get(path[-1])
        if value is not None:
            holder[path[-1]] = replace(".".join(path), value)


def _value(fact: Any, path: Path) -> Any:
    for name in path:
        fact = getattr(fact, name, None)
    return fact


def _paths(model: type[BaseModel]) -> Iterator[Path]:
    for name, field in model.model_fields.items():
        bare = _bare(field.annotation)
        if _is_personal(field.metadata, field.annotation):
            if bare is not str:
                raise TypeError(f"{model.__name__}.{name}: expected a personal field to be a str, found {bare}")
            yield (name,)
        for nested in _models(field.annotation):
            paths = [(name, *path) for path in _paths(nested)]
            if paths and bare is not nested:
                raise TypeError(f"{model.__name__}.{name}: expected personal fields in no list or choice, found {bare}")
            yield from paths


def _bare(annotation: Any) -> Any:
    """The type itself, where it is only marked or made optional."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    parts = [part for part in get_args(annotation) if part is not NoneType]
    return _bare(parts[0]) if get_origin(annotation) in {Union, UnionType} and len(parts) == 1 else annotation


def _is_personal(metadata: list[Any], annotation: Any) -> bool:
    if any(isinstance(item, PersonalMark) for item in metadata):
        return True
    return any(_is_personal(list(getattr(part, "__metadata__", ())), part) for part in get_args(annotation))


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
