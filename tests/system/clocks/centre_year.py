"""A year of a simulated centre as it comes out of the log: late entries, corrections, and sources that fall silent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from random import Random
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from intake_svc.domain.commands import CorrectConsultation
from services.simulation.dice import dice
from services.simulation.life import live
from services.simulation.people import customer
from services.simulation.stage import Stage
from shared_events.contracts import decode
from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Draft, Recorded, Stored
from shared_events.ids import IdSource
from shared_events.keys import PersonKey
from shared_events.store.partition import partition_of
from sla_svc.adapters.calendars import compiled
from sla_svc.adapters.documents import read_document
from sla_svc.adapters.handled import HANDLES
from sla_svc.adapters.rulebooks import SHIPPED_POLICY, shipped_versions
from sla_svc.domain.calendars.calendar import Calendar
from sla_svc.domain.calendars.document import CalendarDocument
from sla_svc.domain.facts import seconds
from sla_svc.domain.policies.compilation import policy_of
from sla_svc.domain.policies.document import PolicyDocument
from sla_svc.domain.rulebook import Edition, Rulebook
from tests.services.simulation.stages import REACTIONS
from tests.shared_events.conftest import FixedClock

BEGIN: Final = datetime(2025, 1, 1, tzinfo=UTC)
END: Final = datetime(2026, 1, 1, tzinfo=UTC)
SECOND_HALF: Final = datetime(2025, 7, 1, tzinfo=UTC)
"""When the second edition takes effect."""

OVER: Final = timedelta(days=60)
"""By then everything that began in the year has ended, or has been over for long."""

LATE_SHARE: Final = 0.02
CORRECTED_SHARE: Final = 0.05
SILENT: Final = timedelta(hours=7)
_KINDS: Final = {kind.__name__ for kind in HANDLES}
_DRAFTED: Final = tuple(field.name for field in fields(Draft))
_WEEK: Final = {key: ["09:00-12:30", "13:15-18:00"] for key in ("mon", "tue", "wed", "thu", "fri")}
_HOLIDAYS: Final = ("2025-01-01", "2025-04-18", "2025-04-21", "2025-05-01", "2025-10-03", "2025-12-25", "2025-12-26")


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event that comes out of the log at `at`."""

    at: datetime
    recorded: Recorded[Fact]


def rulebook() -> Rulebook:
    """The shipped rules in the hours of Berlin; from July on by other targets, and at night in New York.

    Both change their clocks twice a year, on different days, and in New York while the centre is at work.
    """
    shipped_text = (files("sla_svc") / "shipped" / SHIPPED_POLICY).read_text(encoding="utf-8")
    berlin = _calendar("berlin", timezone="Europe/Berlin", week=_WEEK | {"sat": ["10:00-14:00"]})
    night = _calendar("night", timezone="America/New_York", week={key: ["20:00-04:00"] for key in _WEEK})
    always = {name: calendar for (name, _), calendar in shipped_versions().items()}
    first = shipped_text.replace("calendar: china", "calendar: berlin")
    second = shipped_text.replace("calendar: china", "calendar: night").replace("target: 24h", "target: 20h")
    return Rulebook(
        [
            Edition(policy_of(_document(first), version="1"), always | {"berlin": berlin}),
            Edition(
                policy_of(_document(second), version="2", effective_from=seconds(SECOND_HALF)),
                always | {"night": night},
            ),
        ]
    )


def arrivals(tickets: int, seed: int) -> list[Arrival]:
    """In the order of the log: each source's events of a partition in their order, sources as they come."""
    random = Random(f"{seed}/silences")
    silences = {
        source: [BEGIN + timedelta(seconds=random.randrange(365 * 86_400)) for _ in range(12)]
        for source in ("intake", "routing", "feedback")
    }
    found = [
        Arrival(_arrives(each.stored, silences[each.stored.source]), each)
        for number in range(tickets)
        for each in _ticket(number, seed)
    ]
    return sorted(found, key=lambda arrival: (arrival.at, arrival.recorded.stored.recorded_at))


def batches(arrivals: Sequence[Arrival], seed: int) -> Iterator[tuple[list[Recorded[Fact]], datetime, datetime]]:
    """With the moment when a batch comes, and the moment before which nothing is missing then."""
    random = Random(f"{seed}/batches")
    missing = [END + OVER]
    for arrival in reversed(arrivals):
        missing.append(min(missing[-1], arrival.recorded.stored.recorded_at))
    missing.reverse()
    place = 0
    while place < len(arrivals):
        first = arrivals[place]
        size = random.choice([1, 1, 2, 40])
        batch = [each for each in arrivals[place : place + size] if each.at - first.at < timedelta(minutes=1)]
        yield [each.recorded for each in batch], batch[-1].at, min(missing[place], first.at)
        place += len(batch)


def _ticket(number: int, seed: int) -> Iterator[Recorded[Fact]]:
    random = dice(seed, f"ticket/{number}")
    begin = BEGIN + timedelta(seconds=random.randrange(365 * 86_400))
    caller = customer(seed, number % 500)
    clock = FixedClock()
    clock.moment = begin
    stage = Stage(
        f"ticket-{number}",
        {caller.customer_id: PersonKey("key", AESGCM(bytes(32)))},
        IdSource(clock, random.getrandbits),
        REACTIONS,
    )
    live(stage, caller, number + 1, (random, begin, END + OVER))
    if random.random() < CORRECTED_SHARE:
        before = begin - timedelta(minutes=random.randrange(5, 300))
        at = begin + timedelta(minutes=random.randrange(3_000))
        stage.give("intake", CorrectConsultation(at=at, by="lead-01", reason="entered wrongly", contacted_at=before))
    for service, append in stage.appends().items():
        recorded_at = BEGIN
        for draft in append.events:
            late = timedelta(minutes=random.randrange(1, 2_000)) if random.random() < LATE_SHARE else timedelta()
            recorded_at = max(recorded_at, draft.occurred_at + late)
            if draft.type in _KINDS:
                stored = _stored(draft, service, recorded_at)
                yield Recorded(decode(stored), stored, 0)


def _arrives(stored: Stored, silences: Sequence[datetime]) -> datetime:
    """After a moment on the way; not while its source is silent."""
    at = stored.recorded_at + timedelta(milliseconds=200)
    return max([at, *(begin + SILENT for begin in silences if begin <= at < begin + SILENT)])


def _stored(draft: Draft, source: str, recorded_at: datetime) -> Stored:
    return Stored(
        **{name: getattr(draft, name) for name in _DRAFTED},
        source=source,
        partition=partition_of(draft.subject),
        sequence=0,
        recorded_at=recorded_at,
    )


def _calendar(name: str, **given: object) -> Calendar:
    return compiled(name, CalendarDocument.model_validate({"holidays": list(_HOLIDAYS), **given}))


def _document(text: str) -> PolicyDocument:
    return read_document(text, SHIPPED_POLICY, PolicyDocument)
