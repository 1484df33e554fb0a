"""Gets Kafka's jars by Maven, once for each version, into a cache folder that all checkouts share."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
POM: Final = HERE / "pom.xml"
KEPT_LINES: Final = 10


class Unobtainable(Exception):
    """This machine cannot get what Kafka needs; the message says what was expected."""


def java() -> str:
    """The program that runs a broker."""
    found = shutil.which("java")
    if found is None:
        raise Unobtainable("Kafka runs on Java: expected Java 17 or later (`java`) on the PATH, found none.")
    return found


def jars() -> Path:
    """The folder that holds them, got first if this is the first time."""
    pom = POM.read_bytes()
    version = re.search(rb"<kafka\.version>(.+)</kafka\.version>", pom)
    assert version is not None, f"{POM} names the version of Kafka"
    # By the whole pom, since a new version of anything in it is another folder.
    name = f"kafka-{version[1].decode()}-{hashlib.sha256(pom).hexdigest()[:8]}"
    folder = _cache() / name
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Whoever comes second waits here and finds the folder: Maven's own repository bears no two at a time.
    with (folder.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _get(folder)
    return folder


def say(text: str) -> None:
    """Tell a person; standard output is for programs."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _get(folder: Path) -> None:
    """Got aside and renamed when complete, so that a folder that exists is whole."""
    maven = shutil.which("mvn")
    if maven is None:
        raise Unobtainable("Kafka's jars come by Maven: expected Maven 3.6.3 or later (`mvn`) on the PATH, found none.")
    say("Getting Kafka by Maven; this is done once.")
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}.", dir=folder.parent) as aside:
        whole = Path(aside) / "jars"
        command = [maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
        command += ["-DincludeScope=runtime", f"-DoutputDirectory={whole}"]
        done = subprocess.run(  # noqa: S603 - the user's own Maven, without a shell
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            said = "\n".join((done.stdout + done.stderr).strip().splitlines()[:KEPT_LINES])
            raise Unobtainable(f"Expected Maven to get Kafka's jars, found exit status {done.returncode}:\n{said}")
        whole.rename(folder)


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")  # noqa: TID251 - where caches lie is nobody's setting but the machine's
    return (Path(home) if home else Path.home() / ".cache") / "zixun"
