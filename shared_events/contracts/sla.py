"""Events of SLA: the clocks of a ticket, what they warned of, and the rules that they go by (D11)."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from shared_events.contracts.base import Fact, Instant


class TurnKind(StrEnum):
    """What can happen to a clock."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    RETARGETED = "retargeted"
    MET = "met"
    CANCELLED = "cancelled"


class OnChange(StrEnum):
    """What becomes of the time that has elapsed when another rule takes over a running clock."""

    KEEP = "keep"
    RESTART = "restart"
    FROM_START = "from_start"
    """Counted again from the beginning, by the new rule."""


class RetargetReason(StrEnum):
    """Why a clock has another deadline."""

    CHANGED = "changed"
    """The grade, the urgency, the customer or the category changed."""
    CORRECTED = "corrected"
    """A fact came late, or was put right."""
    MIGRATED = "migrated"
    """Somebody moved the clock to another version of the policy."""


class CancelReason(StrEnum):
    """Why a clock ended without being met."""

    WITHDRAWN = "withdrawn"
    RESOLVED = "resolved"
    """The ticket was resolved without what the clock waited for."""
    NOT_APPLICABLE = "not_applicable"
    """After a change no rule of the policy has this metric."""
    SUPERSEDED = "superseded"
    """A late fact showed that the clock never ran."""


class Part(BaseModel):
    """Of an event."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Passed(Part):
    """A row of the policy that did not match, and the condition that failed."""

    row: str
    condition: str
    expected: tuple[str, ...]
    found: str | None = None


class Notice(Part):
    """A warning: its name as in the policy, and after how many counted seconds it falls due."""

    name: str
    after_seconds: int


class Terms(Part):
    """What a clock is measured by: pinned when it starts, and when it is retargeted."""

    policy: str
    policy_version: str
    row: str
    """The first of the policy that matched and has the metric."""
    calendar: str
    calendar_version: str
    target_seconds: int
    """By the calendar."""
    start: str
    """What starts such a clock."""
    stop: str
    """What it waits for."""
    pauses: tuple[str, ...] = ()
    """For what the ticket may wait without that time counts."""
    warnings: tuple[Notice, ...] = ()
    raise_urgency: bool = False
    """Whether a breach makes the ticket more urgent."""
    escalate: bool = False
    """Whether a breach sends it to the next tier."""
    passed: tuple[Passed, ...] = ()
    """The rows before the one that matched, and why they did not."""


class Turn(Part):
    """One thing that happened to a clock; of a corrected clock all of them are told again."""

    kind: TurnKind
    moment: Instant
    caused_by: str
    """The id of the event that made it so."""
    elapsed_seconds: int
    """What had been counted by then."""
    learned_at: Instant
    """When the causing event was recorded."""
    live: bool = True
    """Whether it was recorded as it happened, rather than imported."""
    terms: Terms | None = None
    on_change: OnChange | None = None
    reasons: tuple[str, ...] = ()


class ClockFact(Fact):
    """`metric` and `cycle` name the clock for people, `clock_id` for ever."""

    clock_id: str
    """Made of the metric and the event that started it."""
    metric: str
    """What is measured, as `first_response`."""
    cycle: int
    """Counts the clocks of a metric from 1, in the order of their beginnings."""


class CausedClockFact(ClockFact):
    """What an event of another service led to; `occurred_at` is the moment at which it was so, however late it came."""

    caused_by: str
    """The id of the event that made it so."""
    learned_at: Instant
    """When that event was recorded."""


class CountedClockFact(CausedClockFact):
    """What is used up of the target by `occurred_at`, and what is left."""

    elapsed_seconds: int
    """Of the target, by the calendar."""
    remaining_seconds: int
    """Less than nothing once the deadline is over."""


class ClockStarted(CausedClockFact):
    """A clock runs from `occurred_at` on."""

    terms: Terms
    deadline: Instant | None = None
    """None: never, by this calendar."""


class ClockPaused(CountedClockFact):
    """Time does not count from now on."""

    reasons: tuple[str, ...]
    """For what the ticket waits, of all that this clock waits for."""


class ClockResumed(CountedClockFact):
    """Time counts again."""

    deadline: Instant | None = None
    """None: never, by this calendar."""


class ClockMet(CountedClockFact):
    """What the clock waited for happened, in time or late."""

    in_time: bool


class ClockCancelled(CausedClockFact):
    """The clock ended without what it waited for."""

    reason: CancelReason
    elapsed_seconds: int
    """Of the target, by the calendar."""


class ClockRetargeted(CausedClockFact):
    """The clock goes by other terms, or it turned out to have gone otherwise than was said before."""

    reason: RetargetReason
    elapsed_seconds: int
    """Of the target, by the calendar."""
    terms: Terms
    on_change: OnChange | None = None
    """What became of the time that had elapsed; none of a correction."""
    deadline_before: Instant | None = None
    """As it was said last; None: never, or the clock stood still."""
    deadline: Instant | None = None
    """None: never, by this calendar, or the clock stands still."""
    in_time: bool | None = None
    """Of a corrected clock that was met: whether in time."""
    turns: tuple[Turn, ...] = ()
    """Of a corrected clock: how it went, as it is known now; it replaces all that was said of it before."""


class SlaWarned(ClockFact):
    """So much of the target is used up."""

    warning: str
    """As the policy names it: `50%` of the target, or `15m` before the deadline."""
    elapsed_seconds: int
    deadline: Instant | None = None


class SlaBreached(ClockFact):
    """The deadline passed; `occurred_at` is that moment, `recorded_at` when it was noticed."""

    deadline: Instant
    target_seconds: int
    notice: bool = True
    """Whether anybody needs to be told: not of what was over before it was entered or imported."""
    raise_urgency: bool = False
    escalate: bool = False


class SlaWarningRetracted(ClockFact):
    """A late fact showed that the warning was wrong."""

    warning: str
    """As the policy names it: `50%` of the target, or `15m` before the deadline."""
    warned_at: Instant
    """`occurred_at` of the warning."""
    caused_by: str
    """The id of the event that came late."""


class SlaBreachRetracted(ClockFact):
    """A late fact showed that the deadline was kept."""

    breached_at: Instant
    """`occurred_at` of the breach."""
    caused_by: str
    """The id of the event that came late."""


class PolicyMigrated(Fact):
    """The running clocks of the ticket go by this version of the policy from now on."""

    policy: str
    policy_version: str
    on_change: OnChange
    """What becomes of the time that has elapsed."""


class CalendarPublished(Fact):
    """A version of a calendar. Nothing in it changes any more: the holidays are dates, not rules."""

    name: str
    version: str
    document: str
    """Canonical JSON."""
    zone_data: str
    """The version of the time zone database that it was checked with."""
    holiday_data: str | None = None
    """The version of the table that the holidays were taken from."""


class CalendarUsed(Part):
    """A calendar that a policy names."""

    name: str
    version: str


class PolicyPublished(Fact):
    """A version of a policy, for clocks that start at `effective_from` or later."""

    name: str
    version: str
    effective_from: Instant
    document: str
    """Canonical JSON."""
    calendars: tuple[CalendarUsed, ...] = ()
    """The calendars that it names, at the versions that it was checked with."""


ClockEvent = (
    ClockStarted
    | ClockPaused
    | ClockResumed
    | ClockMet
    | ClockCancelled
    | ClockRetargeted
    | SlaWarned
    | SlaBreached
    | SlaWarningRetracted
    | SlaBreachRetracted
    | PolicyMigrated
)
"""Of a ticket."""

RulebookEvent = CalendarPublished | PolicyPublished
"""Of the rulebook, a stream of its own."""
