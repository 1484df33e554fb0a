"""The decision table: for each metric, the first row that matches a ticket and says something about the metric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sla_svc.domain.policies.rules import Rule

MEMORY_MAX: Final = 16_384
"""How many answers a policy remembers before it forgets them all; real tables need a few hundred."""

OTHER: Final = "\0other"
"""Stands for every value that no row names: all of them match the same rows. No real value holds a NUL."""

Attributes = Mapping[str, str | None]
"""What is known of a ticket, by the names of the conditions. Absent and None both mean: not known yet."""


class Outcome(StrEnum):
    """What came of asking a row."""

    SILENT = "silent"
    """The row says nothing about the metric, whatever it matches."""
    FAILED = "failed"
    """One of its conditions does not hold."""
    MATCHED = "matched"
    """This row decides."""


@dataclass(frozen=True, slots=True)
class Condition:
    """An attribute has to be one of these values; one that is not known yet is none of them."""

    attribute: str
    values: tuple[str, ...]

    def holds(self, attributes: Attributes) -> bool:
        """Whether the ticket has one of the values."""
        return attributes.get(self.attribute) in self.values


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `rules` has what it says by metric; None says that the metric has no clock here."""

    name: str
    conditions: tuple[Condition, ...]
    rules: Mapping[str, Rule | None]

    def matches(self, attributes: Attributes) -> bool:
        """Whether all its conditions hold."""
        return all(condition.holds(attributes) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class RowTried:
    """What came of asking a row. Where it failed: the first condition that did not hold, and what was found."""

    row: str
    outcome: Outcome
    condition: str = ""
    expected: tuple[str, ...] = ()
    found: str | None = None


@dataclass(frozen=True, slots=True)
class _Answers:
    """What has been asked about one metric. Only the attributes that its rows look at tell tickets apart."""

    rows: tuple[Row, ...]
    named: tuple[tuple[str, frozenset[str]], ...]
    asked: tuple[str, ...]
    by_attributes: dict[tuple[str | None, ...], Rule | None] = field(default_factory=dict)

    def key(self, attributes: Attributes) -> tuple[str | None, ...]:
        found = ((attributes.get(attribute), values) for attribute, values in self.named)
        return tuple([value if value is None or value in values else OTHER for value, values in found])


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy in one version, as it is applied. `effective_from` None: from the beginning of time."""

    name: str
    version: str
    effective_from: int | None
    rows: tuple[Row, ...]
    _answers: dict[str, _Answers] = field(default_factory=dict, init=False, repr=False, compare=False)

    def match(self, metric: str, attributes: Attributes) -> Rule | None:
        """The rule that applies; None if no row gives the metric a clock."""
        answers = self._answers_about(metric)
        key = answers.key(attributes)
        try:
            return answers.by_attributes[key]
        except KeyError:
            pass
        if len(answers.by_attributes) >= MEMORY_MAX:
            answers.by_attributes.clear()
        rule = answers.by_attributes[key] = self._first(metric, attributes)
        return rule

    def asks(self, metric: str) -> tuple[str, ...]:
        """The attributes that its rows about the metric look at; no other one changes anything."""
        return self._answers_about(metric).asked

    def explain(self, metric: str, attributes: Attributes) -> list[RowTried]:
        """What came of every row that was asked, in order; the last one matched, unless none did."""
        tried: list[RowTried] = []
        for row in self.rows:
            tried.append(_tried(row, metric, attributes))
            if tried[-1].outcome is Outcome.MATCHED:
                break
        return tried

    def rows_about(self, metric: str) -> tuple[Row, ...]:
        """The rows that say something about the metric, in order."""
        return tuple(row for row in self.rows if metric in row.rules)

    def _answers_about(self, metric: str) -> _Answers:
        answers = self._answers.get(metric)
        if answers is None:
            rows = self.rows_about(metric)
            named = _named(rows)
            answers = self._answers[metric] = _Answers(rows, named, tuple(attribute for attribute, _ in named))
        return answers

    def _first(self, metric: str, attributes: Attributes) -> Rule | None:
        return next((row.rules[metric] for row in self._answers_about(metric).rows if row.matches(attributes)), None)


def _named(rows: Sequence[Row]) -> tuple[tuple[str, frozenset[str]], ...]:
    named: dict[str, set[str]] = {}
    for condition in (condition for row in rows for condition in row.conditions):
        named.setdefault(condition.attribute, set()).update(condition.values)
    return tuple((attribute, frozenset(values)) for attribute, values in named.items())


def _tried(row: Row, metric: str, attributes: Attributes) -> RowTried:
    if metric not in row.rules:
        return RowTried(row.name, Outcome.SILENT)
    for condition in row.conditions:
        if not condition.holds(attributes):
            found = attributes.get(condition.attribute)
            return RowTried(row.name, Outcome.FAILED, condition.attribute, condition.values, found)
    return RowTried(row.name, Outcome.MATCHED)
