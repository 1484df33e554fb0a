"""What the program writes about itself: lines on standard error, JSON unless a person looks at them."""

import logging
import sys
from collections.abc import Callable
from typing import Any

import orjson
import structlog
from opentelemetry.trace import get_current_span
from structlog.typing import EventDict, WrappedLogger

from services.settings import LogLevel


def configure_logs(level: LogLevel) -> None:
    """Set up structlog for this process."""
    person = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_trace,
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if person else structlog.processors.JSONRenderer(_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # What these repeat while a broker or a collector is away, we say once.
    for talkative in ("aiokafka", "opentelemetry"):
        logging.getLogger(talkative).setLevel(logging.CRITICAL)
    logging.getLogger("uvicorn.error").addFilter(_quotes_nobody)


def _with_trace(_logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    """The trace that a line belongs to, where one is collected."""
    span = get_current_span().get_span_context()
    if span.is_valid:
        entry["trace_id"] = f"{span.trace_id:032x}"
    return entry


def _json(entry: dict[str, Any], default: Callable[[Any], Any]) -> str:
    return orjson.dumps(entry, default=default).decode()


def _quotes_nobody(record: logging.LogRecord) -> bool:
    """Bugs are logged with the request; a traceback beside it would end in a message that may quote a person."""
    return record.exc_info is None
