"""A trace leads from the request through store and log to the views, and tells nothing that a caller wrote."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Final

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.app import create_app
from services.observability.collecting import Discreet
from services.observability.traces import UNTRACED, Traces, collected
from shared_events.http import Role
from shared_events.store.postgres import EventStore
from tests.services.stands import Stand, client, standing_still

CALLER: Final = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SECRET: Final = "quetzalcoatl"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """Everything that was sent to the collector."""
    return InMemorySpanExporter()


@pytest.fixture
async def stand(database: str, spans: InMemorySpanExporter) -> AsyncIterator[Stand]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(Discreet(spans)))
    async with standing_still(database, traces=Traces(provider)) as made:
        yield made


async def receive(stand: Stand, **headers: str) -> str:
    """One consultation; its ticket."""
    header = await stand.token(Role.AGENT)
    body = {"channel": "telephone", "content": f"I am {SECRET}."}
    async with client(create_app(stand.zixun, stand.settings)) as http:
        answer = await http.post("/v1/consultations", json=body, headers=header | headers)
    ticket: str = answer.json()["ticket_id"]
    return ticket


def named(spans: InMemorySpanExporter, name: str) -> ReadableSpan:
    (found,) = (span for span in spans.get_finished_spans() if span.name == name)
    return found


def trace_of(span: ReadableSpan) -> int:
    assert span.context is not None
    trace_id: int = span.context.trace_id
    return trace_id


async def test_the_trace_of_a_request_goes_on_in_store_log_and_views(stand: Stand, spans: InMemorySpanExporter) -> None:
    await receive(stand)
    await stand.relay()
    await stand.take_in("ledger")
    request, *rest = (
        named(spans, name) for name in ("POST /v1/consultations", "append intake", "publish intake", "take in ledger")
    )
    assert {trace_of(span) for span in rest} == {trace_of(request)}
    assert {span.parent.span_id for span in rest if span.parent is not None} == {request.context.span_id}


async def test_the_trace_of_a_caller_goes_on_too(stand: Stand, spans: InMemorySpanExporter) -> None:
    await receive(stand, traceparent=CALLER)
    await stand.relay()
    assert f"{trace_of(named(spans, 'publish intake')):032x}" == CALLER.split("-")[1]


async def test_a_batch_of_several_traces_is_linked_to_each(stand: Stand, spans: InMemorySpanExporter) -> None:
    for _ in range(3):
        await receive(stand)
    requests = {trace_of(span) for span in spans.get_finished_spans() if span.name == "POST /v1/consultations"}
    await stand.relay()
    published = named(spans, "publish intake")
    assert {link.context.trace_id for link in published.links} == requests
    assert len(requests) == 3
    assert published.parent is None
    assert published.attributes == {"messaging.batch.message_count": 6}


async def test_no_span_has_what_a_caller_wrote(stand: Stand, spans: InMemorySpanExporter) -> None:
    header = await stand.token(Role.LEAD) | {"User-Agent": SECRET}
    ticket = await receive(stand)
    async with client(create_app(stand.zixun, stand.settings)) as http:
        await http.get(f"/v1/tickets/{SECRET}?team={SECRET}", headers=header)
        await http.get(f"/v1/tickets?customer_id={SECRET}", headers=header)
        await http.post(f"/v1/consultations/{ticket}/messages", json={SECRET: SECRET}, headers=header)
        await http.request(SECRET.upper(), "/v1/tickets", headers=header)
    await stand.relay()
    await stand.take_in("ledger")
    told = [span.to_json() for span in spans.get_finished_spans()]
    assert len(told) > 6
    assert [span for span in told if SECRET in span.lower()] == []


async def test_without_a_collector_nothing_is_wrapped_and_the_callers_trace_is_remembered(database: str) -> None:
    async with standing_still(database) as stand:
        await receive(stand, traceparent=CALLER)
        remembered = await stand.zixun.pool.fetch("select distinct trace_context from intake.event")
        assert [row["trace_context"] for row in remembered] == [CALLER]
        assert {type(store) for store in stand.zixun.stores.values()} == {EventStore}
    with collected(None) as traces:
        assert traces is UNTRACED


class Collector(BaseHTTPRequestHandler):
    """Takes what is sent in OTLP."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, body))  # type: ignore[attr-defined] # the server below has it
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """The address of a collector, and what it has received."""
    received: list[tuple[str, bytes]] = []
    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        server.received = received  # type: ignore[attr-defined] # for the handler above
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", received
        finally:
            server.shutdown()
            thread.join()


async def test_the_spans_arrive_at_a_collector_before_the_process_ends(database: str) -> None:
    with collector() as (endpoint, received):
        with collected(endpoint) as traces:
            async with standing_still(database, traces=traces) as stand:
                await receive(stand)
        (path, body), *_ = received
    assert path == "/v1/traces"
    sent = ExportTraceServiceRequest.FromString(body).resource_spans[0]
    assert {"append intake", "POST /v1/consultations"} <= {each.name for each in sent.scope_spans[0].spans} | {
        each.name for each in sent.scope_spans[-1].spans
    }
    assert ("service.name", "zixun") in {(each.key, each.value.string_value) for each in sent.resource.attributes}
