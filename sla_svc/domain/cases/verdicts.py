"""What came of a case: each thing that was checked, with what was expected and what was found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """`what` was checked; both sides in words."""

    what: str
    expected: str
    found: str

    @property
    def holds(self) -> bool:
        """Whether it is as expected."""
        return self.expected == self.found


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that was checked in one case."""

    name: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether everything is as expected."""
        return all(check.holds for check in self.checks)
