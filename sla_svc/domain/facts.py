"""What SLA keeps of the events of other services: when, what, by whom, and nothing personal (D11)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from shared_events.contracts.base import Fact, Origin
from shared_events.contracts.envelope import Recorded
from shared_events.contracts.personal import personal_paths

RANKS: Final = {"intake": 0, "routing": 1, "feedback": 2, "sla": 3}
"""Who comes first where facts of several services have the same moment to the microsecond."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_SECOND: Final = 1_000_000
"""In microseconds."""


@dataclass(frozen=True, slots=True)
class Observed:
    """One fact. `version` is its number in its source's stream; `data` is its body without what is personal."""

    at_microseconds: int
    source: str
    version: int
    event_id: str
    kind: str
    recorded_at: int
    live: bool
    by: str
    data: Mapping[str, Any]
    recorded_microseconds: int = 0
    """What `recorded_at` leaves out: only by it is it known what came before and after a moment of that second."""

    @property
    def at(self) -> int:
        """When it happened. Instants are truncated to whole seconds, durations never (design §5)."""
        return self.at_microseconds // _SECOND

    @property
    def place(self) -> tuple[int, int, int]:
        """Its place among the facts of its ticket, whatever the order in which they arrived."""
        return self.at_microseconds, RANKS[self.source], self.version

    def was_known(self, moment: datetime) -> bool:
        """Whether it had been recorded by then."""
        return self.recorded_at * _SECOND + self.recorded_microseconds <= microseconds(moment)


def observed(recorded: Recorded[Any]) -> Observed:
    """What is kept of an event."""
    event, stored = recorded.event, recorded.stored
    kind: type[Fact] = type(event)
    return Observed(
        at_microseconds=microseconds(stored.occurred_at),
        source=stored.source,
        version=stored.version,
        event_id=str(stored.event_id),
        kind=stored.type,
        recorded_at=seconds(stored.recorded_at),
        live=stored.origin is Origin.LIVE,
        by=stored.actor,
        data=event.model_dump(mode="json", exclude=_left_out(kind), exclude_none=True),
        recorded_microseconds=stored.recorded_at.microsecond,
    )


def in_order(facts: Iterable[Observed]) -> list[Observed]:
    """By the moments when they happened, each once; the record of the consultation before all else.

    Services' clocks differ a little, and what was done in the call is entered after it.
    """
    return sorted({(fact.source, fact.version): fact for fact in facts}.values(), key=_order)


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return microseconds(moment) // _SECOND


def microseconds(moment: datetime) -> int:
    """Exact, unlike what a float can hold."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(instant: int) -> datetime:
    """The other way round."""
    return _EPOCH + timedelta(seconds=instant)


def seconds_of_text(text: str) -> int:
    """Of a moment in a body."""
    return seconds(datetime.fromisoformat(text))


def _order(fact: Observed) -> tuple[bool, tuple[int, int, int]]:
    return fact.kind != "ConsultationReceived", fact.place


@cache
def _left_out(kind: type[Fact]) -> set[str]:
    personal = {path[0] for path in personal_paths(kind)}
    return {*personal, "customer_id"} & set(kind.model_fields)
