"""The clocks of a ticket as clients see them."""

from datetime import date, datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from shared_events.contracts.sla import CancelReason, OnChange
from sla_svc.domain.attribution import Party
from sla_svc.domain.clocks.clock import State
from sla_svc.domain.explaining.segments import Reason

PROVISIONAL: Final = "It rests on holidays that nobody has announced yet; a later version of the calendar may differ."


class PassedOut(BaseModel):
    """A row of the policy that did not match."""

    row: str
    condition: str
    expected: tuple[str, ...]
    found: str | None
    text: str


class RuleOut(BaseModel):
    """A rule by which the clock goes, or went until the next."""

    since: datetime
    event_id: str = Field(description="The event that made it apply.")
    event_type: str | None
    policy: str
    policy_version: str
    row: str = Field(description="The first row of the policy that matches and has the metric.")
    calendar: str
    calendar_version: str
    calendar_timezone: str = Field(description="On whose clocks its windows are written.", examples=["Asia/Shanghai"])
    calendar_known_until: date | None = Field(
        description="The last date whose holidays are announced; absent, if it has none that would have to be."
    )
    target_seconds: int
    start: str = Field(description="What starts such a clock; docs/sla.md lists them.", examples=["contacted"])
    stop: str = Field(description="What it is met by.", examples=["responded"])
    pauses: list[str] = Field(description="For what the ticket may wait without the time counting.")
    on_change: OnChange | None = Field(description="What became of the time that had elapsed; none of the first rule.")
    passed: list[PassedOut] = Field(description="The rows before it, and why they did not match.")


class ChangeOut(BaseModel):
    """What became of a segment when another rule took over."""

    on_change: OnChange
    event_id: str


class SegmentOut(BaseModel):
    """A part of the clock's life; the next begins where it ends."""

    model_config = ConfigDict(populate_by_name=True)

    from_: datetime = Field(alias="from")
    to: datetime
    seconds: int
    counted: bool
    reason: Reason
    text: str = Field(description="Why it counts or does not, in the language that was asked for.")
    window: str | None = Field(description="The window of the calendar, where it is open.", examples=["09:00-12:00"])
    waits_for: tuple[str, ...] = Field(description="The reasons of a pause.")
    event_id: str = Field(description="Since this event the clock has run, or stood still, like this.")
    event_type: str | None
    change: ChangeOut | None
    policy: str
    policy_version: str
    row: str
    calendar: str
    calendar_version: str


class ShareOut(BaseModel):
    """Whose time it was, and how much of it."""

    party: Party
    text: str
    tier: str | None
    team: str | None
    agent_id: str | None
    seconds: int


class AttributionOut(BaseModel):
    """The first list adds up to the clock's `elapsed_seconds`, the second to `overrun_seconds`."""

    elapsed: list[ShareOut]
    overrun_seconds: int = Field(description="What was counted beyond the target.")
    overrun: list[ShareOut]


class WarningOut(BaseModel):
    """A warning that was given."""

    warning: str = Field(examples=["50%"])
    at: datetime


class BreachOut(BaseModel):
    """A moment at which the clock was over its target, as that was then."""

    at: datetime
    row: str
    target_seconds: int


class EndOut(BaseModel):
    """What ended a clock."""

    event_id: str
    event_type: str | None
    cancelled: CancelReason | None = Field(description="Why it ended without being met; absent if it was met.")
    text: str


class ClockOut(BaseModel):
    """One clock, with all that it takes to check it by hand."""

    clock_id: str
    metric: str
    title: str
    cycle: int = Field(
        description="Counts the clocks of the metric from 1. One that was superseded keeps its number, which the one in"
        " its place has, too; `clock_id` is unique."
    )
    state: State
    started_at: datetime
    start_corrected_by: str | None = Field(
        description="The event that put right when the customer made contact, if the clock starts then."
    )
    ended_at: datetime | None
    ended_by: EndOut | None
    deadline: datetime | None = Field(
        description="By the last of its rules; where it was over by that at once, the moment when that rule took over."
        " Absent while it stands still, and if its calendar never gets there."
    )
    deadline_is_provisional: bool = Field(description=PROVISIONAL)
    target_seconds: int
    elapsed_seconds: int = Field(description="The segments that count add up to it.")
    warnings: list[WarningOut]
    breaches: list[BreachOut] = Field(description="In their order: after a change there may be another one.")
    breached_at: datetime | None = Field(description="The last of the breaches.")
    in_time: bool | None = Field(description="By the last of its rules. Absent until it is met.")
    rules: list[RuleOut]
    segments: list[SegmentOut]
    attribution: AttributionOut


class ConservationOut(BaseModel):
    """Where the lifetime of the ticket went, in seconds."""

    tiers: dict[str, int] = Field(description="With somebody of the tier.", examples=[{"CSE": 60, "PSE": 0, "RDE": 0}])
    unassigned: int = Field(description="Before it came to a tier, or in its queue.")
    paused: int
    closed: int
    lifetime: int
    unaccounted: int = Field(description="What is in none of them, or in several: must be 0.")


class ClocksOut(BaseModel):
    """The clocks of a ticket, in the order of their beginnings."""

    ticket_id: str
    as_of: datetime = Field(description="How it stood at this moment.")
    known_at: datetime | None = Field(description="By what was known then; absent: by what is known now.")
    behind: bool = Field(description="Events of it could not be taken in; what is said here is not up to date.")
    clocks: list[ClockOut]
    conservation: ConservationOut | None = Field(description="Absent before the customer made contact.")
