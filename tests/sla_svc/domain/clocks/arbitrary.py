"""Tickets to which anything may happen, in any order, known late or early; and policies that say anything about it.

Facts are hypothesis's own, so that it can find the fewest; a policy and an order of arrival come from a seed, because
what they have to choose is too much to draw.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from hypothesis import strategies as st

from shared_events.contracts.sla import OnChange
from sla_svc.domain.facts import Observed
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.policies.rules import Rule, Threshold
from sla_svc.domain.policies.table import Row
from sla_svc.domain.rulebook import Rulebook
from sla_svc.domain.story import REASONS
from tests.sla_svc.domain.scene import OFFICE, Facts, at, book, calendar, edition, row

MONDAY: Final = at("2026-03-02 09:00")
MINUTE: Final = 60
LENGTH_MINUTES: Final = 600
CALENDARS: Final = (calendar("always"), calendar("office", week=OFFICE))
LATER: Final = "2"
"""The version of the later edition."""

Chosen = Callable[[int], dict[str, Any]]
"""What a fact says, by a number from 0 to `LENGTH_MINUTES`."""


def _moved(choice: int) -> dict[str, Any]:
    tier = ("CSE", "PSE", "RDE")[choice % 3]
    return {"tier": tier, "team": tier.lower(), "cause": "other"}


def _text(minute: int) -> str:
    return datetime.fromtimestamp(MONDAY + minute * MINUTE, UTC).isoformat()


def _classified(choice: int) -> dict[str, Any]:
    said = {"category": ("complaint", "fees")[choice % 2], "request_kind": "new_demand"}
    grade = (None, "A", "B")[choice % 3]
    return {**said, "urgency": "high", **({} if grade is None else {"complaint_grade": grade})}


def _corrected(choice: int) -> dict[str, Any]:
    return {"contacted_at": _text(choice - 60)} if choice % 3 else {"channel": "email"}


def _migrated(choice: int) -> dict[str, Any]:
    change = list(OnChange)[choice % 3].value
    return {"policy": "test", "policy_version": ("1", LATER)[choice % 2], "on_change": change}


def _nothing(_: int) -> dict[str, Any]:
    return {}


def _waits(choice: int) -> dict[str, Any]:
    return {"reason": ("customer", "vendor")[choice % 2]}


WORK: Final[Mapping[str, Chosen]] = {
    "TicketRouted": _moved,
    "TicketEscalated": _moved,
    "TicketHandedBack": _moved,
    "TechnicalCaseAnswered": _nothing,
    "AnswerSubmitted": _nothing,
    "AnswerAccepted": _nothing,
    "AnswerRejected": _nothing,
    "CustomerInformed": lambda choice: {"by": ("agent-1", "system:routing")[choice % 2]},
    "CustomerMessageReceived": _nothing,
    "TicketPaused": _waits,
    "TicketResumed": _waits,
    "TicketResolved": _nothing,
    "TicketReopened": _moved,
    "TicketClosed": lambda choice: {"cause": ("done", "withdrawn")[choice % 2]},
    "ConsultationWithdrawn": _nothing,
}
"""What may happen to a ticket, and what is said of it."""

EVERYTHING: Final[Mapping[str, Chosen]] = {
    **WORK,
    "ConsultationClassified": _classified,
    "ConsultationCorrected": _corrected,
    "CallbackScheduled": lambda choice: {"callback_id": "ab"[choice % 2], "due_at": _text(choice)},
    "CallbackCompleted": lambda choice: {"callback_id": "ab"[choice % 2]},
    "PolicyMigrated": _migrated,
}
"""And what may be said of its record and its callback visits."""

numbers: Final = st.integers(0, LENGTH_MINUTES)
seeds: Final = st.integers(0, 2**32 - 1)


@st.composite
def happenings(draw: st.DrawFn, kinds: Mapping[str, Chosen] = EVERYTHING, *, late: bool = True) -> Facts:
    """In the order in which they were recorded, which is that of the streams; perhaps without any reception."""
    delays = st.sampled_from([0, 0, 0, 0, 1, 45, 700] if late else [0])
    each = st.tuples(numbers, delays, st.sampled_from(sorted(kinds)), numbers, st.integers(0, 9))
    told = draw(st.lists(each, min_size=5, max_size=16))
    facts = Facts()
    if not late or draw(numbers):
        facts.add(MONDAY, "ConsultationReceived", channel="telephone", contacted_at=_text(-draw(numbers) % 30))
    for when, delay, kind, choice, origin in sorted(told, key=lambda one: one[0] + one[1]):
        fact = facts.add(MONDAY + when * MINUTE, kind, live=not late or origin > 0, **kinds[kind](choice))
        facts.facts[-1] = replace(fact, recorded_at=MONDAY + (when + delay) * MINUTE)
    return facts


def any_rule(metric: str, row_name: str, random: Random) -> Rule:
    """Anything that a row may say about a metric."""
    target = random.randint(1, 300) * MINUTE
    shares = sorted(random.sample(range(1, 100), random.randint(0, 2)))
    return Rule(
        metric=metric,
        row=row_name,
        target_seconds=target,
        calendar=random.choice(["always", "office"]),
        start=random.choice(["", *METRICS[metric].starts]),
        stop=random.choice(["", *METRICS[metric].stops]),
        pauses=frozenset(reason for reason in REASONS if random.random() < 0.5),
        warnings=tuple(Threshold(f"{share}%", target * share // 100) for share in shares),
        on_change=random.choice(list(OnChange)),
    )


def any_policy(random: Random) -> Rulebook:
    """Two editions of a few rows each, of which some say nothing about some metrics."""
    since = MONDAY + random.randint(0, LENGTH_MINUTES) * MINUTE
    later = edition(*_rows(random), calendars=CALENDARS, version=LATER, since=since)
    return book(*_rows(random), calendars=CALENDARS, later=[later])


def batches_in_any_order(facts: Sequence[Observed], random: Random) -> list[list[Observed]]:
    """The same facts, as they may arrive."""
    order = random.sample(facts, len(facts))
    batches: list[list[Observed]] = []
    for fact in order:
        if batches and random.random() < 0.5:
            batches[-1].append(fact)
        else:
            batches.append([fact])
    return batches


def _rows(random: Random) -> list[Row]:
    conditions: dict[str, dict[str, str]] = {"A": {"grade": "A"}, "PSE": {"tier": "PSE"}, "mail": {"channel": "email"}}
    named = {name: asked for name, asked in conditions.items() if random.random() < 0.5}
    rows = [row(name, *_rules(name, random), **asked) for name, asked in named.items()]
    return [*rows, row("all", *_rules("all", random))]


def _rules(row_name: str, random: Random) -> list[Rule]:
    return [any_rule(metric, row_name, random) for metric in METRICS if random.random() < 0.7]
