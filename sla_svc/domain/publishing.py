"""Publishing calendars and policies: the stream `rulebook`, one for the whole centre (D11, D12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final, assert_never

from shared_events.contracts.base import Instant
from shared_events.contracts.envelope import rfc3339
from shared_events.contracts.sla import CalendarPublished, CalendarUsed, PolicyPublished, RulebookEvent
from shared_events.decider import Command as BaseCommand
from shared_events.decider import Decider, Refused
from sla_svc.domain.facts import seconds

SUBJECT: Final = "rulebook"
"""The stream's."""

LEAD: Final = timedelta(minutes=2)
"""How long before its effect a policy is published: until then every worker knows it, whatever its clock says."""


class Refusal(StrEnum):
    """Why nothing was published."""

    TOO_SOON = "A policy is effective two minutes after it was published, at the earliest."
    UNKNOWN_CALENDAR = "The policy names a calendar that was not published."


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishCalendar(BaseCommand):
    """`document` stands alone, as canonical JSON, of which `version` is the digest."""

    name: str
    version: str
    document: str
    zone_data: str
    holiday_data: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPolicy(BaseCommand):
    """`calendars` has the calendars that the policy names, and `shipped` those that need not have been published."""

    name: str
    document: str
    calendars: Sequence[str]
    effective_from: Instant | None = None
    """As soon as it can be, if absent."""
    shipped: Mapping[str, str]
    version_before: int = 0
    """Of a shipped policy of this name."""


Command = PublishCalendar | PublishPolicy


@dataclass(frozen=True, slots=True)
class Published:
    """Everything that was published, in order."""

    calendars: tuple[CalendarPublished, ...] = ()
    policies: tuple[PolicyPublished, ...] = ()

    def calendar(self, name: str) -> CalendarPublished | None:
        """The version that was published last."""
        return next((each for each in reversed(self.calendars) if each.name == name), None)

    def policy(self, name: str) -> PolicyPublished | None:
        """The version that was published last."""
        return next((each for each in reversed(self.policies) if each.name == name), None)

    def published_as(self, command: PublishPolicy) -> PolicyPublished | None:
        """The version that says what the command says: it was made by the command, or made it needless."""
        same = [each for each in self.policies if (each.name, each.document) == (command.name, command.document)]
        return _in_force(same, command.effective_from or command.at + LEAD)


def decide(command: Command, published: Published) -> Sequence[RulebookEvent]:
    """What would change nothing is not published again."""
    match command:
        case PublishCalendar():
            return _publish_calendar(command, published)
        case PublishPolicy():
            return _publish_policy(command, published)
        case _:
            assert_never(command)


def evolve(published: Published, event: RulebookEvent) -> Published:
    """One more."""
    match event:
        case CalendarPublished():
            return replace(published, calendars=(*published.calendars, event))
        case PolicyPublished():
            return replace(published, policies=(*published.policies, event))
        case _:
            assert_never(event)


DECIDER: Final[Decider[Command, RulebookEvent, Published]] = Decider(initial=Published(), decide=decide, evolve=evolve)


def _publish_calendar(command: PublishCalendar, published: Published) -> Sequence[RulebookEvent]:
    last = published.calendar(command.name)
    if last is not None and last.version == command.version:
        return []
    return [
        CalendarPublished(
            at=command.at,
            by=command.by,
            name=command.name,
            version=command.version,
            document=command.document,
            zone_data=command.zone_data,
            holiday_data=command.holiday_data,
        )
    ]


def _publish_policy(command: PublishPolicy, published: Published) -> Sequence[RulebookEvent]:
    used = tuple(CalendarUsed(name=name, version=_version_of(name, command, published)) for name in command.calendars)
    earliest = command.at + LEAD
    effective_from = command.effective_from or earliest
    # Of all policies, whatever their names: who goes back to an earlier one means that it applies again.
    then = _in_force(published.policies, effective_from)
    if then is not None and (then.name, then.document, then.calendars) == (command.name, command.document, used):
        return []
    if effective_from < earliest:
        raise Refused(Refusal.TOO_SOON, expected=f"{rfc3339(earliest)} or later", found=rfc3339(effective_from))
    last = published.policy(command.name)
    number = command.version_before if last is None else int(last.version)
    return [
        PolicyPublished(
            at=command.at,
            by=command.by,
            name=command.name,
            version=str(number + 1),
            effective_from=effective_from,
            document=command.document,
            calendars=used,
        )
    ]


def _in_force(policies: Sequence[PolicyPublished], at: Instant) -> PolicyPublished | None:
    """The one of them that applies at this moment, as `Rulebook` finds it among all; none before the first of them."""
    begun = [each for each in policies if seconds(each.effective_from) <= seconds(at)]
    return max(reversed(begun), key=lambda each: seconds(each.effective_from), default=None)


def _version_of(name: str, command: PublishPolicy, published: Published) -> str:
    """A published calendar hides a shipped one of the same name."""
    calendar = published.calendar(name)
    if calendar is not None:
        return calendar.version
    if name not in command.shipped:
        known = sorted({*command.shipped, *(each.name for each in published.calendars)})
        raise Refused(Refusal.UNKNOWN_CALENDAR, expected=f"one of {', '.join(known)}", found=name)
    return command.shipped[name]
