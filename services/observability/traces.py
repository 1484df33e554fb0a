"""Follows a request through store, log and views: spans that belong to the trace which each event remembers.

The parts are wrapped where they are put together, and only if somebody collects traces; else nothing is in the way.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    TraceFlags,
    Tracer,
    TracerProvider,
    set_span_in_context,
)

from shared_events.clock import Clock
from shared_events.contracts.base import Fact
from shared_events.contracts.envelope import Recorded, Stored
from shared_events.figures import Figures
from shared_events.log.port import Entry, Heartbeat, Log
from shared_events.runtime.effects import Decisions, Effects
from shared_events.runtime.service import Service
from shared_events.store.appends import Append, Outcome
from shared_events.store.port import Transaction
from shared_events.store.postgres import EventStore

LINKS_MAX: Final = 64
"""Of a large batch only so many traces are linked; a span with thousands of links is refused by collectors."""


class Traces:
    """Makes the parts that are traced, or, without a provider, those that are not."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self.provider = provider
        self._tracer = None if provider is None else provider.get_tracer("zixun")

    def store(self, source: str, pool: asyncpg.Pool, clock: Clock, figures: Figures) -> EventStore:
        """The events of one source."""
        if self._tracer is None:
            return EventStore(source, pool, clock, figures)
        return _TracedStore(source, pool, clock, figures, tracer=self._tracer)

    def log(self, log: Log) -> Log:
        """What relays publish to."""
        return log if self._tracer is None else _TracedLog(log, self._tracer)

    def effects(self, service: Service) -> Effects:
        """What a consumer makes of events."""
        if self._tracer is None:
            return Effects(service.views, service.reactions, service.process)
        return _TracedEffects(service, self._tracer)


UNTRACED: Final = Traces()


@contextmanager
def collected(endpoint: str | None) -> Iterator[Traces]:
    """Traces that go to a collector until the block ends; none without an endpoint."""
    if endpoint is None:
        yield UNTRACED
        return
    # Imported only now, because it costs every start a moment and some memory.
    from services.observability.collecting import sending_to

    provider = sending_to(endpoint)
    try:
        yield Traces(provider)
    finally:
        provider.shutdown()


class _TracedStore(EventStore):
    def __init__(self, source: str, pool: asyncpg.Pool, clock: Clock, figures: Figures, *, tracer: Tracer) -> None:
        super().__init__(source, pool, clock, figures)
        self._tracer = tracer

    async def append(self, append: Append) -> Outcome:
        """In the span of the request: the wait for its batch, and for the disk."""
        attributes: dict[str, str | int] = {"zixun.subject": append.subject, "zixun.events": len(append.events)}
        with self._tracer.start_as_current_span(f"append {self.source}", attributes=attributes) as span:
            outcome = await super().append(append)
            span.set_attribute("zixun.outcome", type(outcome).__name__.lower())
            return outcome


class _TracedLog:
    """A log whose publications are traced."""

    def __init__(self, log: Log, tracer: Tracer) -> None:
        self._log = log
        self._tracer = tracer

    async def log_id(self) -> UUID:
        return await self._log.log_id()

    async def publish(self, source: str, events: Sequence[Stored]) -> None:
        with _span(self._tracer, f"publish {source}", SpanKind.PRODUCER, events):
            await self._log.publish(source, events)

    async def read(self, offsets: Mapping[int, int], limit: int) -> dict[int, list[Entry]]:
        return await self._log.read(offsets, limit)

    async def wait(self, offsets: Mapping[int, int], timeout_seconds: float) -> None:
        await self._log.wait(offsets, timeout_seconds)

    async def source_ends(self, source: str) -> dict[int, int]:
        return await self._log.source_ends(source)

    async def original(self, entry: Entry) -> Stored | None:
        return await self._log.original(entry)

    async def beat(self, source: str, relayed_through: Mapping[int, datetime]) -> None:
        await self._log.beat(source, relayed_through)

    async def heartbeats(self) -> Sequence[Heartbeat]:
        return await self._log.heartbeats()


class _TracedEffects(Effects):
    def __init__(self, service: Service, tracer: Tracer) -> None:
        super().__init__(service.views, service.reactions, service.process)
        self._name = service.name
        self._tracer = tracer

    async def commit(self, transaction: Transaction, batch: Sequence[Recorded[Fact]], decisions: Decisions) -> None:
        stored = [recorded.stored for recorded in batch]
        with _span(self._tracer, f"take in {self._name}", SpanKind.CONSUMER, stored):
            await super().commit(transaction, batch, decisions)


def _span(tracer: Tracer, name: str, kind: SpanKind, events: Sequence[Stored]) -> Any:
    """Part of the trace that all events are of; where they are of several, a trace of its own, linked to them."""
    contexts = list(_contexts(event.trace_context for event in events))
    attributes = {"messaging.batch.message_count": len(events)}
    if len(contexts) == 1:
        parent = set_span_in_context(NonRecordingSpan(contexts[0]), Context())
        return tracer.start_as_current_span(name, context=parent, kind=kind, attributes=attributes)
    links = [Link(context) for context in contexts[:LINKS_MAX]]
    return tracer.start_as_current_span(name, context=Context(), kind=kind, attributes=attributes, links=links)


def _contexts(remembered: Iterable[str | None]) -> Iterable[SpanContext]:
    """From W3C `traceparent`s, each once."""
    for text in dict.fromkeys(remembered):
        if text is not None:
            trace_id, span_id, flags = (int(part, 16) for part in text.split("-")[1:])
            yield SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
