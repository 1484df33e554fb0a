"""The import contracts of pyproject.toml hold, and each of them catches what it is there for."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
PACKAGES = CONFIGURATION["root_packages"]

VIOLATIONS = [
    ("packages", "routing_svc/domain/ticket.py", "import intake_svc.domain.consultation"),
    ("packages", "shared_events/decider.py", "import services.settings"),
    ("packages", "feedback_svc/service.py", "import services.settings"),
    ("inside-a-service", "routing_svc/domain/ticket.py", "import routing_svc.api"),
    ("inside-a-service", "ledger_svc/ports.py", "import ledger_svc.api"),
    ("inside-a-service", "intake_svc/stray.py", '"""A module beside the layers."""'),
    ("inside-shared-events", "shared_events/contracts/base.py", "import shared_events.runtime"),
    ("inside-shared-events", "shared_events/stray.py", '"""A module beside the layers."""'),
    ("pure", "routing_svc/domain/ticket.py", "import asyncio"),
    ("pure", "intake_svc/domain/state.py", "import asyncpg"),
    ("pure", "shared_events/decider.py", "import uuid"),
    ("pure", "feedback_svc/domain/policy.py", "import shared_events.keys"),  # which brings asyncpg along
]


def lint(folder: Path, *contracts: str) -> "subprocess.CompletedProcess[str]":
    only = [word for contract in contracts for word in ("--contract", contract)]
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", program, "--config", str(ROOT / "pyproject.toml"), "--no-cache", *only]
    environment = {"PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, check=False)


def test_the_contracts_hold() -> None:
    checked = lint(ROOT)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(("contract", "path", "line"), VIOLATIONS)
def test_a_violation_is_caught(tmp_path: Path, contract: str, path: str, line: str) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / path).open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")
    checked = lint(tmp_path, contract)
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert "1 broken" in checked.stdout, checked.stdout


def test_every_domain_is_held_to_be_pure() -> None:
    (pure,) = (contract for contract in CONFIGURATION["contracts"] if contract["id"] == "pure")
    domains = {f"{package}.domain" for package in PACKAGES if (ROOT / package / "domain").exists()}
    assert domains - set(pure["source_modules"]) == set()


def test_every_package_is_in_the_contracts() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages == set(PACKAGES)
