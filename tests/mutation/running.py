"""Runs the tests of a module against a mutant of it: in a process that has loaded everything else already."""

import importlib
import multiprocessing
import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Final

from tests.mutation.mutants import ROOT, Mutant

SECONDS_MAX: Final = 120.0
"""A mutant that runs for longer has got into a loop."""
OURS: Final = ("intake_svc", "routing_svc", "sla_svc", "feedback_svc", "ledger_svc", "services", "tests")
SLOW: Final = ("test_any_sequence.py", "test_ticket.py", "test_flow.py", "test_imported.py")
"""Come last, for most mutants die of a simple example."""

_CONTEXT: Final = multiprocessing.get_context("fork")


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    LOOPED = "looped"


class _Finder(MetaPathFinder, Loader):
    """Gives the mutant in the place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002 - the protocol's
        origin = str(ROOT / self._mutant.path)
        return spec_from_loader(fullname, self, origin=origin) if fullname == self._mutant.module else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._mutant.source, str(ROOT / self._mutant.path), "exec"), module.__dict__)  # the purpose


def preload() -> None:
    """Load what takes long, and forget everything of ours that has loaded a domain."""
    for name in ("hypothesis", "fastapi", "services.migrations", "services.wiring", "shared_events.testing"):
        importlib.import_module(name)
    for name in [name for name in sys.modules if name.split(".")[0] in OURS and not name.startswith("tests.mutation")]:
        del sys.modules[name]


def fate_of(mutant: Mutant) -> Fate:
    """Run its tests in a process of its own."""
    process = _CONTEXT.Process(target=_run_tests, args=(mutant,))
    process.start()
    process.join(SECONDS_MAX)
    if process.is_alive():
        process.kill()
        process.join()
        return Fate.LOOPED
    return Fate.SURVIVED if process.exitcode == 0 else Fate.KILLED


def tests_of(path: str) -> Sequence[str]:
    """The tests beside a module of a domain, the quick ones first."""
    found = sorted((ROOT / "tests" / Path(path).parent).glob("test_*.py"))
    return [str(test) for test in sorted(found, key=lambda test: (test.name in SLOW, test.name))]


def _run_tests(mutant: Mutant) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    sys.meta_path.insert(0, _Finder(mutant))
    import pytest  # only here, so that its plugins are loaded as ever

    loaded = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
    without = [word for plugin in ("schemathesis", "xdist", "faulthandler") for word in ("-p", f"no:{plugin}")]
    os._exit(pytest.main(["-x", "-q", "--no-header", "-W", loaded, *without, *tests_of(mutant.path)]))
