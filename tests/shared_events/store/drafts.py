"""Events without a meaning, well chained, for tests of the store and the log."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from shared_events.contracts.base import Origin
from shared_events.contracts.envelope import GENESIS, Draft, chained_digest
from shared_events.store.appends import Append, CommandKey

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def drafts(subject: str, first: int, count: int, *, mark: str = "", previous: bytes = GENESIS) -> list[Draft]:
    """`count` events of a subject from version `first` on; `mark` tells the bodies of different writers apart."""
    made: list[Draft] = []
    for version in range(first, first + count):
        draft = Draft(
            subject=subject,
            version=version,
            event_id=uuid5(NAMESPACE_URL, f"{subject} {version} {mark}"),
            type="Tested",
            schema_version=1,
            occurred_at=NOON,
            actor="agent-1",
            origin=Origin.LIVE,
            correlation_id="c-1",
            causation_id=None,
            trace_context=None,
            body=f'{{"mark":"{mark}"}}'.encode(),
            digest=b"",
        )
        previous = chained_digest(previous, draft)
        made.append(replace(draft, digest=previous))
    return made


def append(subject: str, expected: int = 0, count: int = 1, *, key: str | None = None, mark: str = "") -> Append:
    """An append of `count` events; with a key, it repeats."""
    command_key = None if key is None else CommandKey("test", key, mark.encode())
    return Append(subject, expected, drafts(subject, expected + 1, count, mark=mark or key or ""), command_key)
