"""All policies and calendars, of all versions: which of them applies to a clock (D12)."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared_events.contracts.sla import Passed
from sla_svc.domain.calendars.calendar import Calendar
from sla_svc.domain.policies.rules import Rule
from sla_svc.domain.policies.table import Attributes, Outcome, Policy


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
        """What applies to a metric of a ticket; none if it has no clock."""
        rule = edition.policy.match(metric, attributes)
        return None if rule is None else self._of(edition, rule)

    def terms_of(self, policy: str, version: str, metric: str, row: str) -> Terms:
        """What was pinned earlier. Raises `LookupError` if the rulebook does not have it."""
        edition = self.edition(policy, version)
        for each in () if edition is None else edition.policy.rows:
            rule = each.rules.get(metric)
            if each.name == row and rule is not None:
                assert edition is not None, "it has the row"
                return self._of(edition, rule)
        raise LookupError(f"expected the row {row!r} of {policy} {version} with the metric {metric}, found none")

    def _of(self, edition: Edition, rule: Rule) -> Terms:
        key = (edition.policy.name, edition.policy.version, id(rule))
        terms = self._terms.get(key)
        if terms is None:
            calendar = edition.calendars[rule.calendar]
            terms = self._terms[key] = Terms(edition.policy.name, edition.policy.version, rule, calendar)
        return terms


def passed_over(edition: Edition, metric: str, attributes: Attributes) -> tuple[Passed, ...]:
    """The rows that say something about the metric and did not match, and why."""
    return tuple(
        Passed(row=tried.row, condition=tried.condition, expected=tried.expected, found=tried.found)
        for tried in edition.policy.explain(metric, attributes)
        if tried.outcome is Outcome.FAILED
    )


def _since(policy: Policy) -> float:
    return float("-inf") if policy.effective_from is None else policy.effective_from
