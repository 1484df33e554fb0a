"""Calendars from documents: the shipped ones, and any document made to stand alone, with its zone, and compiled."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from sla_svc.adapters.holidays import HOLIDAYS_VERSION, china_days
from sla_svc.adapters.zones import TZDATA_VERSION, UnknownZone, load_zone
from sla_svc.domain.calendars.calendar import Calendar, compile_calendar
from sla_svc.domain.calendars.document import CalendarDocument
from sla_svc.domain.calendars.hours import Hours, parse_hours, refused_at
from sla_svc.domain.calendars.shipping import standing_alone
from sla_svc.domain.calendars.special_days import WEEKDAYS

ALWAYS: Final = "always"
CHINA: Final = "china"

_ALL_DAY: Final = ("00:00-24:00",)
_CHINA_HOURS: Final = ("09:00-12:00", "13:30-18:00")


@cache
def shipped_calendars() -> Mapping[str, CalendarDocument]:
    """By the name that a document ships: `always` round the clock, `china` the business hours of a Chinese centre."""
    return MappingProxyType({ALWAYS: _always(), CHINA: _china()})


def resolved(document: CalendarDocument) -> CalendarDocument:
    """The document as it is published: it stands alone, its zone exists, and it says which releases it was made with.

    An error is a ValidationError of pydantic, as those of the document are.
    """
    alone = standing_alone(document, shipped_calendars())
    assert alone.timezone is not None, "a document that stands alone has a timezone"
    try:
        load_zone(alone.timezone)
    except UnknownZone as unknown:
        raise refused_at(("timezone",), str(unknown)) from unknown
    return alone.model_copy(update={"sources": {"tzdata": TZDATA_VERSION, **alone.sources}})


def compiled(name: str, document: CalendarDocument) -> Calendar:
    """The calendar of a document, resolved if it is not yet; a published one keeps its dates and its version."""
    alone = document if "tzdata" in document.sources else resolved(document)
    assert alone.timezone is not None, "a document that stands alone has a timezone"
    return compile_calendar(name, alone, load_zone(alone.timezone))


def _always() -> CalendarDocument:
    return CalendarDocument(timezone="UTC", week=dict.fromkeys(WEEKDAYS, _windows(_ALL_DAY)))


def _china() -> CalendarDocument:
    days = china_days()
    return CalendarDocument(
        timezone="Asia/Shanghai",
        week=dict.fromkeys(WEEKDAYS[:5], _windows(_CHINA_HOURS)),
        holidays=dict(days.holidays),
        extra_days=dict(days.make_up_days),
        known_until=days.known_until,
        sources={"holidays": HOLIDAYS_VERSION},
    )


def _windows(written: tuple[str, ...]) -> tuple[Hours, ...]:
    return tuple(parse_hours(each) for each in written)
