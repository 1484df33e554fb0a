"""A file of cases as it is written: calendars, and cases of a calendar or of a policy with what is expected."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from sla_svc.domain.calendars.document import CalendarDocument
from sla_svc.domain.cases.happenings import HappeningField
from sla_svc.domain.cases.moments import DeadlineField, DurationField, MomentField, MomentOrNever, MomentOrNone
from sla_svc.domain.clocks.clock import State
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.policies.document import Document, PolicyDocument, not_empty
from sla_svc.domain.policies.refusing import Place, found_that, one_of, refusal, refuse, unexpected


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a file may refer to. Given as the context of validation."""

    shipped_calendars: Collection[str]
    resolve: Callable[[CalendarDocument], CalendarDocument]
    """Makes a calendar stand alone; a ValidationError says why it cannot."""
    policy: Callable[[str, Collection[str]], PolicyDocument]
    """The policy of this name, or in this file, which may name these calendars; a PydanticCustomError without one."""


def _known_metric(name: str) -> str:
    if name not in METRICS:
        raise unexpected(one_of(tuple(METRICS)), name)
    return name


def _resolved(calendar: CalendarDocument, info: ValidationInfo) -> CalendarDocument:
    return info.context.resolve(calendar) if isinstance(info.context, Surroundings) else calendar


def _never(written: object) -> bool:
    """The word stands for itself; nothing needs to follow it."""
    if written not in {None, "true"}:
        raise unexpected("true", written)
    return True


MetricName = Annotated[str, AfterValidator(_known_metric)]
Never = Annotated[bool, PlainValidator(_never), WithJsonSchema({"type": "boolean"})]


class Expectation(Document):
    """What is not given is not checked; so nothing may be given without a value."""

    @model_validator(mode="before")
    @classmethod
    def _has_values(cls, written: Any) -> Any:
        if isinstance(written, Mapping):
            names = (name for name, value in written.items() if value is None and name != "never")
            refuse(((name,), unexpected("a value", None)) for name in names if name in cls.model_fields)
        return written


class ClockExpected(Expectation):
    """What is expected of one clock. `cycle` is by default the last one."""

    metric: MetricName
    cycle: Annotated[int, Field(ge=1)] | None = None
    row: str | None = None
    calendar: str | None = None
    started: MomentField | None = None
    deadline: DeadlineField | None = None
    state: State | None = None
    ended: MomentOrNone | None = None
    elapsed: DurationField | None = None


class WarningExpected(Expectation):
    """A warning that is given."""

    metric: MetricName
    warning: str
    at: MomentField


class BreachExpected(Expectation):
    """A breach that is noticed."""

    metric: MetricName
    at: MomentField


class CaseDocument(Expectation):
    """One case. `warnings` and `breaches`, where they are given, are all those of the metrics that the case names."""

    name: Annotated[str, Field(min_length=1)]
    calendar: str | None = None
    start: MomentField | None = None
    duration: DurationField | None = None
    deadline: MomentOrNever | None = None
    never: Never = False
    end: MomentField | None = None
    elapsed: DurationField | None = None
    policy: str | None = None
    events: Annotated[tuple[HappeningField, ...], AfterValidator(not_empty)] | None = None
    until: MomentField | None = None
    clocks: tuple[ClockExpected, ...] | None = None
    deadlines: dict[MetricName, DeadlineField] | None = None
    warnings: tuple[WarningExpected, ...] | None = None
    breaches: tuple[BreachExpected, ...] | None = None

    def metrics(self) -> Collection[str]:
        """Those that are named in what is expected; all, where none is."""
        named = set(self.deadlines or ())
        named.update(each.metric for each in self.clocks or ())
        named.update(each.metric for each in self.warnings or ())
        named.update(each.metric for each in self.breaches or ())
        return named or METRICS

    @model_validator(mode="after")
    def _is_one_kind_of_case(self) -> Self:
        given = self.model_fields_set - {"name"}
        if given not in _TIMED and not (_JUDGED <= given <= _JUDGED | _EXPECTED | {"until"} and given & _EXPECTED):
            found = ", ".join(name for name in type(self).model_fields if name in given) or "none of them"
            raise found_that(_KINDS, found)
        return self


_TIMED: Final = (
    {"calendar", "start", "duration", "deadline"},
    {"calendar", "start", "duration", "never"},
    {"calendar", "start", "end", "elapsed"},
)
_JUDGED: Final = {"policy", "events"}
_EXPECTED: Final = {"clocks", "deadlines", "warnings", "breaches"}
_KINDS: Final = (
    "calendar, start, duration and deadline (or never); or calendar, start, end and elapsed; or policy, events and at"
    " least one of clocks, deadlines, warnings and breaches"
)


class CaseFile(Document):
    """Calendars by name, and cases that may name them, or shipped ones."""

    calendars: Mapping[str, Annotated[CalendarDocument, AfterValidator(_resolved)]] = Field(default_factory=dict)
    cases: Annotated[tuple[CaseDocument, ...], AfterValidator(not_empty)]

    @model_validator(mode="after")
    def _refers_to_what_exists(self, info: ValidationInfo) -> Self:
        assert isinstance(info.context, Surroundings), "cases are read with what they may refer to"
        calendars = sorted({*self.calendars, *info.context.shipped_calendars})
        names = [case.name for case in self.cases]
        mistakes: list[tuple[Place, PydanticCustomError]] = []
        for number, case in enumerate(self.cases):
            if case.name in names[:number]:
                mistakes.append((("cases", number, "name"), unexpected("a name that no case before has", case.name)))
            if case.calendar is not None and case.calendar not in calendars:
                mistakes.append((("cases", number, "calendar"), unexpected(one_of(calendars), case.calendar)))
        refuse(mistakes)
        for number, case in enumerate(self.cases):
            self._refuse_unknown_policy(case, number, info.context, calendars)
        return self

    def _refuse_unknown_policy(
        self, case: CaseDocument, number: int, surroundings: Surroundings, calendars: Collection[str]
    ) -> None:
        if case.policy is None:
            return
        try:
            surroundings.policy(case.policy, calendars)
        except PydanticCustomError as error:
            raise refusal((("cases", number, "policy"), error)) from None
