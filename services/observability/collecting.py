"""Sends spans to a collector of OpenTelemetry, without what callers may have written; loaded only for one."""

from collections.abc import Sequence
from typing import Final

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status

_log = structlog.get_logger(__name__)

EXPORT_SECONDS_MAX: Final = 5.0

UNTOLD: Final = frozenset(
    {"url.path", "url.query", "user_agent.original", "client.address", "http.request.method_original"}
)
"""What a span of FastAPI has of the request as it came; the route says enough."""


def sending_to(endpoint: str) -> TracerProvider:
    """A provider whose spans go to `endpoint`/v1/traces, in batches; the last ones when it is shut down."""
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS_MAX)
    provider = TracerProvider(resource=Resource.create({"service.name": "zixun"}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(Discreet(exporter)))
    return provider


class Discreet(SpanExporter):
    """Leaves out of every span what a caller may have written, and the messages of errors, which may quote it.

    That the collector is away is said once, and once that it is back; what it did not take is gone.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._is_away = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """What is left of them."""
        result = self._exporter.export([_discreet(span) for span in spans])
        is_away = result is not SpanExportResult.SUCCESS
        if is_away != self._is_away:
            _log.warning("collector is away" if is_away else "collector is back", spans=len(spans))
        self._is_away = is_away
        return result

    def shutdown(self) -> None:
        """As the exporter does."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """As the exporter does."""
        return self._exporter.force_flush(timeout_millis)


def _discreet(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes={name: value for name, value in (span.attributes or {}).items() if name not in UNTOLD},
        links=span.links,
        kind=span.kind,
        instrumentation_scope=span.instrumentation_scope,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
    )
