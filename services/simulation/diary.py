"""The virtual time of one ticket: it only goes forward, keeps office hours, and never reaches the future."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Final

CENTRE_TIME: Final = timezone(timedelta(hours=8))
"""The simulated centre is in China, which has one time and no summer time."""


@dataclass(frozen=True, slots=True)
class Hours:
    """From one hour to another; on working days only, or every day."""

    opens: int
    closes: int
    every_day: bool

    def next_open(self, moment: datetime) -> datetime:
        """The moment itself where it is within the hours, else the next opening."""
        local = moment.astimezone(CENTRE_TIME)
        while not self._is_open(local):
            later = local if local.hour < self.opens else local + timedelta(days=1)
            local = later.replace(hour=self.opens, minute=0, second=0, microsecond=0)
            if not self._is_open(local):
                local += timedelta(days=1)
        return local.astimezone(UTC)

    def _is_open(self, local: datetime) -> bool:
        return self.opens <= local.hour < self.closes and (self.every_day or local.weekday() < 5)


ALWAYS: Final = Hours(0, 24, every_day=True)
FRONT_DESK: Final = Hours(8, 20, every_day=True)
OFFICE: Final = Hours(9, 18, every_day=False)


class Diary:
    """Where a ticket's time stands; `until` is the present."""

    def __init__(self, random: Random, begin: datetime, until: datetime) -> None:
        self._random = random
        self.at = begin
        self._until = until

    def wait(self, minutes: float, hours: Hours = ALWAYS) -> bool:
        """Let about so many minutes pass; false if that lies in the future, and the time stands still."""
        seconds = 60 * minutes * self._random.lognormvariate(0, 0.5)
        return self.wait_until(self.at + timedelta(seconds=round(seconds)), hours)

    def wait_until(self, moment: datetime, hours: Hours = ALWAYS) -> bool:
        """Let the time pass to this moment, or to the opening after it."""
        opened = hours.next_open(max(moment, self.at))
        if opened != moment:
            # Not everybody acts in the first second after the doors open.
            opened += timedelta(seconds=self._random.randrange(1, 1200))
        if opened > self._until:
            return False
        self.at = opened
        return True
