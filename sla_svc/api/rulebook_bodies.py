"""What is sent and answered about calendars and policies."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from shared_events.contracts.sla import CalendarPublished, PolicyPublished
from shared_events.http import Identifier, Moment
from sla_svc.adapters.rulebooks import Known
from sla_svc.domain.calendars.calendar import Calendar
from sla_svc.domain.facts import seconds
from sla_svc.domain.policies.document import PolicyDocument
from sla_svc.domain.rulebook import Edition


def _in_words(message: str) -> WrapValidator:
    def told(written: Any, validate: ValidatorFunctionWrapHandler) -> Any:
        try:
            return validate(written)
        except ValidationError:
            raise ValueError(message) from None

    return WrapValidator(told)


DOCUMENT_CHARACTERS_MAX: Final = 150_000
"""Fits into a body of 1 MiB even where every character is written as an escape."""

CalendarName = Annotated[
    Identifier,
    _in_words("a name of letters (A to Z), digits and . _ : - is expected, up to 100 of them, as beijing"),
]
DocumentText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=DOCUMENT_CHARACTERS_MAX),
    _in_words(f"a text of 1 to {DOCUMENT_CHARACTERS_MAX} characters is expected"),
]
After = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
"""The id of the last ticket of the page before."""


EXAMPLE: Final = """\
name: ours
rows:
  - name: all
    metrics:
      first_response: {target: 4h, calendar: china, warnings: ["50%"]}
"""
EXAMPLE_CALENDAR: Final = "timezone: Asia/Shanghai\nweek:\n  mon: ['09:00-17:00']\n"


class CalendarIn(BaseModel):
    """A calendar, as YAML; docs/sla.md has the format."""

    model_config = ConfigDict(extra="forbid")

    name: CalendarName = Field(examples=["beijing"])
    document: DocumentText = Field(examples=[EXAMPLE_CALENDAR])
    preview: StrictBool = Field(False, description="Only say what would be published.")


class PolicyIn(BaseModel):
    """A policy, as YAML; docs/sla.md has the format."""

    model_config = ConfigDict(extra="forbid")

    document: DocumentText = Field(examples=[EXAMPLE])
    effective_from: Moment | None = Field(None, description="Two minutes from now or later; the earliest, if absent.")
    preview: StrictBool = Field(False, description="Only say what would be published.")


class CalendarOut(BaseModel):
    """One version of a calendar."""

    name: str
    version: str
    published_at: datetime | None = Field(description="Absent for what is shipped.")
    published_by: str | None
    document: str | None = Field(
        description="Canonical JSON: every holiday is a date. Of a list, only where `documents` asks for it."
    )
    zone_data: str = Field(description="The version of the time zone database that it was checked with.")
    holiday_data: str | None


class PolicyOut(BaseModel):
    """One version of a policy."""

    name: str
    version: str
    effective_from: datetime | None = Field(description="Absent: from the beginning of time.")
    published_at: datetime | None = Field(description="Absent for what is shipped.")
    published_by: str | None
    calendars: dict[str, str] = Field(description="The version of each calendar that it names.")
    document: str = Field(description="Canonical JSON.")


class CalendarsOut(BaseModel):
    """All versions, in the order of their publication."""

    items: list[CalendarOut]


class InForce(StrEnum):
    """Whether a version is in force, now or ever."""

    PAST = "past"
    NOW = "now"
    FUTURE = "future"
    NEVER = "never"


class PolicyInTurnOut(PolicyOut):
    """One version of a policy, among all."""

    in_force: InForce = Field(
        description="Whether clocks that start now go by it. `never`: another was published later for the same moment."
    )
    in_force_until: datetime | None = Field(
        description="When another takes over, or took, of whatever name; absent where none does, and of what never is."
    )


class PoliciesOut(BaseModel):
    """All versions, in the order of their effect."""

    items: list[PolicyInTurnOut]


def calendars_out(known: Known, shipped: list[Calendar], *, documents: bool) -> CalendarsOut:
    """What is shipped, and what was published; a document with the holidays of decades is long."""
    items = [*map(_shipped_calendar, shipped), *map(calendar_out, known.published.calendars)]
    return CalendarsOut(items=[each if documents else each.model_copy(update={"document": None}) for each in items])


def policies_out(known: Known, shipped: tuple[PolicyDocument, Edition], now: datetime) -> PoliciesOut:
    """What is shipped, and what was published, each until the next one."""
    # To the second, as clocks go by them; the sorting leaves those of one second as they were published.
    published = sorted(known.published.policies, key=lambda policy: seconds(policy.effective_from))
    versions = [_shipped_policy(*shipped), *map(policy_out, published)]
    followed = zip(versions, [*versions[1:], None], strict=True)
    return PoliciesOut(items=[_in_turn(version, following, seconds(now)) for version, following in followed])


def calendar_out(event: CalendarPublished) -> CalendarOut:
    """A published version."""
    return CalendarOut(
        name=event.name,
        version=event.version,
        published_at=event.at,
        published_by=event.by,
        document=event.document,
        zone_data=event.zone_data,
        holiday_data=event.holiday_data,
    )


def policy_out(event: PolicyPublished) -> PolicyOut:
    """A published version."""
    return PolicyOut(
        name=event.name,
        version=event.version,
        effective_from=event.effective_from,
        published_at=event.at,
        published_by=event.by,
        calendars={each.name: each.version for each in event.calendars},
        document=event.document,
    )


def _in_turn(version: PolicyOut, following: PolicyOut | None, now: int) -> PolicyInTurnOut:
    since = _since(version)
    until = float("inf") if following is None else _since(following)
    if since == until:
        in_force = InForce.NEVER
    elif now < since:
        in_force = InForce.FUTURE
    else:
        in_force = InForce.NOW if now < until else InForce.PAST
    end = None if following is None or in_force is InForce.NEVER else following.effective_from
    return PolicyInTurnOut(**version.model_dump(), in_force=in_force, in_force_until=end)


def _since(version: PolicyOut) -> float:
    return float("-inf") if version.effective_from is None else seconds(version.effective_from)


def _shipped_calendar(calendar: Calendar) -> CalendarOut:
    sources = calendar.document.sources
    return CalendarOut(
        name=calendar.name,
        version=calendar.version,
        published_at=None,
        published_by=None,
        document=calendar.document.canonical(),
        zone_data=sources["tzdata"],
        holiday_data=sources.get("holidays"),
    )


def _shipped_policy(document: PolicyDocument, edition: Edition) -> PolicyOut:
    return PolicyOut(
        name=edition.policy.name,
        version=edition.policy.version,
        effective_from=None,
        published_at=None,
        published_by=None,
        calendars={name: calendar.version for name, calendar in edition.calendars.items()},
        document=document.canonical(),
    )
