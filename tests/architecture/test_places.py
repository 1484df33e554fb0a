"""Everything is where a reader looks for it: tests beside their sources, paths in documents, tables in a migration."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("shared_events", "intake_svc", "routing_svc", "sla_svc", "feedback_svc", "ledger_svc", "services")

IMPORT_ALL = """
import importlib, sys, threading

def watch(event, arguments):
    writes = event == "open" and set(str(arguments[1])) & set("wax+") and not str(arguments[0]).endswith(".pyc")
    if writes or event in {"socket.connect", "socket.bind", "subprocess.Popen", "os.mkdir", "os.remove", "os.rename"}:
        if "__pycache__" not in str(arguments[0]):
            raise SystemExit(f"{event} {arguments} while {names[-1]} was imported")

names = []
sys.addaudithook(watch)
for name in sys.argv[1:]:
    names.append(name)
    importlib.import_module(name)
if threading.active_count() != 1:
    raise SystemExit(f"a thread was started by an import: {threading.enumerate()}")
"""


def has_a_source(test: Path) -> bool:
    """`tests/a/b/test_*.py` are about the package `a/b`; a large module may have a folder of tests too."""
    place = ROOT / test.parent.relative_to("tests")
    return place.is_dir() or place.with_suffix(".py").is_file()


def test_every_test_lies_where_its_source_lies() -> None:
    paths = [path for package in PACKAGES for path in sorted((ROOT / "tests" / package).rglob("test_*.py"))]
    assert [str(path) for path in paths if not has_a_source(path.relative_to(ROOT))] == []


def test_a_test_without_a_source_would_be_caught() -> None:
    assert has_a_source(Path("tests/services/test_settings.py"))
    assert has_a_source(Path("tests/services/settings/test_unknown_names.py"))
    assert not has_a_source(Path("tests/services/nothing/test_that_exists.py"))


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_path_that_a_document_names_exists(name: str) -> None:
    document = ROOT / name
    if not document.exists():
        pytest.skip(f"{name} is not written yet")
    assert missing_paths(document.read_text(encoding="utf-8")) == []


def test_a_path_that_does_not_exist_would_be_caught() -> None:
    text = "See [the log](shared_events/log/nowhere.md), `services/settings.py`, `tests/…`, `services/nothing.py`."
    assert missing_paths(text) == ["services/nothing.py", "shared_events/log/nowhere.md"]


def missing_paths(text: str) -> list[str]:
    """Paths in backticks that begin with a folder of ours, and targets of links; without placeholders."""
    roots = "|".join(re.escape(path.name) for path in ROOT.iterdir() if path.is_dir() and path.name[0] != ".")
    quoted = re.findall(rf"`((?:{roots})/[\w./-]*)`", text)
    linked = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
    return sorted({path for path in (*quoted, *linked) if not (ROOT / path).exists()})


def test_every_table_file_is_run_by_a_revision() -> None:
    revisions = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("services/migrations/versions/*.py"))
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.sql"))]
    assert files
    assert [str(path) for path in files if _named_in_revision(path) not in revisions] == []


def _named_in_revision(path: Path) -> str:
    package, *rest = path.relative_to(ROOT).parts
    return f'"{path.name}"' if package == "services" else f'"{package}", "{"/".join(rest)}"'


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt", "bench.txt", "mutation.txt"])
def test_a_lock_has_a_hash_for_everything_and_names_no_host(name: str) -> None:
    text = (ROOT / "locks" / name).read_text(encoding="utf-8")
    assert not re.search(r"://|--(index|extra|find|trusted)", text)
    pins = re.findall(r"^(\S+==\S+)(?: ;[^\\]*)? \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^\S", text, re.MULTILINE))


def test_the_runtime_lock_is_part_of_the_development_lock() -> None:
    runtime, development = (
        set(re.findall(r"^\S+==\S+", (ROOT / "locks" / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("runtime.txt", "dev.txt")
    )
    assert runtime - development == set()


def test_importing_any_module_does_nothing() -> None:
    """No file is written, no process or thread started, nothing connected to and nothing printed."""
    paths = [path.relative_to(ROOT) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    scripts = {Path("services/migrations/env.py")}  # run by Alembic, never imported
    names = [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths if path not in scripts]
    importable = [name for name in names if "versions" not in name]  # revisions begin with digits
    command = [sys.executable, "-W", "error", "-c", IMPORT_ALL, *importable]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
