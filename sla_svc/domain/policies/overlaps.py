"""Which rows of a table may match the same tickets; found by the values that they name, not row by row.

Sets of rows are integers: row 0 is the lowest bit. A table of thousands of rows is compared in a few steps so.
"""

from collections.abc import Mapping

Region = Mapping[str, frozenset[str]]
"""Tickets: for each attribute, the values that it may have."""


class Overlaps:
    """Rows by what they look at."""

    def __init__(self) -> None:
        self._all = 0
        self._looking: dict[str, int] = {}
        """At an attribute."""
        self._naming: dict[str, dict[str, int]] = {}
        """A value of an attribute."""

    def add(self, number: int, region: Region) -> None:
        """One more row."""
        self._all |= 1 << number
        for attribute, values in region.items():
            self._looking[attribute] = self._looking.get(attribute, 0) | 1 << number
            naming = self._naming.setdefault(attribute, {})
            for value in values:
                naming[value] = naming.get(value, 0) | 1 << number

    def looking_only_at(self, attributes: Mapping[str, object]) -> int:
        """The rows that look at no other attribute."""
        rows = self._all
        for attribute, looking in self._looking.items():
            if attribute not in attributes:
                rows &= ~looking
        return rows

    def overlapping(self, region: Region, rows: int) -> int:
        """Those of the rows that match something of the region."""
        for attribute, values in region.items():
            naming = self._naming.get(attribute, {})
            found = 0
            for value in values:
                found |= naming.get(value, 0)
            rows &= found | ~self._looking.get(attribute, 0)
        return rows

    def least_matched(self, region: Region, rows: int) -> Region:
        """Of the region what these rows match least: if they match that, they match all of it.

        Of values that the same rows name one is enough, and of all values one that none of the rows names.
        """
        least = dict(region)
        for attribute, values in region.items():
            naming = self._naming.get(attribute, {})
            by_rows = {naming.get(value, 0) & rows: value for value in values}
            if 0 in by_rows:
                rows &= ~self._looking.get(attribute, 0)
            least[attribute] = frozenset([by_rows[0]] if 0 in by_rows else by_rows.values())
        return least

    def containing(self, region: Region, rows: int) -> int:
        """Those of the rows that match the whole region."""
        for attribute, values in region.items():
            naming = self._naming.get(attribute, {})
            found = rows
            for value in values:
                found &= naming.get(value, 0)
                if not found:
                    break
            rows &= found | ~self._looking.get(attribute, 0)
        return rows
