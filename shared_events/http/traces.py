"""Which trace a request belongs to: what its events remember, so that whatever becomes of them can be followed."""

import re
from typing import Final

from opentelemetry.trace import get_current_span

_TRACEPARENT: Final = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def trace_context(given: str) -> str | None:
    """The span of this request as a W3C `traceparent`; where none is collected, the one that the caller sent."""
    span = get_current_span().get_span_context()
    if span.is_valid:
        return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"
    return given if _TRACEPARENT.fullmatch(given) else None
