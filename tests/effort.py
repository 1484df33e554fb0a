"""How many examples a test tries: few whenever everything is checked, many in `make torture`."""

from hypothesis import settings


def examples(usual: int) -> int:
    """`usual` of them under a profile of 100, and as many times more as the chosen profile has more."""
    return max(1, usual * settings().max_examples // 100)
