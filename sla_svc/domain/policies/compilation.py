"""From a policy as it is written to the policy that is applied."""

from sla_svc.domain.policies.document import PolicyDocument, RowDocument, RuleDocument
from sla_svc.domain.policies.rules import Rule
from sla_svc.domain.policies.table import Condition, Policy, Row


def policy_of(document: PolicyDocument, *, version: str, effective_from: int | None = None) -> Policy:
    """`effective_from` None: from the beginning of time."""
    return Policy(document.name, version, effective_from, tuple(_row(row) for row in document.rows))


def _row(row: RowDocument) -> Row:
    conditions = tuple(Condition(attribute, values) for attribute, values in row.when.items())
    return Row(row.name, conditions, {metric: _rule(row.name, metric, rule) for metric, rule in row.metrics.items()})


def _rule(row: str, metric: str, rule: RuleDocument | None) -> Rule | None:
    if rule is None:
        return None
    return Rule(
        metric=metric,
        row=row,
        target_seconds=rule.target,
        calendar=rule.calendar,
        start=rule.start,
        stop=rule.stop,
        pauses=frozenset(rule.pauses),
        warnings=rule.thresholds(),
        raise_urgency=rule.breach.raise_urgency,
        escalate=rule.breach.escalate,
        on_change=rule.on_change,
    )
