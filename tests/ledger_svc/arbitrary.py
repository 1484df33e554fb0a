"""Any event that its contract allows, whether or not the rules would: for properties that must always hold."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from types import NoneType
from typing import Any, Final, get_args, get_origin

from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel

from shared_events.contracts import REGISTRY
from shared_events.contracts.base import ERASED, PERSONAL, Fact
from tests.ledger_svc.history import CUSTOMER, NOON

MOMENTS: Final = st.integers(0, 10_000).map(lambda minutes: NOON + timedelta(minutes=minutes))
SEALED: Final = "zx1:key:event:text:c2VhbGVk"
WORDS: Final = st.sampled_from(["a", "b", "c"])
PLAIN: Final[Mapping[type, st.SearchStrategy[Any]]] = {
    str: WORDS,
    int: st.integers(1, 3),
    bool: st.booleans(),
    datetime: MOMENTS,
    AwareDatetime: MOMENTS,
    NoneType: st.none(),
}


def events(kind: type[Fact]) -> st.SearchStrategy[Fact]:
    """Any event of this type, of one customer."""
    return _models(kind, customer_id=st.just(CUSTOMER))


def any_events(*kinds: type[Fact]) -> st.SearchStrategy[Fact]:
    """Any event of these types, or of any type."""
    return st.sampled_from(kinds or tuple(REGISTRY.values())).flatmap(events)


def _values(annotation: Any, *metadata: Any) -> st.SearchStrategy[Any]:
    """Any value of this type; what is marked as personal is sealed, or erased."""
    if PERSONAL in metadata:
        return st.sampled_from([SEALED, ERASED])
    if annotation in PLAIN:
        return PLAIN[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return st.sampled_from(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _models(annotation)
    parts = get_args(annotation)
    if get_origin(annotation) is tuple:
        return st.lists(_values(parts[0]), max_size=2).map(tuple)
    if hasattr(annotation, "__metadata__"):
        return _values(parts[0], *annotation.__metadata__)
    return st.one_of([_values(part) for part in parts])


def _models(kind: type[BaseModel], **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    values = {name: _values(field.annotation, *field.metadata) for name, field in kind.model_fields.items()}
    return st.builds(kind, **{**values, **{name: strategy for name, strategy in fixed.items() if name in values}})
