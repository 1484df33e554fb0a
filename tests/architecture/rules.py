"""The rules of the code that a machine can check: each gives, for one module, what is wrong and what to do instead."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final

from tests.architecture.syntax import (
    attributes,
    calls,
    functions,
    imported_modules,
    imported_names,
    is_flat_match,
    nesting,
    own_lines,
)

FILE_LINES_MAX: Final = 300
FUNCTION_LINES_MAX: Final = 40
NESTING_MAX: Final = 3
REASON_LENGTH_MIN: Final = len("as above")

CLOCKS: Final = {
    *("time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns"),
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
}
CLOCK_FILES: Final = {"shared_events/clock.py"}
RANDOM_MODULES: Final = {"random", "secrets"}
RANDOM_CALLS: Final = {"os.urandom", *(f"uuid.uuid{version}" for version in (1, 4, 6, 7))}
RANDOM_FILES: Final = {
    "shared_events/ids.py",  # the bits of ids
    "shared_events/keys.py",  # keys and nonces
    "services/access.py",  # the secrets of tokens
    "services/embedded.py",  # the password of the embedded database
    "services/master_key.py",  # the master key
}
ENVIRONMENT_FILES: Final = {"services/settings.py"}
NOT_IMPORTED: Final = {"services/migrations/env.py"}  # Alembic runs it as a script
VAGUE_NAMES: Final = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
IGNORED_WARNING: Final = re.compile(r"\b(noqa|type:\s*ignore)\b")
EXPLAINED: Final = re.compile(r"(?:noqa: [A-Z]+\d+(?:, ?[A-Z]+\d+)*|type: ignore\[[\w, -]+\])\s+[-#]+ (?P<reason>.+)$")


@dataclass(frozen=True)
class Module:
    """One source file; `path` is relative to the repository, with slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax."""
        return ast.parse(self.text)


Rule = Callable[[Module], Iterator[str]]


def reads_no_clock(module: Module) -> Iterator[str]:
    """D19: a year can be simulated in seconds only if nothing else asks what time it is."""
    if module.path in CLOCK_FILES:
        return
    for line, name in attributes(module.tree):
        if name in CLOCKS:
            yield f"line {line}: {name} reads the clock; take a Clock (shared_events.clock) as a parameter"
    for line, origin, name in imported_names(module.tree):
        if f"{origin}.{name}" in CLOCKS:
            yield f"line {line}: {origin}.{name} reads the clock; take a Clock (shared_events.clock) as a parameter"


def uses_no_randomness(module: Module) -> Iterator[str]:
    """What happens follows from what came in; ids, keys and secrets have their own places."""
    if module.path in RANDOM_FILES:
        return
    imported = imported_modules(module.tree)  # a parameter may be called `random` too
    for line, name, call in calls(module.tree):
        seeded = name == "random.Random" and bool(call.args)
        if name in RANDOM_CALLS or (name.split(".")[0] in RANDOM_MODULES & imported and not seeded):
            yield f"line {line}: {name} is random; take an IdSource (shared_events.ids), or random.Random(seed)"
    for line, origin, name in imported_names(module.tree):
        seedable = (origin, name) == ("random", "Random")
        if f"{origin}.{name}" in RANDOM_CALLS or (origin in RANDOM_MODULES and not seedable):
            source = f"{origin}.{name}"
            yield f"line {line}: {source} is random; take an IdSource (shared_events.ids), or random.Random(seed)"


def is_named_for_what_it_is(module: Module) -> Iterator[str]:
    """A module that is called utils grows for ever."""
    for part in PurePosixPath(module.path).with_suffix("").parts:
        if part.removeprefix("test_") in VAGUE_NAMES:
            yield f"{part!r} says nothing; name it for the concept that it holds, or put its parts with their users"


def is_short(module: Module) -> Iterator[str]:
    """A file up to 300 lines, a function up to 40; a flat match over all cases may be as long as it has cases."""
    lines = len(module.text.splitlines())
    if lines > FILE_LINES_MAX:
        yield f"has {lines} lines, at most {FILE_LINES_MAX} are allowed; split it at a concept"
    for function in functions(module.tree):
        length = own_lines(function)
        if length > FUNCTION_LINES_MAX and not is_flat_match(function):
            bound = f"has {length} lines, at most {FUNCTION_LINES_MAX} are allowed"
            yield f"line {function.lineno}: {function.name} {bound}; give a step of it a name"


def is_flat(module: Module) -> Iterator[str]:
    """At most three blocks inside one another."""
    for function in functions(module.tree):
        depth = nesting(function.body)
        if depth > NESTING_MAX:
            bound = f"nests {depth} blocks, at most {NESTING_MAX} are allowed"
            yield f"line {function.lineno}: {function.name} {bound}; return early, or give the inner block a name"


def says_what_it_is_for(module: Module) -> Iterator[str]:
    """Every module has a sentence on what it is for."""
    if not ast.get_docstring(module.tree):
        yield "has no docstring; say in one sentence what the module is for"


def leaves_the_environment_alone(module: Module) -> Iterator[str]:
    """What can be set from outside is in one place."""
    if module.path in ENVIRONMENT_FILES:
        return
    read = [line for line, name in attributes(module.tree) if name in {"os.environ", "os.environb", "os.getenv"}]
    imported = imported_names(module.tree)
    read += [line for line, origin, name in imported if origin == "os" and name in {"environ", "environb", "getenv"}]
    for line in read:
        yield f"line {line}: reads the environment; make it a field of Settings (services/settings.py)"


def explains_what_it_ignores(module: Module) -> Iterator[str]:
    """An ignored warning has its code and a reason, so that a reader can judge it."""
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type != tokenize.COMMENT or IGNORED_WARNING.search(token.string) is None:
            continue
        found = EXPLAINED.search(token.string)
        if found is None or len(found["reason"]) < REASON_LENGTH_MIN:
            yield f"line {token.start[0]}: ignores a warning without code and reason; write `noqa: CODE - reason`"


def does_nothing_when_imported(module: Module) -> Iterator[str]:
    """At the top are declarations; what happens, happens in a function that somebody calls."""
    if module.path in NOT_IMPORTED:
        return
    for statement in module.tree.body:
        match statement:
            case ast.Import() | ast.ImportFrom() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                pass
            case ast.Assign() | ast.AnnAssign() | ast.Expr(value=ast.Constant()):
                pass
            case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
                pass
            case _:
                yield f"line {statement.lineno}: does something when imported; put it into a function"
