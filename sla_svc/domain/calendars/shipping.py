"""A document that builds on a shipped calendar, turned into one that stands alone: every date is in it."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import TypeVar

from sla_svc.domain.calendars.document import CalendarDocument
from sla_svc.domain.calendars.hours import refused_at

Day = TypeVar("Day")


def standing_alone(document: CalendarDocument, shipped: Mapping[str, CalendarDocument]) -> CalendarDocument:
    """The document itself, if it ships nothing; else the shipped one with what the document says differently.

    An error is a ValidationError of pydantic, as those of the document are.
    """
    if document.ship is None:
        return document
    base = shipped.get(document.ship)
    if base is None:
        known = ", ".join(sorted(shipped))
        raise refused_at(("ship",), f"expected a shipped calendar, one of {known}; found {document.ship!r}")
    said = {*document.special_dates(), *document.ordinary_days}
    return CalendarDocument(
        timezone=document.timezone or base.timezone,
        week=base.week if document.week is None else document.week,
        holidays={**_without(said, base.holidays), **document.holidays},
        partial_days={**_without(said, base.partial_days), **document.partial_days},
        extra_days={**_without(said, base.extra_days), **document.extra_days},
        known_until=document.known_until or base.known_until,
        sources={**base.sources, **document.sources},
    )


def _without(said: Collection[date], days: Mapping[date, Day]) -> dict[date, Day]:
    return {day: what for day, what in days.items() if day not in said}
