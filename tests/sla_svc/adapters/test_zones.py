"""Zones come from the package, by the names of the IANA database, and keep what reckoning relies on."""

import struct
from collections.abc import Iterator
from importlib.resources import files
from itertools import pairwise

import pytest

from sla_svc.adapters.zones import UnknownZone, load_zone, zone_names

FOUR_DAYS = 4 * 86_400
FIRST = -631_152_000  # 1950-01-01


def test_a_zone_is_found_by_its_name() -> None:
    assert load_zone("Asia/Shanghai").key == "Asia/Shanghai"


@pytest.mark.parametrize("name", ["Asia/Peking", "asia/shanghai", "../zones", "", "/etc/localtime"])
def test_a_name_that_is_not_in_the_database_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone, match=r"a name of the IANA database, such as Asia/Shanghai; found "):
        load_zone(name)


def test_no_zone_changes_its_offset_twice_within_four_days() -> None:
    """What `steady_midnights` relies on; the rule of the years after the last that are listed is two changes a year."""
    near = {
        name: (first, second)
        for name in zone_names()
        for first, second in pairwise(_changes(name))
        if second >= FIRST and second - first < FOUR_DAYS
    }
    assert near == {}


def _changes(name: str) -> Iterator[int]:
    """The instants at which the offset of a zone changes, as RFC 8536 has them in the file."""
    data = files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
    data = data[44 + _length(data, 4) :]  # the first block has 32 bits only
    instants, kinds = _counts(data)[3:5]
    times = struct.unpack_from(f">{instants}q", data, 44)
    indices = data[44 + 8 * instants : 44 + 9 * instants]
    offsets = [struct.unpack_from(">l", data, 44 + 9 * instants + 6 * kind)[0] for kind in range(kinds)]
    before = None
    for time, index in zip(times, indices, strict=True):
        if offsets[index] != before:
            yield time
        before = offsets[index]


def _counts(data: bytes) -> tuple[int, ...]:
    return struct.unpack_from(">6l", data, 20)


def _length(data: bytes, width: int) -> int:
    universal, standard, leaps, instants, kinds, letters = _counts(data)
    return instants * (width + 1) + kinds * 6 + letters + leaps * (width + 4) + standard + universal
