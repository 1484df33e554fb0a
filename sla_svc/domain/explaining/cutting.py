"""The clocks of a ticket as they stood at a moment, by what is known of them now (D20)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sla_svc.domain.clocks.clock import Clock
from sla_svc.domain.facts import Observed, in_order
from sla_svc.domain.story import Story


def cut(clocks: Iterable[Clock], facts: Sequence[Observed], at: int) -> list[Clock]:
    """Those that had been begun by then, without what happened to them later.

    A clock that is to start later is there from the moment of the event that it follows from.
    """
    happened = {fact.event_id for fact in facts if fact.at <= at}
    return [
        replace(
            clock,
            turns=[turn for index, turn in enumerate(clock.turns) if index == 0 or turn.at <= at],
            marks=tuple(mark for mark in clock.marks if mark.at <= at),
        )
        for clock in clocks
        if clock.started_at <= at or clock.turns[0].cause in happened
    ]


def told(facts: Iterable[Observed]) -> Story:
    """The whole story, with what was put right later."""
    story = Story()
    ordered = in_order(facts)
    story.put_right([fact for fact in ordered if fact.kind == "ConsultationCorrected"])
    for fact in ordered:
        story.tell(fact)
    return story
