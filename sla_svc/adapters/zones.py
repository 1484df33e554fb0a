"""Time zones from the package `tzdata` rather than from the machine, so that all processes agree on every offset."""

from functools import cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

import tzdata  # type: ignore[import-untyped] # the package is data, and ships no types

TZDATA_VERSION: Final = tzdata.IANA_VERSION
"""The release of the IANA database, as in "2026f"; recorded with what was computed from it."""


class UnknownZone(ValueError):
    """A name that the IANA database does not have."""


@cache
def zone_names() -> frozenset[str]:
    """Every name of the IANA database, links included."""
    return frozenset(files(tzdata).joinpath("zones").read_text("utf-8").split())


@cache
def load_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name, as in "Asia/Shanghai"."""
    if name not in zone_names():
        raise UnknownZone(f"a time zone is a name of the IANA database, such as Asia/Shanghai; found {name!r}")
    with files(tzdata).joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)
