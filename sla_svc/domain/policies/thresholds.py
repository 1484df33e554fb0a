"""When a warning falls due: at a share of the target (`50%`), or so much counted time before the deadline (`15m`)."""

import re
from typing import Final

from sla_svc.domain.policies.durations import as_written, seconds_of
from sla_svc.domain.policies.refusing import found_that, unexpected
from sla_svc.domain.policies.rules import Threshold

_PERCENT: Final = re.compile(r"([0-9]{1,3})%", re.ASCII)


def threshold(written: str, target_seconds: int) -> Threshold:
    """The warning that is meant; a PydanticCustomError where it would not fall between the start and the deadline."""
    percent = _PERCENT.fullmatch(written)
    if percent is not None:
        share = int(percent[1])
        if not 1 <= share <= 99:
            raise unexpected("a share from 1% to 99% of the target", written)
        elapsed = target_seconds * share // 100
    else:
        if "%" in written:
            raise unexpected("a whole share from 1% to 99% of the target", written)
        elapsed = target_seconds - seconds_of(written)
    if not 0 < elapsed < target_seconds:
        inside = f"a warning after the start and before the deadline of {as_written(target_seconds)}"
        raise found_that(inside, repr(written))
    return Threshold(written, elapsed)
