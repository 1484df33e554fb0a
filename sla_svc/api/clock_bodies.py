"""The clocks of a ticket as clients see them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from shared_events.contracts.sla import CancelReason, OnChange
from shared_events.contracts.words import Language
from sla_svc.domain.attribution import Party, Share
from sla_svc.domain.clocks.clock import State, Turn
from sla_svc.domain.conservation import Conservation
from sla_svc.domain.explaining.explanation import Breach, Explanation
from sla_svc.domain.explaining.segments import Reason, Segment
from sla_svc.domain.explaining.words import text_of, text_of_end, text_of_holder, text_of_passed, title_of
from sla_svc.domain.facts import moment

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
    cycle: int
    state: State
    started_at: datetime
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
    clocks: list[ClockOut]
    conservation: ConservationOut | None = Field(description="Absent before the customer made contact.")


def clock_out(explanation: Explanation, kinds: Mapping[str, str], language: Language) -> ClockOut:
    """`kinds` has the types of events by their ids."""
    clock = explanation.clock
    overrun = _shares(explanation.overrun, language)
    return ClockOut(
        clock_id=clock.clock_id,
        metric=clock.metric,
        title=title_of(clock.metric, language),
        cycle=clock.cycle,
        state=clock.state,
        started_at=moment(clock.started_at),
        ended_at=_moment(clock.ended_at),
        ended_by=None if clock.ended_at is None else _end(clock.turns[-1], kinds, language),
        deadline=_moment(explanation.deadline),
        deadline_is_provisional=explanation.is_provisional,
        target_seconds=clock.terms.rule.target_seconds,
        elapsed_seconds=explanation.elapsed,
        warnings=[WarningOut(warning=mark.name, at=moment(mark.at)) for mark in explanation.warned],
        breaches=[_breach(breach) for breach in explanation.breaches],
        breached_at=moment(explanation.breaches[-1].at) if explanation.breaches else None,
        in_time=explanation.in_time,
        rules=[_rule(turn, kinds, language) for turn in explanation.rules],
        segments=[_segment(segment, kinds, language) for segment in explanation.segments],
        attribution=AttributionOut(
            elapsed=_shares(explanation.whole, language),
            overrun_seconds=sum(share.seconds for share in overrun),
            overrun=overrun,
        ),
    )


def conservation_out(found: Conservation | None) -> ConservationOut | None:
    """In the words of the answer."""
    if found is None:
        return None
    return ConservationOut(
        tiers=dict(found.tiers),
        unassigned=found.unassigned,
        paused=found.paused,
        closed=found.closed,
        lifetime=found.lifetime,
        unaccounted=found.unaccounted,
    )


def _breach(breach: Breach) -> BreachOut:
    rule = breach.terms.rule
    return BreachOut(at=moment(breach.at), row=rule.row, target_seconds=rule.target_seconds)


def _end(turn: Turn, kinds: Mapping[str, str], language: Language) -> EndOut:
    cancelled = CancelReason(turn.why[0]) if turn.why else None
    text = text_of_end(cancelled, language)
    return EndOut(event_id=turn.cause, event_type=kinds.get(turn.cause), cancelled=cancelled, text=text)


def _rule(turn: Turn, kinds: Mapping[str, str], language: Language) -> RuleOut:
    terms = turn.terms
    assert terms is not None, "it is one by which a rule took over"
    return RuleOut(
        since=moment(turn.at),
        event_id=turn.cause,
        event_type=kinds.get(turn.cause),
        policy=terms.policy,
        policy_version=terms.policy_version,
        row=terms.rule.row,
        calendar=terms.calendar.name,
        calendar_version=terms.calendar.version,
        calendar_timezone=str(terms.calendar.zone),
        calendar_known_until=terms.calendar.document.known_until,
        target_seconds=terms.rule.target_seconds,
        on_change=OnChange(turn.why[0]) if turn.why else None,
        passed=[PassedOut(**each.model_dump(), text=text_of_passed(each, language)) for each in turn.passed],
    )


def _segment(segment: Segment, kinds: Mapping[str, str], language: Language) -> SegmentOut:
    terms, change, says = segment.terms, segment.change, segment.calendar_says
    return SegmentOut(
        from_=moment(segment.start),
        to=moment(segment.end),
        seconds=segment.seconds,
        counted=segment.counted,
        reason=segment.reason,
        text=text_of(segment, language),
        window=None if says is None else says.window or None,
        waits_for=segment.waits_for,
        event_id=segment.event,
        event_type=kinds.get(segment.event),
        change=None if change is None else ChangeOut(on_change=change.on_change, event_id=change.event),
        policy=terms.policy,
        policy_version=terms.policy_version,
        row=terms.rule.row,
        calendar=terms.calendar.name,
        calendar_version=terms.calendar.version,
    )


def _shares(shares: Sequence[Share], language: Language) -> list[ShareOut]:
    return [
        ShareOut(
            party=share.holder.party,
            text=text_of_holder(share.holder, language),
            tier=share.holder.tier,
            team=share.holder.team,
            agent_id=share.holder.agent,
            seconds=share.seconds,
        )
        for share in shares
    ]


def _moment(instant: int | None) -> datetime | None:
    return None if instant is None else moment(instant)
