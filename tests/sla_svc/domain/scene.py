"""A ticket's facts in few words, a policy, and the clocks that come of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from sla_svc.domain.calendars.calendar import Calendar
from sla_svc.domain.calendars.document import CalendarDocument
from sla_svc.domain.clocks.clock import Clock
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.facts import Observed
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.policies.rules import Rule
from sla_svc.domain.policies.table import Condition, Policy, Row
from sla_svc.domain.rulebook import Edition, Rulebook

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FAR = 4_000_000_000
SOURCES = {"Consultation": "intake", "Customer": "intake", "Callback": "feedback", "Policy": "sla"}


def at(text: str) -> int:
    """`2026-03-02 09:30` in UTC, with seconds or without."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def calendar(name: str = "always", *, week: Mapping[str, list[str]] | None = None, **rest: Any) -> Calendar:
    """Round the clock unless something else is said."""
    zone: tzinfo = ZoneInfo(rest.get("timezone", "UTC"))
    week = {day: ["00:00-24:00"] for day in DAYS} if week is None else week
    document = CalendarDocument.model_validate({"timezone": "UTC", "week": week, **rest})
    return Calendar(name, "1", document, zone)


OFFICE = {day: ["09:00-12:00", "13:00-17:00"] for day in DAYS[:5]}


def row(name: str, *rules: Rule, **conditions: str | Sequence[str]) -> Row:
    """A row of a policy."""
    asked = [
        Condition(attribute, (values,) if isinstance(values, str) else tuple(values))
        for attribute, values in conditions.items()
    ]
    return Row(name, tuple(asked), {rule.metric: rule for rule in rules})


def rule(metric: str, target_seconds: int, *, row: str = "all", calendar: str = "always", **rest: Any) -> Rule:
    """What a row says about a metric."""
    return Rule(metric=metric, row=row, target_seconds=target_seconds, calendar=calendar, **rest)


def book(*rows: Row, calendars: Sequence[Calendar] = (), later: Sequence[Edition] = ()) -> Rulebook:
    """A policy from the beginning of time, and perhaps later ones."""
    return Rulebook([edition(*rows, calendars=calendars), *later])


def edition(*rows: Row, calendars: Sequence[Calendar] = (), version: str = "1", since: int | None = None) -> Edition:
    """A version of the policy."""
    known = {each.name: each for each in (calendar(), *calendars)}
    return Edition(Policy("test", version, since, rows), known)


class Facts:
    """Facts of one ticket, in the order in which they were recorded; each is recorded when it happened."""

    def __init__(self) -> None:
        self.facts: list[Observed] = []

    def add(self, when: str | int, kind: str, *, recorded: str | None = None, **data: Any) -> Observed:
        """One more. `by` and `live` may be given beside the body."""
        moment = when if isinstance(when, int) else at(when)
        by, live, part = data.pop("by", "agent-1"), data.pop("live", True), data.pop("microsecond", 0)
        source = next((owner for prefix, owner in SOURCES.items() if kind.startswith(prefix)), "routing")
        if kind == "CustomerInformed":
            source = "routing"
        version = 1 + sum(fact.source == source for fact in self.facts)
        fact = Observed(
            at_microseconds=moment * 1_000_000 + part,
            source=source,
            version=version,
            event_id=str(uuid5(NAMESPACE_OID, f"{source}/{version}")),
            kind=kind,
            recorded_at=moment if recorded is None else at(recorded),
            live=live,
            by=by,
            data=data,
        )
        self.facts.append(fact)
        return fact

    def received(self, when: str, *, contacted: str | None = None, **rest: Any) -> Observed:
        """The consultation."""
        rest = {"channel": "telephone", "language": "zh", "importance": "normal", **rest}
        contact = datetime.fromtimestamp(at(contacted or when), UTC).isoformat()
        return self.add(when, "ConsultationReceived", contacted_at=contact, **rest)

    def classified(self, when: str, category: str = "technical_support", **rest: Any) -> Observed:
        """What kind it is."""
        said = {"request_kind": "technical_department", "urgency": "normal", **rest}
        return self.add(when, "ConsultationClassified", category=category, **said)


def clocks(
    facts: Facts | Sequence[Observed],
    rulebook: Rulebook,
    *,
    until: int = FAR,
    metrics: Mapping[str, Metric] = METRICS,
) -> dict[str, list[Clock]]:
    """The clocks by metric."""
    found: dict[str, list[Clock]] = {}
    for clock in judge(facts.facts if isinstance(facts, Facts) else facts, rulebook, metrics, until):
        found.setdefault(clock.metric, []).append(clock)
    return found
