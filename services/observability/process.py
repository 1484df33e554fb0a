"""What one process counts, and how Prometheus sees it; nothing of it outlives the process."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from services.observability.distribution import Distribution
from shared_events.clock import Clock
from shared_events.runtime.numbering import NumbersBroken

APPEND_BOUNDS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
LATENCY_BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
REQUEST_BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

NO_ROUTE: Final = "none"
"""Of requests that fit no route: what callers make up must not make series."""


class ProcessFigures(Collector):
    """Counts for the machinery (`Figures`) and for requests; collected by a registry of its own."""

    def __init__(self, clock: Clock, sources: Sequence[str], consumers: Sequence[str]) -> None:
        self._clock = clock
        # From zero on, because Prometheus sees no increase in a series that begins with its first event.
        self._appends = {source: Distribution(APPEND_BOUNDS) for source in sources}
        self._latencies = {consumer: Distribution(LATENCY_BOUNDS) for consumer in consumers}
        self._conflicts = Counter(dict.fromkeys(sources, 0))
        self._relayed = Counter(dict.fromkeys(sources, 0))
        self._taken_in = Counter(dict.fromkeys(consumers, 0))
        self._repetitions = Counter(dict.fromkeys(consumers, 0))
        self._stops = Counter(dict.fromkeys(consumers, 0))
        self._gaps = Counter(dict.fromkeys(consumers, 0))
        self._unaccounted_seconds = 0
        self._requests: Counter[tuple[str, str, str]] = Counter()
        self._durations: dict[tuple[str, str], Distribution] = {}
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.registry.register(self)

    def appended(self, source: str, count: int) -> None:
        """So many appends went to disk together."""
        self._appends[source].count(count)

    def conflicted(self, source: str) -> None:
        """An append met a stream at another version than it expected."""
        self._conflicts[source] += 1

    def relayed(self, source: str, count: int) -> None:
        """So many events were published."""
        self._relayed[source] += count

    def taken_in(self, consumer: str, recorded_at: Sequence[datetime], repetitions: int) -> None:
        """A consumer has just committed these new events, and dropped so many that it had taken in before."""
        self._taken_in[consumer] += len(recorded_at)
        self._repetitions[consumer] += repetitions
        latencies = self._latencies.get(consumer)
        if latencies is None:
            latencies = self._latencies[consumer] = Distribution(LATENCY_BOUNDS)
        now = self._clock.now()
        # Another machine's clock may be ahead of this one's.
        latencies.count_all([(now - moment).total_seconds() if moment < now else 0.0 for moment in recorded_at])

    def partition_stopped(self, consumer: str, reason: Exception) -> None:
        """A consumer takes nothing of a partition any more, until somebody has looked."""
        self._stops[consumer] += 1
        self._gaps[consumer] += isinstance(reason, NumbersBroken)

    def unaccounted(self, seconds: int) -> None:
        """So much of a ticket's life was in no tier, nor unassigned, paused or closed, or in two of these."""
        self._unaccounted_seconds += seconds

    def answered(self, route: str | None, method: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is the template, never the path that was asked."""
        labels = (route or NO_ROUTE, method if method in METHODS else "other")
        self._requests[(*labels, str(status))] += 1
        durations = self._durations.get(labels)
        if durations is None:
            durations = self._durations[labels] = Distribution(REQUEST_BOUNDS)
        durations.count(seconds)

    def collect(self) -> Iterator[Metric]:
        """Everything, as the client library takes it."""
        yield _histogram("zixun_append_batch_size", "Appends that went to disk together.", "source", self._appends)
        yield _counter("zixun_append_conflicts", "Appends to a stream that had moved on.", "source", self._conflicts)
        yield _counter("zixun_relayed_events", "Events brought to the log.", "source", self._relayed)
        yield _counter("zixun_taken_in_events", "New events that were committed.", "consumer", self._taken_in)
        yield _counter(
            "zixun_repetitions_dropped", "Events that had been taken in before.", "consumer", self._repetitions
        )
        yield _counter("zixun_partition_stops", "Partitions stopped, for any reason.", "consumer", self._stops)
        yield _counter("zixun_gaps_seen", "Numbers missing, or of another event.", "consumer", self._gaps)
        yield CounterMetricFamily(
            "zixun_unaccounted_seconds",
            "Of the lives of tickets, in no tier, nor unassigned, paused or closed; must stay 0.",
            self._unaccounted_seconds,
        )
        yield _histogram(
            "zixun_command_to_view_seconds",
            "From the recording of an event to the commit of what a consumer made of it.",
            "consumer",
            self._latencies,
        )
        yield self._requests_family()
        yield self._durations_family()

    def _requests_family(self) -> Metric:
        family = CounterMetricFamily("zixun_http_requests", "Requests.", labels=("route", "method", "status"))
        for labels, count in sorted(self._requests.items()):
            family.add_metric(labels, count)
        return family

    def _durations_family(self) -> Metric:
        family = HistogramMetricFamily("zixun_http_request_seconds", "Time to answer.", labels=("route", "method"))
        for labels, durations in sorted(self._durations.items()):
            family.add_metric(labels, durations.buckets(), durations.sum)
        return family


def _counter(name: str, said: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, said, labels=(label,))
    for value, count in sorted(counts.items()):
        family.add_metric((value,), count)
    return family


def _histogram(name: str, said: str, label: str, distributions: Mapping[str, Distribution]) -> Metric:
    family = HistogramMetricFamily(name, said, labels=(label,))
    for value, distribution in sorted(distributions.items()):
        family.add_metric((value,), distribution.buckets(), distribution.sum)
    return family
