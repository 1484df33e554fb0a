"""The alerts and the dashboard ask for figures that exist, and each alert comes when it should."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from services.observability.exposition import exposition
from services.observability.loops import Loops
from services.observability.overview import (
    CONSUMER_LAG_SECONDS_MAX,
    RELAY_LAG_SECONDS_MAX,
    TIMERS_LATE_SECONDS_MAX,
)
from services.observability.process import ProcessFigures
from services.observability.standing import Standing
from services.observability.timers import TimersStanding
from tests.shared_events.conftest import FixedClock

FOLDER: Final = Path(__file__).parents[3] / "deploy" / "observability"
OF_PROMETHEUS: Final = {"up"}
"""What every scrape leaves behind by itself."""


def exported() -> set[str]:
    """The names of all samples that `/metrics` can have."""
    figures = ProcessFigures(FixedClock(), ["intake"], ["ledger"])
    figures.answered("/v1/tickets", "GET", 200, 0.01)
    nothing = Standing(engine="postgres", relays=[], consumers=[], parked=[], timers=TimersStanding())
    names: set[str] = set()
    for family in text_string_to_metric_families(exposition(figures, Loops(), nothing).decode()):
        endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type, ("",))
        names |= {family.name + ending for ending in endings}
    return names


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    dashboard = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = dashboard["panels"]
    return found


def asked(expression: str) -> set[str]:
    """The figures that an expression is about."""
    without_labels = re.sub(r"\{[^}]*\}|\b(?:by|on|without) *\([^)]*\)|\[[^\]]*\]", " ", expression)
    return set(re.findall(r"\b(?:zixun_\w+|process_\w+|python_\w+|up)\b", without_labels))


def test_the_names_in_an_expression_are_found() -> None:
    expression = 'sum by (le) (rate(zixun_x_bucket{consumer="up"}[5m])) / up{job="zixun"} > 5'
    assert asked(expression) == {"zixun_x_bucket", "up"}


def test_every_figure_that_an_alert_asks_for_is_exported() -> None:
    for rule in rules():
        wanted = asked(rule["expr"])
        assert wanted, rule["alert"]
        assert wanted - OF_PROMETHEUS - exported() == set(), rule["alert"]


def test_every_figure_that_the_dashboard_shows_is_exported() -> None:
    for panel in panels():
        for target in panel["targets"]:
            wanted = asked(target["expr"])
            assert wanted, panel["title"]
            assert wanted - OF_PROMETHEUS - exported() == set(), panel["title"]


def test_every_figure_of_ours_is_shown_or_alerted_on() -> None:
    """What nobody looks at need not be counted."""
    looked_at = {name for rule in rules() for name in asked(rule["expr"])}
    looked_at |= {name for panel in panels() for target in panel["targets"] for name in asked(target["expr"])}
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in looked_at}
    ours = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exported() if name.startswith("zixun_")}
    assert ours - families == {"zixun_parked_events"}, "a ticket is what people look after"


def test_every_panel_has_a_place_of_its_own_and_says_what_it_shows() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels()]
    assert len(set(places)) == len({panel["id"] for panel in panels()}) == len(panels())
    assert all(panel["title"] and panel["description"] and panel["targets"] for panel in panels())


def test_every_alert_says_what_it_means_and_is_tried_out() -> None:
    tests = yaml.safe_load((FOLDER / "alerts_test.yaml").read_text(encoding="utf-8"))["tests"]
    tried = [(case["alertname"], bool(case["exp_alerts"])) for test in tests for case in test["alert_rule_test"]]
    for rule in rules():
        assert rule["annotations"].keys() == {"summary", "description"}, rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert {(rule["alert"], True), (rule["alert"], False)} <= set(tried), rule["alert"]


def test_the_alerts_and_the_status_call_the_same_wait_too_long() -> None:
    expressions = {rule["alert"]: rule["expr"] for rule in rules()}
    assert expressions["ZixunRelayBehind"].endswith(f"> {RELAY_LAG_SECONDS_MAX:.0f}")
    assert expressions["ZixunConsumerBehind"].endswith(f"> {CONSUMER_LAG_SECONDS_MAX:.0f}")
    assert expressions["ZixunTimersLate"].endswith(f"> {TIMERS_LATE_SECONDS_MAX:.0f}")


@pytest.mark.parametrize("words", [("check", "rules", "alerts.yaml"), ("test", "rules", "alerts_test.yaml")])
def test_prometheus_itself_finds_nothing_wrong(words: tuple[str, ...]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool, which comes with Prometheus, is not installed")
    done = subprocess.run([promtool, *words], cwd=FOLDER, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
