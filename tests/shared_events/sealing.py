"""A sealed text, for tests of keys and seals."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared_events.contracts.routing import TicketReleased
from shared_events.keys import PersonKey, seal

NOON: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
EVENT: Final = UUID("0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50")
KEY: Final = PersonKey("key-1", AESGCM(bytes(32)))


def token_of(text: str, key: PersonKey = KEY, event_id: UUID = EVENT) -> str:
    """What is stored for a text in the field `reason`."""
    released = TicketReleased(customer_id="c-1", agent_id="a-1", reason=text, at=NOON, by="a-1")
    token = orjson.loads(seal(released, event_id, key))["reason"]
    assert isinstance(token, str)
    return token
