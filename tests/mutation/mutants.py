"""The mutants of a module: each is its source with one small thing changed, by cosmic-ray's operators."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT: Final = Path(__file__).parents[2]

CHOSEN: Final = re.compile(
    r"core/(AddNot|ReplaceTrueWithFalse|ReplaceFalseWithTrue|ReplaceAndWithOr|ReplaceOrWithAnd|NumberReplacer"
    r"|ZeroIterationForLoop|ReplaceBreakWithContinue|ReplaceContinueWithBreak|ReplaceUnaryOperator_(Delete_Not|USub_UAdd)"
    r"|ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Add|Div_Mul|FloorDiv_Mul|Mod_Add)"
    r"|ReplaceComparisonOperator_(Eq_NotEq|NotEq_Eq|Is_IsNot|IsNot_Is|Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt|Lt_GtE|GtE_Lt|Gt_LtE"
    r"|LtE_Gt))"
)
"""Those that make a mistake that somebody could make. Types would notice most of the others."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one module."""

    path: str
    source: str
    line: int
    before: str
    after: str

    @property
    def name(self) -> str:
        """The same for as long as the line is."""
        return f"{self.path}: {self.before} -> {self.after}"

    @property
    def module(self) -> str:
        """As it is imported."""
        return self.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def domain_modules() -> list[str]:
    """Of all services, relative to the repository."""
    return sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("*_svc/domain/*.py"))


def unchanged(path: str) -> Mutant:
    """The module as it is, which every test has to let live."""
    return Mutant(path, (ROOT / path).read_text(encoding="utf-8"), 1, "", "")


def mutants_of(path: str) -> Iterator[Mutant]:
    """All of them, in the order of operators and places."""
    source = (ROOT / path).read_text(encoding="utf-8")
    for name in operator_names():
        if CHOSEN.fullmatch(name) is None:
            continue
        operator = get_operator(name)()
        occurrence = 0
        while (mutated := mutate_code(source, operator, occurrence)) is not None:
            mutant = _mutant(path, source, mutated)
            occurrence += 1
            if not mutant.before.startswith("@dataclass"):  # how a class is made decides nothing
                yield mutant


def _mutant(path: str, source: str, mutated: str) -> Mutant:
    matcher = difflib.SequenceMatcher(None, source.splitlines(), mutated.splitlines(), autojunk=False)
    tag, first, last, start, end = next(code for code in matcher.get_opcodes() if code[0] != "equal")
    before = " ".join(line.strip() for line in source.splitlines()[first:last])
    after = " ".join(line.strip() for line in mutated.splitlines()[start:end])
    assert tag != "equal"
    return Mutant(path, mutated, first + 1, before, after)
