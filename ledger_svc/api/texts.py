"""Personal texts in an answer: opened for those who serve the customer, masked for those who count (P10, D18)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from shared_events.http import Role
from shared_events.keys import TOKEN_PREFIX, KeyRing

MASKED: Final = "[masked]"
"""What a personal text reads as for a role that does not need it."""

MAY_READ: Final = frozenset({Role.AGENT, Role.LEAD, Role.ADMIN})


async def reveal(data: Any, ring: KeyRing, role: Role) -> Any:
    """The JSON data with every sealed text in it opened, or masked. Sealed texts are known by their prefix."""
    tokens = set(_tokens(data))
    if not tokens:
        return data
    texts = await ring.open_all(tokens) if role in MAY_READ else dict.fromkeys(tokens, MASKED)
    return _replaced(data, texts)


def _tokens(data: Any) -> Iterator[str]:
    match data:
        case str() if data.startswith(f"{TOKEN_PREFIX}:"):
            yield data
        case dict():
            for value in data.values():
                yield from _tokens(value)
        case list():
            for value in data:
                yield from _tokens(value)
        case _:
            return


def _replaced(data: Any, texts: Mapping[str, str]) -> Any:
    match data:
        case str():
            return texts.get(data, data)
        case dict():
            return {name: _replaced(value, texts) for name, value in data.items()}
        case list():
            return [_replaced(value, texts) for value in data]
        case _:
            return data
