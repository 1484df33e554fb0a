"""Personal texts in an answer: opened for those who serve the customer, masked for those who count (P10, D18)."""

import re
from typing import Final

import orjson

from shared_events.http import Role
from shared_events.keys import TOKEN_PREFIX, KeyRing

MASKED: Final = "[masked]"
"""What a personal text reads as for a role that does not need it."""

# A whole string: it begins with a quotation mark that is not itself part of a string, and has nothing to escape. What
# is looked for comes first and what must not precede it after that: so the search is five times as fast.
_TOKEN: Final = re.compile(rf'"{TOKEN_PREFIX}:(?<!\\"{TOKEN_PREFIX}:)[^"\\]*"')

MAY_READ: Final = frozenset({Role.AGENT, Role.LEAD, Role.ADMIN})


async def reveal(json: str, ring: KeyRing, role: Role) -> str:
    """The JSON text with every sealed text in it opened, or masked. Sealed texts are known by their prefix."""
    tokens = {string[1:-1] for string in _TOKEN.findall(json)}
    if not tokens:
        return json
    texts = await ring.open_all(tokens) if role in MAY_READ else dict.fromkeys(tokens, MASKED)
    written = {token: orjson.dumps(text).decode() for token, text in texts.items()}
    return _TOKEN.sub(lambda found: written[found[0][1:-1]], json)
