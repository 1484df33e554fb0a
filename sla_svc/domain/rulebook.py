"""All policies and calendars, of all versions: which of them applies to a clock (D12)."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from shared_events.contracts.sla import Passed
from sla_svc.domain.calendars.calendar import Calendar
from sla_svc.domain.policies.rules import Rule
from sla_svc.domain.policies.table import MEMORY_MAX, Attributes, Outcome, Policy

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a clock is measured by. There is one object for each, so that they are quickly compared."""

    policy: str
    policy_version: str
    rule: Rule
    calendar: Calendar = field(compare=False)

    @property
    def metric(self) -> str:
        """The rule's."""
        return self.rule.metric


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of a policy with the calendars that it names, at the versions that it was published with."""

    policy: Policy
    calendars: Mapping[str, Calendar]


class Rulebook:
    """Editions in the order of their effect; of several with the same moment, the later published one applies."""

    def __init__(self, editions: Sequence[Edition]) -> None:
        ordered = sorted(editions, key=lambda edition: _since(edition.policy))
        if not ordered or ordered[0].policy.effective_from is not None:
            raise ValueError("expected a policy that is effective from the beginning of time, found none")
        self._editions = ordered
        self._since = [_since(edition.policy) for edition in ordered]
        self._by_version = {(each.policy.name, each.policy.version): each for each in ordered}
        self._terms: dict[tuple[str, str, int], Terms] = {}
        self._pinned: dict[tuple[str, str, str, str], Terms] = {}
        self._found: dict[tuple[str | None, ...], Terms | None] = {}
        self._passed: dict[tuple[str | None, ...], tuple[Passed, ...]] = {}

    def in_force(self, at: int) -> Edition:
        """The edition for clocks that start at this moment."""
        return self._editions[bisect_right(self._since, at) - 1]

    def edition(self, policy: str, version: str) -> Edition | None:
        """The edition of this version, if there is one."""
        return self._by_version.get((policy, version))

    def editions(self) -> Sequence[Edition]:
        """All, in the order of their effect."""
        return self._editions

    def terms(self, edition: Edition, metric: str, attributes: Attributes) -> Terms | None:
        """What applies to a metric of a ticket; none if it has no clock. It is asked for with every fact."""
        key = _key(edition, metric, attributes)
        try:
            return self._found[key]
        except KeyError:
            rule = edition.policy.match(metric, attributes)
            return _remember(self._found, key, None if rule is None else self._of(edition, rule))

    def passed_over(self, terms: Terms, attributes: Attributes) -> tuple[Passed, ...]:
        """The rows before the one of the terms that say something about its metric, and why they did not match."""
        edition = self._by_version[terms.policy, terms.policy_version]
        key = _key(edition, terms.metric, attributes)
        try:
            return self._passed[key]
        except KeyError:
            tried = edition.policy.explain(terms.metric, attributes)
            failed = (each for each in tried if each.outcome is Outcome.FAILED)
            passed = tuple(
                Passed(row=each.row, condition=each.condition, expected=each.expected, found=each.found)
                for each in failed
            )
            return _remember(self._passed, key, passed)

    def terms_of(self, policy: str, version: str, metric: str, row: str) -> Terms:
        """What was pinned earlier. Raises `LookupError` if the rulebook does not have it."""
        try:
            return self._pinned[policy, version, metric, row]
        except KeyError:
            pass
        edition = self.edition(policy, version)
        for each in () if edition is None else edition.policy.rows:
            rule = each.rules.get(metric)
            if each.name == row and rule is not None:
                assert edition is not None, "it has the row"
                return self._pinned.setdefault((policy, version, metric, row), self._of(edition, rule))
        raise LookupError(f"expected the row {row!r} of {policy} {version} with the metric {metric}, found none")

    def _of(self, edition: Edition, rule: Rule) -> Terms:
        key = (edition.policy.name, edition.policy.version, id(rule))
        terms = self._terms.get(key)
        if terms is None:
            calendar = edition.calendars[rule.calendar]
            terms = self._terms[key] = Terms(edition.policy.name, edition.policy.version, rule, calendar)
        return terms


def _key(edition: Edition, metric: str, attributes: Attributes) -> tuple[str | None, ...]:
    policy = edition.policy
    return policy.name, policy.version, metric, *map(attributes.get, policy.asks(metric))


def _remember(known: dict[tuple[str | None, ...], Found], key: tuple[str | None, ...], found: Found) -> Found:
    if len(known) >= MEMORY_MAX:
        known.clear()
    known[key] = found
    return found


def _since(policy: Policy) -> float:
    return float("-inf") if policy.effective_from is None else policy.effective_from
