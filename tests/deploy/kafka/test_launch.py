"""The launcher of the development Kafka keeps what it should, leaves nothing behind, and says what is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shared_events.log.administration import Topic, administration
from shared_events.log.cluster import Cluster
from tests.kafka import LAUNCHER, UNOBTAINABLE, launched

END_SECONDS_MAX = 60

TWO_AT_ONCE = """
import sys
sys.path.insert(0, sys.argv[1])
from jars import jars
print(jars())
"""
# In the place of Maven: notes that it was called.
MAVEN = """#!/bin/sh
echo called >> "$CALLS"
for word in "$@"; do case "$word" in -DoutputDirectory=*) folder="${word#*=}";; esac; done
mkdir -p "$folder" && touch "$folder/kafka.jar"
"""


async def write(address: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=address, acks="all")
    try:
        await producer.start()
        await producer.send_and_wait("kept", value)
    finally:
        await producer.stop()


async def read(address: str) -> list[bytes]:
    consumer = AIOKafkaConsumer("kept", bootstrap_servers=address, auto_offset_reset="earliest")
    try:
        await consumer.start()
        return [bytes((await consumer.getone()).value) for _ in await ends(consumer)]
    finally:
        await consumer.stop()


async def ends(consumer: AIOKafkaConsumer) -> range:
    """One for each record that is there."""
    (end,) = (await consumer.end_offsets(consumer.assignment())).values()
    return range(end)


async def test_a_broker_that_was_killed_and_a_folder_that_was_left_go_on_with_their_records(tmp_path: Path) -> None:
    with launched("--folder", str(tmp_path)) as brokers:
        address = brokers.bootstrap_servers
        async with administration(Cluster(bootstrap_servers=address)) as admin:
            await admin.create(Topic("kept", 1, 1, {}))
        await write(address, b"one")
        psutil.Process(brokers.document["nodes"][0]["pid"]).kill()
        assert brokers.say("start 1")["address"] == address
        await write(address, b"two")
        assert refused(tmp_path) == (1, f"{tmp_path}: expected nobody to use it, found Kafka running there already.\n")
    other = ("--folder", str(tmp_path), "--sasl")
    assert "found one that was made with {'nodes': 1, 'sasl': False}" in run(*other).stderr
    with launched("--folder", str(tmp_path)) as brokers:
        assert await read(brokers.bootstrap_servers) == [b"one", b"two"]


def test_a_launcher_that_is_killed_takes_its_brokers_and_their_folder_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with launched() as brokers:
        assert len(list(tmp_path.iterdir())) == 1
        broker = psutil.Process(brokers.document["nodes"][0]["pid"])
        left = [broker, *broker.children()]
        brokers.process.kill()
        _, alive = psutil.wait_procs(left, timeout=END_SECONDS_MAX)
        assert alive == []
        assert list(tmp_path.iterdir()) == []


def test_a_machine_without_maven_is_told_what_it_lacks(tmp_path: Path) -> None:
    done = run(PATH=str(tmp_path), XDG_CACHE_HOME=str(tmp_path))
    assert done.returncode == UNOBTAINABLE
    assert done.stderr.endswith("expected Maven 3.6.3 or later (`mvn`) on the PATH, found none.\n")


def test_a_machine_without_java_is_told_what_it_lacks(tmp_path: Path) -> None:
    maven(tmp_path)
    done = run(PATH=str(tmp_path), XDG_CACHE_HOME=str(tmp_path), CALLS=str(tmp_path / "calls"))
    assert done.returncode == UNOBTAINABLE
    assert "expected Java 17 or later (`java`) on the PATH, found none." in done.stderr


def test_jars_that_cannot_be_got_are_the_fault_of_what_maven_says(tmp_path: Path) -> None:
    (tmp_path / "mvn").write_text("#!/bin/sh\necho '[ERROR] no way to the repository' >&2\nexit 1\n")
    (tmp_path / "mvn").chmod(0o755)
    done = run(PATH=str(tmp_path), XDG_CACHE_HOME=str(tmp_path))
    assert done.returncode == UNOBTAINABLE
    assert "found exit status 1:\n[ERROR] no way to the repository" in done.stderr


def test_two_that_start_at_once_get_the_jars_once(tmp_path: Path) -> None:
    maven(tmp_path)
    environment = {
        "PATH": f"{tmp_path}:{os.defpath}",
        "XDG_CACHE_HOME": str(tmp_path),
        "CALLS": str(tmp_path / "calls"),
    }
    command = [sys.executable, "-c", TWO_AT_ONCE, str(LAUNCHER.parent)]
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    found = {each.communicate(timeout=END_SECONDS_MAX)[0].strip() for each in both}
    assert (tmp_path / "calls").read_text() == "called\n"
    (folder,) = found
    assert [path.name for path in Path(folder).iterdir()] == ["kafka.jar"]


def maven(folder: Path) -> None:
    """Whoever has only this folder on the PATH has a Maven and what it needs, and nothing else."""
    for name in ("mkdir", "touch"):
        program = shutil.which(name)
        assert program is not None
        (folder / name).symlink_to(program)
    (folder / "mvn").write_text(MAVEN)
    (folder / "mvn").chmod(0o755)


def run(*options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The launcher, where it is expected to end by itself."""
    return subprocess.run(
        [sys.executable, str(LAUNCHER), *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},  # noqa: TID251 - the launcher's own, but for what the test changes
        timeout=END_SECONDS_MAX,
        check=False,
    )


def refused(folder: Path) -> tuple[int, str]:
    done = run("--folder", str(folder))
    return done.returncode, done.stderr
