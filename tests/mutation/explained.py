"""Mutants that may live, and why: whatever they change makes no difference that anybody could see."""

from typing import Final

EXPLAINED: Final[dict[str, str]] = {}
"""By the mutant's name."""
