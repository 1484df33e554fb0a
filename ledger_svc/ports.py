"""What the ledger needs from outside."""

from collections.abc import Sequence
from typing import Protocol

from shared_events.log.port import Entry


class KeptLog(Protocol):
    """The log as the ledger keeps it, for ever, whatever the engine (D7)."""

    async def read_subject(self, subject: str) -> Sequence[Entry]:
        """Every entry of a subject, by offset."""
        ...
