"""`python -m tests.mutation`: makes small mistakes in the domains, one at a time, and expects a test to fail each time.

Exit status 1 if a mutant lives and nobody has explained why; 2 if an explanation has no mutant any more, 3 if
tests fail without any mistake.
"""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from random import Random

from tests.mutation.explained import EXPLAINED
from tests.mutation.mutants import Mutant, domain_modules, mutants_of, unchanged
from tests.mutation.running import Fate, fate_of, preload


def main() -> int:
    """The exit status."""
    words = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    words.add_argument("--share", type=float, default=1.0, help="the share of the mutants to run")
    words.add_argument("--seed", type=int, default=1, help="which ones")
    words.add_argument("--only", default="", help="the beginning of a path, as routing_svc/domain/answers")
    asked = words.parse_args()
    every = [mutant for path in domain_modules() if path.startswith(asked.only) for mutant in mutants_of(path)]
    count = max(1, round(len(every) * asked.share))
    chosen = every if count >= len(every) else Random(asked.seed).sample(every, count)
    preload()
    paths = sorted({mutant.path for mutant in chosen})
    sick = [path for path in paths if fate_of(unchanged(path)) is not Fate.SURVIVED]
    if sick:
        print(f"The tests of these fail without any mistake: {', '.join(sick)}")
        return 3
    living = _run(chosen)
    print(f"{len(chosen)} of {len(every)} mutants, {len(chosen) - len(living)} killed.")
    unexplained = [mutant for mutant in living if mutant.name not in EXPLAINED]
    for mutant in unexplained:
        print(f"{mutant.path}:{mutant.line} lives:\n  - {mutant.before}\n  + {mutant.after}")
    idle = set(EXPLAINED) - {mutant.name for mutant in every} if not asked.only else set()
    for name in sorted(idle):
        print(f"explained, but there is no such mutant any more: {name}")
    return 1 if unexplained else 2 if idle else 0


def _run(chosen: list[Mutant]) -> list[Mutant]:
    """Those that live."""
    living: list[Mutant] = []
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("fork")) as workers:
        for number, (mutant, fate) in enumerate(zip(chosen, workers.map(fate_of, chosen), strict=True), start=1):
            if fate is Fate.SURVIVED:
                living.append(mutant)
            if number % 20 == 0:
                print(f"{number} of {len(chosen)}, {len(living)} live", file=sys.stderr, flush=True)
    return living


if __name__ == "__main__":
    sys.exit(main())
