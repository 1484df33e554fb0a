"""Which language a reader wants: by its name, or from `Accept-Language` (RFC 9110, section 12.5.4)."""

import re
from typing import Final

from shared_events.contracts.words import Language

_RANGE: Final = re.compile(r"\s*(\*|[A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")
_SPOKEN: Final = {"en": Language.ENGLISH, "zh": Language.CHINESE}


def language_named(tag: str) -> Language | None:
    """The spoken language of a tag, as `zh` or `zh-CN`; none, if nobody has words in it."""
    return _SPOKEN.get(tag.partition("-")[0].lower())


def language_of(header: str | None) -> Language:
    """The spoken language of the highest weight, the first of equals; English if none is wanted or readable.

    Any `zh` is served with simplified Chinese, any `en` with the same English.
    """
    weights: dict[Language, float] = {}
    for item in (header or "").split(","):
        match = _RANGE.fullmatch(item)
        language = language_named(match[1]) if match else None
        if match and language is not None:
            weights[language] = max(weights.get(language, 0.0), float(match[2] or 1))
    wanted = [language for language, weight in weights.items() if weight > 0]
    return max(wanted, key=lambda language: weights[language], default=_unless_excluded(weights))


def _unless_excluded(weights: dict[Language, float]) -> Language:
    """`en;q=0` says anything but English."""
    return Language.CHINESE if weights == {Language.ENGLISH: 0.0} else Language.ENGLISH
