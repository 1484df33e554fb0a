"""The source keeps the rules of the code, and every rule catches what it is there for."""

from pathlib import Path

import pytest

from tests.architecture import rules
from tests.architecture.rules import Module, Rule

ROOT = Path(__file__).parents[2]
PACKAGES = ("shared_events", "intake_svc", "routing_svc", "sla_svc", "feedback_svc", "ledger_svc", "services")

EVERYWHERE: tuple[Rule, ...] = (
    rules.is_named_for_what_it_is,
    rules.is_short,
    rules.is_flat,
    rules.says_what_it_is_for,
    rules.explains_what_it_ignores,
)
IN_THE_PROGRAM: tuple[Rule, ...] = (
    rules.reads_no_clock,
    rules.uses_no_randomness,
    rules.leaves_the_environment_alone,
    rules.does_nothing_when_imported,
)

LONG_FUNCTION = "def f() -> None:\n" + "    x = 1\n" * 40
NESTED = "def f() -> None:\n    if a:\n        for b in c:\n            while d:\n                if e: g()\n"
ELIFS = "def f() -> None:\n    if a:\n        g()\n" + "    elif b:\n        g()\n" * 5

CASES = "def decide(c):\n    match c:\n" + "        case A():\n            return f(c)\n" * 20
FLAT_MATCH = CASES + "        case _:\n            assert_never(c)\n"
OPEN_MATCH = CASES + "        case _:\n            return []\n"
DEEP_MATCH = FLAT_MATCH.replace("return f(c)", "if d: return f(c)", 1)

CAUGHT: list[tuple[Rule, str, str]] = [
    (rules.reads_no_clock, "import time\nx = time.time()", "take a Clock"),
    (rules.reads_no_clock, "from time import monotonic", "take a Clock"),
    (rules.reads_no_clock, "from datetime import datetime\ny = datetime.now(UTC)", "take a Clock"),
    (rules.reads_no_clock, "def f(now=datetime.datetime.now): ...", "take a Clock"),
    (rules.uses_no_randomness, "import random\nx = random.random()", "random.Random(seed)"),
    (rules.uses_no_randomness, "import random\nx = random.Random()", "random.Random(seed)"),
    (rules.uses_no_randomness, "from secrets import token_hex", "IdSource"),
    (rules.uses_no_randomness, "import uuid\nx = uuid.uuid4()", "IdSource"),
    (rules.uses_no_randomness, "from uuid import uuid4", "IdSource"),
    (rules.is_short, "x = 1\n" * 301, "split it at a concept"),
    (rules.is_short, LONG_FUNCTION, "give a step of it a name"),
    (rules.is_short, OPEN_MATCH, "give a step of it a name"),
    (rules.is_short, DEEP_MATCH, "give a step of it a name"),
    (rules.is_flat, NESTED, "return early"),
    (rules.says_what_it_is_for, "x = 1", "say in one sentence"),
    (rules.leaves_the_environment_alone, "import os\nx = os.environ['A']", "field of Settings"),
    (rules.leaves_the_environment_alone, "import os\nx = os.getenv('A')", "field of Settings"),
    (rules.leaves_the_environment_alone, "from os import environ", "field of Settings"),
    (rules.explains_what_it_ignores, "x = 1  # noqa", "without code and reason"),
    (rules.explains_what_it_ignores, "x = 1  # noqa: S101", "without code and reason"),
    (rules.explains_what_it_ignores, "x = 1  # type: ignore", "without code and reason"),
    (rules.explains_what_it_ignores, "x = 1  # type: ignore[arg-type]", "without code and reason"),
    (rules.does_nothing_when_imported, "print('hello')", "put it into a function"),
    (rules.does_nothing_when_imported, "for x in y:\n    z(x)", "put it into a function"),
    (
        rules.does_nothing_when_imported,
        "try:\n    import a\nexcept ImportError:\n    a = None",
        "put it into a function",
    ),
]
LET_THROUGH: list[tuple[Rule, str]] = [
    (rules.reads_no_clock, "def f(clock):\n    return clock.now()"),
    (rules.uses_no_randomness, "import random\nx = random.Random(7)"),
    (rules.uses_no_randomness, "from random import Random\ndef f(random: Random): return random.choice(A)"),
    (rules.is_flat, ELIFS),
    (rules.is_flat, NESTED.replace("if e", "with e")),
    (rules.is_short, FLAT_MATCH),
    (rules.is_short, "def build():\n" + "\n".join(f"    def route{n}():\n        x = 1" for n in range(30))),
    (rules.explains_what_it_ignores, "x = 1  # noqa: S101 - a bug is loud here"),
    (rules.explains_what_it_ignores, "x = 1  # type: ignore[arg-type] # the stubs are wrong"),
    (rules.explains_what_it_ignores, "x = 'noqa'"),
    (rules.does_nothing_when_imported, "if TYPE_CHECKING:\n    import a"),
]


def modules(*folders: str) -> list[Module]:
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [Module(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths]


def found(rule: Rule, checked: list[Module]) -> list[str]:
    return [f"{module.path}: {problem}" for module in checked for problem in rule(module)]


@pytest.mark.parametrize("rule", EVERYWHERE, ids=lambda rule: rule.__name__)
def test_every_module_and_test(rule: Rule) -> None:
    assert "\n".join(found(rule, modules(*PACKAGES, "tests"))) == ""


@pytest.mark.parametrize("rule", IN_THE_PROGRAM, ids=lambda rule: rule.__name__)
def test_every_module_of_the_program(rule: Rule) -> None:
    assert "\n".join(found(rule, modules(*PACKAGES))) == ""


@pytest.mark.parametrize(("rule", "text", "advice"), CAUGHT)
def test_a_violation_is_caught_with_advice(rule: Rule, text: str, advice: str) -> None:
    (problem, *_) = rule(Module("services/example.py", text))
    assert advice in problem


@pytest.mark.parametrize(("rule", "text"), LET_THROUGH)
def test_what_is_allowed_is_let_through(rule: Rule, text: str) -> None:
    assert list(rule(Module("services/example.py", text))) == []


@pytest.mark.parametrize("path", ["services/utils.py", "routing_svc/common/rules.py", "tests/test_helpers.py"])
def test_a_vague_name_is_caught(path: str) -> None:
    assert len(list(rules.is_named_for_what_it_is(Module(path, "")))) == 1


def test_every_exception_that_a_rule_grants_is_for_a_file_that_exists() -> None:
    granted = rules.CLOCK_FILES | rules.RANDOM_FILES | rules.ENVIRONMENT_FILES | rules.NOT_IMPORTED
    assert sorted(path for path in granted if not (ROOT / path).exists()) == []
