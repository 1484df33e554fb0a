"""What a process counts is what Prometheus reads, and what callers make up makes no series."""

from datetime import timedelta

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from services.observability.process import ProcessFigures
from shared_events.runtime.numbering import NumbersBroken
from tests.shared_events.conftest import FixedClock

NOW = FixedClock().now()


def read(figures: ProcessFigures) -> dict[tuple[str, str], float]:
    """Every sample by its name and the values of its labels, in the order of the labels' names."""
    families = text_string_to_metric_families(generate_latest(figures.registry).decode())
    return {
        (sample.name, " ".join(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def counting() -> ProcessFigures:
    return ProcessFigures(FixedClock(), ["intake", "routing"], ["ledger"])


def test_appends_are_counted_by_source_and_size() -> None:
    figures = counting()
    figures.appended("intake", 1)
    figures.appended("intake", 5)
    figures.conflicted("intake")
    figures.conflicted("intake")
    figures.relayed("intake", 6)
    read_back = read(figures)
    assert read_back["zixun_append_batch_size_bucket", "4 intake"] == 1
    assert read_back["zixun_append_batch_size_count", "intake"] == 2
    assert read_back["zixun_append_batch_size_sum", "intake"] == 6
    assert read_back["zixun_append_conflicts_total", "intake"] == 2
    assert read_back["zixun_relayed_events_total", "intake"] == 6


def test_everything_begins_at_zero_so_that_the_first_increase_is_seen() -> None:
    read_back = read(counting())
    for name in ("zixun_append_conflicts_total", "zixun_relayed_events_total", "zixun_append_batch_size_count"):
        assert read_back[name, "routing"] == 0
    for name in ("zixun_gaps_seen_total", "zixun_repetitions_dropped_total", "zixun_command_to_view_seconds_count"):
        assert read_back[name, "ledger"] == 0


def test_seconds_that_no_account_has_are_added_up_from_zero() -> None:
    figures = counting()
    assert read(figures)["zixun_unaccounted_seconds_total", ""] == 0
    figures.unaccounted(60)
    figures.unaccounted(5)
    assert read(figures)["zixun_unaccounted_seconds_total", ""] == 65


def test_the_time_from_an_events_recording_to_its_commit_is_counted_event_by_event() -> None:
    figures = counting()
    figures.taken_in("ledger", [NOW - timedelta(seconds=2), NOW - timedelta(milliseconds=20)], 3)
    read_back = read(figures)
    assert read_back["zixun_command_to_view_seconds_bucket", "ledger 0.025"] == 1
    assert read_back["zixun_command_to_view_seconds_bucket", "ledger 2.5"] == 2
    assert read_back["zixun_taken_in_events_total", "ledger"] == 2
    assert read_back["zixun_repetitions_dropped_total", "ledger"] == 3


def test_a_clock_that_is_ahead_makes_no_negative_time() -> None:
    figures = counting()
    figures.taken_in("ledger", [NOW + timedelta(seconds=1)], 0)
    assert read(figures)["zixun_command_to_view_seconds_sum", "ledger"] == 0


def test_requests_are_counted_by_route_method_and_status() -> None:
    figures = counting()
    figures.answered("/v1/tickets", "GET", 200, 0.003)
    figures.answered("/v1/tickets", "GET", 503, 0.3)
    read_back = read(figures)
    assert read_back["zixun_http_requests_total", "GET /v1/tickets 200"] == 1
    assert read_back["zixun_http_requests_total", "GET /v1/tickets 503"] == 1
    assert read_back["zixun_http_request_seconds_bucket", "0.005 GET /v1/tickets"] == 1


def test_what_callers_make_up_is_counted_together() -> None:
    figures = counting()
    for number in range(50):
        figures.answered(None, f"METHOD{number}", 404, 0.001)
    requests = {labels: value for (name, labels), value in read(figures).items() if name == "zixun_http_requests_total"}
    assert requests == {"other none 404": 50}


def test_two_processes_share_nothing() -> None:
    counting().appended("intake", 1)
    assert read(counting())["zixun_append_batch_size_count", "intake"] == 0


def test_a_stopped_partition_is_a_gap_only_if_numbers_are_broken() -> None:
    figures = counting()
    figures.partition_stopped("ledger", NumbersBroken("2 events are missing"))
    figures.partition_stopped("ledger", TimeoutError())
    read_back = read(figures)
    assert read_back["zixun_partition_stops_total", "ledger"] == 2
    assert read_back["zixun_gaps_seen_total", "ledger"] == 1
