"""A ticket's facts and clocks as bytes, compact enough to be read and written with every batch."""

from collections.abc import Sequence
from typing import Any

import orjson

from shared_events.contracts.sla import TurnKind
from sla_svc.domain.clocks.clock import Clock, Mark, Turn
from sla_svc.domain.clocks.published import FindTerms
from sla_svc.domain.facts import Observed


def facts_encoded(facts: Sequence[Observed]) -> bytes:
    """In the order in which they are."""
    return orjson.dumps(
        [
            [
                fact.at_microseconds,
                fact.source,
                fact.version,
                fact.event_id,
                fact.kind,
                fact.recorded_at,
                fact.live,
                fact.by,
                fact.data,
                fact.recorded_microseconds,
            ]
            for fact in facts
        ]
    )


def facts_decoded(raw: bytes) -> list[Observed]:
    """What `facts_encoded` made."""
    return [Observed(*values) for values in orjson.loads(raw)]


def clocks_encoded(clocks: Sequence[Clock]) -> bytes:
    """Terms are named, not written out: the rulebook never loses any."""
    return orjson.dumps(
        [
            [
                clock.clock_id,
                clock.metric,
                clock.cycle,
                [_turn(turn) for turn in clock.turns],
                [[mark.name, mark.at] for mark in clock.marks],
            ]
            for clock in clocks
        ]
    )


def clocks_decoded(raw: bytes, find: FindTerms) -> list[Clock]:
    """What `clocks_encoded` made."""
    return [
        Clock(
            clock_id,
            metric,
            cycle,
            [_turn_read(turn, metric, find) for turn in turns],
            tuple(Mark(name, at) for name, at in marks),
        )
        for clock_id, metric, cycle, turns, marks in orjson.loads(raw)
    ]


def _turn(turn: Turn) -> list[Any]:
    terms = turn.terms
    named = None if terms is None else [terms.policy, terms.policy_version, terms.rule.row]
    return [turn.kind.value, turn.at, turn.cause, turn.elapsed, named, turn.why, turn.learned_at, turn.live]


def _turn_read(raw: list[Any], metric: str, find: FindTerms) -> Turn:
    kind, at, cause, elapsed, named, why, learned_at, live = raw
    terms = None if named is None else find(named[0], named[1], metric, named[2])
    return Turn(TurnKind(kind), at, cause, elapsed, terms, tuple(why), learned_at, live)
