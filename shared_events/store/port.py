"""What the shell asks of a store; the suite in `tests/shared_events/store` holds every engine to it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from shared_events.contracts.envelope import Stored
from shared_events.store.appends import Append, CommandKey, Conflict, Outcome, Repeated, Stream

Transaction = Any
"""The engine's own transaction: opaque to whoever passes it on."""


class Store(Protocol):
    """The events of one source."""

    @property
    def source(self) -> str:
        """The service that owns it."""
        ...

    def on_append(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every append of this process, so that a relay need not wait for its next look."""
        ...

    def announce(self) -> None:
        """Tell the listeners that events were committed by `append_in`."""
        ...

    async def append(self, append: Append) -> Outcome:
        """Append durably; the outcome concerns this append alone."""
        ...

    async def append_in(self, transaction: Transaction, appends: Sequence[Append]) -> Mapping[int, Conflict | Repeated]:
        """Append within the caller's transaction: all, or none and what was rejected, by place in `appends`."""
        ...

    async def load(
        self, subject: str, *, version_max: int | None = None, recorded_until: datetime | None = None
    ) -> Stream:
        """The events of a subject in version order: all, up to a version, or those recorded up to a moment."""
        ...

    async def load_many(self, subjects: Sequence[str]) -> dict[str, Stream]:
        """The streams of many subjects at once."""
        ...

    async def find_command(self, key: CommandKey) -> Repeated | None:
        """What a command key led to, if it was ever used."""
        ...

    async def read(self, after: Mapping[int, int], limit: int) -> list[Stored]:
        """The next events of each partition after a sequence, up to `limit` for each, by (partition, sequence)."""
        ...

    async def heads(self) -> dict[int, int]:
        """The last sequence of every partition."""
        ...

    async def close_time(self, moment: datetime) -> dict[int, int]:
        """Let nothing be recorded before `moment` any more; the last sequence of every partition at that point."""
        ...

    async def relayed(self) -> dict[int, int]:
        """Up to which sequence each partition is known to be in the log; it may be more."""
        ...

    async def note_relayed(self, upto: Mapping[int, int]) -> None:
        """Remember that the log has every partition up to these sequences."""
        ...
