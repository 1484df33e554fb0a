"""What the explanation of a clock says, in the words of the answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from shared_events.contracts.sla import CancelReason, OnChange
from shared_events.contracts.words import Language
from sla_svc.api.clock_bodies import (
    AttributionOut,
    BreachOut,
    ChangeOut,
    ClockOut,
    ConservationOut,
    EndOut,
    PassedOut,
    RuleOut,
    SegmentOut,
    ShareOut,
    WarningOut,
)
from sla_svc.domain.attribution import Share
from sla_svc.domain.clocks.clock import Turn
from sla_svc.domain.conservation import Conservation
from sla_svc.domain.explaining.explanation import Breach, Explanation
from sla_svc.domain.explaining.segments import Segment
from sla_svc.domain.explaining.words import text_of, text_of_end, text_of_holder, text_of_passed, title_of
from sla_svc.domain.facts import moment
from sla_svc.domain.metrics import METRICS


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
        start_corrected_by=explanation.start_corrected_by,
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
    metric = METRICS[terms.metric]
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
        start=terms.rule.start or next(iter(metric.starts)),
        stop=terms.rule.stop or next(iter(metric.stops)),
        pauses=sorted(terms.rule.pauses),
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
