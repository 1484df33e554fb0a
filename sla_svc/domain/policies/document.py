"""A policy as it is written: rows with conditions, and for each metric what they say about it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from shared_events.contracts.sla import OnChange
from sla_svc.domain.policies.durations import seconds_of
from sla_svc.domain.policies.refusing import KEY, Place, found_that, one_of, refuse, unexpected
from sla_svc.domain.policies.rules import Threshold
from sla_svc.domain.policies.shadows import shadowed
from sla_svc.domain.policies.thresholds import threshold
from sla_svc.domain.policies.vocabulary import CONDITIONS, Vocabulary

NO_CLOCK: Final = "none"
"""Written instead of a rule: the metric has no clock for the tickets of the row."""

Mistake = tuple[Place, PydanticCustomError]


def not_empty(written: Any) -> Any:
    """Asked once the parts are right: those that are wrong would not be counted."""
    if not written:
        raise found_that("at least one of them", "none")
    return written


def _target(written: object) -> int:
    seconds = seconds_of(written)
    if seconds == 0:
        raise unexpected("a target longer than nothing", written)
    return seconds


def _truth(written: object) -> bool:
    if isinstance(written, bool):
        return written
    if written not in {"true", "false"}:
        raise unexpected("true or false", written)
    return written == "true"


def _several(written: object) -> object:
    """One value may be written without its list."""
    return [written] if isinstance(written, str) else written


def _each_once(written: tuple[str, ...]) -> tuple[str, ...]:
    """Values of a condition or reasons: at least one, none twice."""
    if not written:
        raise found_that("at least one value", "none, which can never match")
    refuse(((number,), unexpected("each value once", written[number])) for number in _said_before(written))
    return written


def _said_before(written: Sequence[str]) -> Iterator[int]:
    """The numbers of those that are the same as an earlier one."""
    earlier: set[str] = set()
    for number, each in enumerate(written):
        if each in earlier:
            yield number
        earlier.add(each)


def _known_conditions(when: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    mistakes: list[Mistake] = []
    for attribute, values in when.items():
        if attribute not in CONDITIONS:
            mistakes.append(((attribute, KEY), unexpected(one_of(tuple(CONDITIONS)), attribute)))
            continue
        allowed = CONDITIONS[attribute]
        mistakes += [
            ((attribute, number), unexpected(one_of(allowed) if allowed else "a text that is not empty", value))
            for number, value in enumerate(values)
            if (value not in allowed if allowed else not value)
        ]
    refuse(mistakes)
    return when


def _known_metric(name: str, info: ValidationInfo) -> str:
    return _known(name, info, "metrics")


def _known_calendar(name: str, info: ValidationInfo) -> str:
    return _known(name, info, "calendars")


def _known_reason(name: str, info: ValidationInfo) -> str:
    return _known(name, info, "pauses")


def _is_printable(name: str, info: ValidationInfo) -> str:
    """Names are printed in terminals, where some characters change what else is read there."""
    if isinstance(info.context, Vocabulary) and not name.isprintable():
        raise unexpected("a name of printable characters", name)
    return name


def _has_no_slash(name: str, info: ValidationInfo) -> str:
    """A policy is asked for by its name, in an address."""
    if isinstance(info.context, Vocabulary) and "/" in name:
        raise unexpected("a name without /", name)
    return name


def _known(name: str, info: ValidationInfo, kind: str) -> str:
    if isinstance(info.context, Vocabulary) and name not in getattr(info.context, kind):
        raise unexpected(one_of(tuple(getattr(info.context, kind))), name)
    return name


def _rule_or_none(written: object, validate: Any) -> Any:
    if written is None:
        raise unexpected(f"a rule, or {NO_CLOCK}", written)
    return None if written == NO_CLOCK else validate(written)


Target = Annotated[
    int, PlainValidator(_target), WithJsonSchema({"type": ["string", "integer"], "examples": ["2h", "PT48H", 5400]})
]
Truth = Annotated[bool, PlainValidator(_truth), WithJsonSchema({"type": "boolean"})]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_is_printable)]
PolicyName = Annotated[Name, AfterValidator(_has_no_slash)]
Values = Annotated[tuple[str, ...], BeforeValidator(_several), AfterValidator(_each_once)]
Reasons = Annotated[tuple[Annotated[str, AfterValidator(_known_reason)], ...], BeforeValidator(_several)]
Warnings = Annotated[tuple[str, ...], BeforeValidator(_several)]


class Document(BaseModel):
    """What a person wrote: a key that means nothing is a slip."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BreachDocument(Document):
    """What happens at a breach beside the event."""

    raise_urgency: Truth = False
    escalate: Truth = False


class RuleDocument(Document):
    """What a row says about a metric. `start` and `stop` name anchors of the metric, by default its first."""

    target: Target
    calendar: Annotated[str, AfterValidator(_known_calendar)]
    start: str = ""
    stop: str = ""
    pauses: Reasons = ()
    warnings: Warnings = ()
    breach: BreachDocument = BreachDocument()
    on_change: OnChange = OnChange.KEEP

    @model_validator(mode="after")
    def _warns_in_time(self) -> Self:
        self.thresholds()
        return self

    def thresholds(self) -> tuple[Threshold, ...]:
        """The warnings in order of due time; refused where one is not inside the target, or falls on another."""
        found: dict[int, Threshold] = {}
        mistakes: list[Mistake] = []
        for number, written in enumerate(self.warnings):
            try:
                made = threshold(written, self.target)
            except PydanticCustomError as error:
                mistakes.append((("warnings", number), error))
                continue
            other = found.setdefault(made.elapsed_seconds, made)
            if other is not made:
                same = found_that("warnings at different moments", f"{written} at the same moment as {other.name}")
                mistakes.append((("warnings", number), same))
        refuse(mistakes)
        return tuple(found[elapsed] for elapsed in sorted(found))


RuleOrNone = Annotated[
    RuleDocument | None,
    WrapValidator(_rule_or_none),
    PlainSerializer(lambda rule: NO_CLOCK if rule is None else rule.model_dump(mode="json", exclude_defaults=True)),
]


class RowDocument(Document):
    """One row. It matches a ticket that has one of the values of each condition; with no condition, every one."""

    name: Name
    when: Annotated[dict[str, Values], AfterValidator(_known_conditions)] = {}
    metrics: Annotated[dict[Annotated[str, AfterValidator(_known_metric)], RuleOrNone], AfterValidator(not_empty)]

    @model_validator(mode="after")
    def _fits_the_metrics(self, info: ValidationInfo) -> Self:
        if isinstance(info.context, Vocabulary):
            refuse(mistake for name in self.metrics for mistake in self._misfits(name, info.context))
        return self

    def _misfits(self, name: str, vocabulary: Vocabulary) -> list[Mistake]:
        metric, rule = vocabulary.metrics[name], self.metrics[name]
        mistakes: list[Mistake] = []
        tiers = self.when.get("tier")
        if metric.tier is not None and tiers is not None and metric.tier not in tiers:
            never = f"tier {', '.join(tiers)}, so that it can never match: {name} measures the time of {metric.tier}"
            mistakes.append((("metrics", name, KEY), found_that(f"a row of tier {metric.tier}", never)))
        if rule is not None and rule.start and rule.start not in metric.starts:
            mistakes.append((("metrics", name, "start"), unexpected(one_of(tuple(metric.starts)), rule.start)))
        if rule is not None and rule.stop and rule.stop not in metric.stops:
            mistakes.append((("metrics", name, "stop"), unexpected(one_of(tuple(metric.stops)), rule.stop)))
        return mistakes


class PolicyDocument(Document):
    """A policy: for each metric the first row counts that matches the ticket and says something about the metric."""

    name: PolicyName
    version: Annotated[int, Field(ge=1)] | None = None
    """Given where the file itself is released; what a centre publishes is numbered when it is published."""
    rows: Annotated[tuple[RowDocument, ...], AfterValidator(not_empty)]

    @model_validator(mode="after")
    def _has_no_name_twice(self) -> Self:
        names = [row.name for row in self.rows]
        told = "a name that no row before has"
        refuse((("rows", number, "name"), unexpected(told, names[number])) for number in _said_before(names))
        return self

    @model_validator(mode="after")
    def _has_no_dead_rows(self, info: ValidationInfo) -> Self:
        refuse(shadowed(self.rows) if isinstance(info.context, Vocabulary) else ())
        return self

    def canonical(self) -> str:
        """The same text for the same policy, however it was laid out."""
        content = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
