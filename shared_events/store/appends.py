"""What is asked of a store, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared_events.contracts.envelope import GENESIS, Draft, Position


@dataclass(frozen=True, slots=True)
class CommandKey:
    """Under which key a command was given (D4); the fingerprint tells a repetition from a reuse."""

    scope: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Append:
    """Events for one stream, all or none. No events and a key records that the command decided nothing."""

    subject: str
    expected_version: int
    events: Sequence[Draft]
    command_key: CommandKey | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """The events are on disk; `position` is that of the last one."""

    version: int
    position: Position
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """The stream is at another version; nothing was written."""

    version: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """The command was carried out before; nothing was written. `position` is none if it had decided nothing."""

    subject: str
    version: int
    position: Position | None
    fingerprint: bytes


Outcome = Appended | Conflict | Repeated


@dataclass(frozen=True, slots=True)
class Stream:
    """What a store has of a subject, or will have; `omitted` has the version and the digest of what is left out."""

    subject: str
    events: Sequence[Draft] = ()
    omitted: tuple[int, bytes] = (0, GENESIS)

    @property
    def version(self) -> int:
        """The number of the last event, 0 for none."""
        return self.events[-1].version if self.events else self.omitted[0]

    @property
    def digest(self) -> bytes:
        """What the next event is chained to."""
        return self.events[-1].digest if self.events else self.omitted[1]

    def followed_by(self, append: Append) -> "Stream":
        """As it will be once this is appended."""
        return Stream(self.subject, [*self.events, *append.events], self.omitted)

    def without_events(self) -> "Stream":
        """The same for whoever appends to it, however large its events are."""
        return Stream(self.subject, (), (self.version, self.digest))
