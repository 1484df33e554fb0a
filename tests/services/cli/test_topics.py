"""`zixun topics` shows, makes and checks the topics, by the file of what the centre chose."""

import base64
import json
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from services.cli.topics import SHIPPED
from shared_events.log.cluster import Cluster
from shared_events.log.topics import Copies
from tests.services.cli.command_line import CommandLine, Done, command_line

Topics = Callable[..., Done]

ONE_COPY = ("--replication-factor", "1", "--min-insync-replicas", "1")


@pytest.fixture
def zixun() -> Iterator[CommandLine]:
    with command_line() as made:
        yield made


@pytest.fixture
def topics(zixun: CommandLine, empty_cluster: Cluster) -> Topics:
    """`zixun topics` on a cluster without topics."""
    place = {"BOOTSTRAP_SERVERS": empty_cluster.bootstrap_servers, "PREFIX": empty_cluster.prefix}
    settings = {f"ZIXUN_KAFKA_{name}": value for name, value in place.items()}
    return lambda *words: zixun("topics", *words, **settings)


def test_what_is_planned_is_applied_and_then_fits(topics: Topics, empty_cluster: Cluster) -> None:
    planned = topics("plan", *ONE_COPY)
    assert (planned.status, planned.err) == (0, "")
    assert [line.split()[:3] for line in planned.out.splitlines()] == [
        ["create", "Topic", f"{empty_cluster.events_topic}:"],
        ["create", "Topic", f"{empty_cluster.control_topic}:"],
        ["identify", "Topic", f"{empty_cluster.control_topic}:"],
    ]
    assert topics("apply", *ONE_COPY) == planned
    nothing = Done(0, "The topics are as they have to be.\n", "")
    assert topics("apply", *ONE_COPY) == topics("plan", *ONE_COPY) == topics("check", *ONE_COPY) == nothing


def test_check_fails_with_what_differs_for_programs_too(topics: Topics, empty_cluster: Cluster) -> None:
    checked = topics("check", *ONE_COPY, "--json")
    assert checked.status == 1
    assert checked.err == "zixun: Expected the topics to be as they have to be, found 3 differences.\n"
    assert json.loads(checked.out)[0] == {
        "kind": "create",
        "topic": empty_cluster.events_topic,
        "name": "partitions",
        "expected": "12",
        "found": None,
        "reason": "There is no such topic.",
        "sentence": f"Topic {empty_cluster.events_topic}: expected partitions 12, found none. There is no such topic.",
    }


def test_the_file_says_how_many_copies_there_are_and_options_overrule_it(topics: Topics, tmp_path: Path) -> None:
    file = tmp_path / "topics.toml"
    file.write_text("replication_factor = 1\nmin_insync_replicas = 1\n")
    assert topics("apply", "--file", str(file)).status == 0
    file.write_text("replication_factor = 3\nmin_insync_replicas = 1\n")
    planned = topics("plan", "--file", str(file))
    assert planned.status == 1
    assert "refused   Topic" in planned.out
    assert "expected replication factor 3, found 1" in planned.out
    refused = topics("apply", "--file", str(file))
    assert (refused.status, refused.out) == (7, "")
    assert "kafka-reassign-partitions" in refused.err
    assert topics("check", "--file", str(file), "--replication-factor", "1").status == 0


def test_the_file_of_the_release_is_the_default() -> None:
    assert tomllib.loads(SHIPPED.read_text(encoding="utf-8")) == asdict(Copies())


def test_a_lost_identity_is_given_again_and_another_one_refused(topics: Topics) -> None:
    given, other = "01a20128-108d-7b93-9a8a-f9c2b8c462a8", "01a20128-108d-7b93-9a8a-f9c2b8c462a9"
    assert topics("apply", *ONE_COPY, "--log-id", given).status == 0
    assert topics("apply", *ONE_COPY, "--log-id", given).status == 0
    refused = topics("apply", *ONE_COPY, "--log-id", other)
    assert (refused.status, refused.err) == (
        2,
        f"zixun: --log-id: expected {given}, which this log is already, found {other}.\n",
    )


@pytest.mark.parametrize("verb", ["run", "work"])
def test_nothing_starts_on_topics_that_do_not_fit(
    verb: str, zixun: CommandLine, empty_cluster: Cluster, database: str
) -> None:
    refused = zixun(
        verb,
        ZIXUN_DATABASE_URL=database,
        ZIXUN_MASTER_KEY=base64.b64encode(bytes(32)).decode(),
        ZIXUN_KAFKA_BOOTSTRAP_SERVERS=empty_cluster.bootstrap_servers,
        ZIXUN_KAFKA_PREFIX=empty_cluster.prefix,
    )
    assert refused.status == 7
    (events, *_) = refused.err.splitlines()[-3:]
    assert f"Topic {empty_cluster.events_topic}: expected partitions 12, found none." in events
    assert events.endswith("`zixun topics apply` mends it.")


def test_what_is_wrong_is_said_on_standard_error(zixun: CommandLine, tmp_path: Path) -> None:
    strange, text, broken = tmp_path / "strange", tmp_path / "text", tmp_path / "broken"
    strange.write_text("partitions = 6\n")
    text.write_text('replication_factor = "3"\n')
    broken.write_text("replication_factor: 3\n")
    fields = "expected replication_factor and min_insync_replicas, whole numbers, found"
    wrong = {
        ("--file", str(strange)): f"--file: {fields} partitions = 6",
        ("--file", str(text)): f"--file: {fields} replication_factor = '3'",
        ("--file", str(broken)): f"--file: expected a file in TOML, found {broken}: Expected '='",
        ("--file", str(tmp_path / "none")): f"--file: expected a file in TOML, found {tmp_path / 'none'}: [Errno 2]",
        ("--replication-factor", "1"): "expected 1 <= min_insync_replicas <= replication_factor, found 2 and 1",
        ("--min-insync-replicas", "0"): "Input should be greater than or equal to 1",
    }
    for words, message in wrong.items():
        refused = zixun("topics", "plan", *words, ZIXUN_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
        assert (refused.status, refused.out) == (2, "")
        assert message in refused.err


def test_without_a_cluster_there_are_no_topics(zixun: CommandLine) -> None:
    unset = zixun("topics", "check")
    assert (unset.status, unset.out) == (3, "")
    assert unset.err.startswith("zixun: ZIXUN_KAFKA_BOOTSTRAP_SERVERS: expected the address of the cluster")
    # Nobody may listen on port 1 but a service of the machine.
    away = zixun("topics", "check", ZIXUN_KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert (away.status, away.out) == (7, "")
    assert "Kafka at 127.0.0.1:1: expected a broker that lets us in (PLAINTEXT), found" in away.err
