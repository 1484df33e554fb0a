"""All figures of a process as Prometheus reads them: what it counts, how its loops fare, where everybody stands."""

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from services.observability.loops import Loops
from services.observability.process import ProcessFigures
from services.observability.standing import Standing
from services.observability.timers import COUNTED_MAX, TimersStanding

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4


def exposition(figures: ProcessFigures, loops: Loops, stands: Standing) -> bytes:
    """The text of one scrape."""
    return generate_latest(_Collected([*figures.registry.collect(), *_of_loops(loops), *_of_standing(stands)]))


class _Collected(Collector):
    """What was gathered already, because the database cannot be asked while a registry collects."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _of_loops(loops: Loops) -> Iterator[Metric]:
    restarts = CounterMetricFamily("zixun_loop_restarts", "Relays and consumers started again.", labels=("loop",))
    failing = GaugeMetricFamily("zixun_loop_failing", "1 for a loop that keeps failing.", labels=("loop",))
    stopped = GaugeMetricFamily("zixun_partitions_stopped", "Partitions that stand still.", labels=("loop",))
    for watched in loops.watched:
        restarts.add_metric((watched.name,), watched.restarts)
        failing.add_metric((watched.name,), watched.keeps_failing)
        if watched.consumes:
            stopped.add_metric((watched.name,), len(watched.stopped))
    yield from (restarts, failing, stopped)


def _of_standing(stands: Standing) -> Iterator[Metric]:
    yield _gauge(
        "zixun_relay_lag_events",
        "Events of a source that are not known to be in the log.",
        ("source",),
        [((each.source,), each.lag_events) for each in stands.relays],
    )
    yield _gauge(
        "zixun_relay_lag_seconds",
        "How long the oldest of them has waited.",
        ("source",),
        [((each.source,), each.lag_seconds) for each in stands.relays],
    )
    partitions = ("consumer", "partition")
    yield _gauge(
        "zixun_consumer_lag_events",
        "Stored events that a consumer has not taken in, relayed or not.",
        partitions,
        [((each.consumer, str(each.partition)), each.lag_events) for each in stands.consumers],
    )
    yield _gauge(
        "zixun_consumer_lag_seconds",
        "How long the oldest of them has waited.",
        partitions,
        [((each.consumer, str(each.partition)), each.lag_seconds) for each in stands.consumers],
    )
    yield _gauge(
        "zixun_parked_subjects",
        "Subjects whose events wait for a retry.",
        ("consumer",),
        [((each.consumer,), each.subjects) for each in stands.parked],
    )
    yield _gauge(
        "zixun_parked_events",
        "Events that wait for a retry.",
        ("consumer",),
        [((each.consumer,), each.events) for each in stands.parked],
    )
    yield from _of_timers(stands.timers)


def _of_timers(timers: TimersStanding) -> Iterator[Metric]:
    said = f"Tickets of which something falls due, one timer each; up to {COUNTED_MAX} are counted."
    yield _gauge("zixun_timers_waiting", said, (), [((), timers.waiting)])
    yield _gauge(
        "zixun_timers_next_due_timestamp_seconds",
        "When the first of them falls due, or was to; absent while none does.",
        (),
        [] if timers.next_due_at is None else [((), timers.next_due_at.timestamp())],
    )
    yield _gauge("zixun_timers_late_seconds", "For how long that has been over.", (), [((), timers.late_seconds)])


def _gauge(name: str, said: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = GaugeMetricFamily(name, said, labels=labels)
    for value_labels, value in values:
        family.add_metric(value_labels, value)
    return family
