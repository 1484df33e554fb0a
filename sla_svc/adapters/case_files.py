"""Reads a file of cases with all that it refers to: shipped calendars and policies, and policies in files beside it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from sla_svc.adapters.calendars import compiled, resolved
from sla_svc.adapters.documents import read_document, read_text
from sla_svc.adapters.rulebooks import shipped_by_name, shipped_policy
from sla_svc.domain.calendars.calendar import Calendar
from sla_svc.domain.cases.document import CaseDocument, CaseFile, Surroundings
from sla_svc.domain.cases.judging import judged
from sla_svc.domain.cases.timing import timed
from sla_svc.domain.cases.verdicts import Verdict
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.policies.compilation import policy_of
from sla_svc.domain.policies.document import PolicyDocument
from sla_svc.domain.policies.refusing import unexpected
from sla_svc.domain.policies.vocabulary import Vocabulary
from sla_svc.domain.rulebook import Edition
from sla_svc.domain.story import REASONS

UNPUBLISHED: Final = "draft"
"""The version of a policy that is read from a file."""


@dataclass(frozen=True, slots=True)
class CaseTable:
    """Cases, and everything that they refer to."""

    cases: tuple[CaseDocument, ...]
    calendars: Mapping[str, Calendar]
    policies: Mapping[str, PolicyDocument]

    def verdicts(self) -> Iterator[Verdict]:
        """One for each case, in the order of the file."""
        return (self._verdict(case) for case in self.cases)

    def _verdict(self, case: CaseDocument) -> Verdict:
        if case.policy is not None:
            policy = policy_of(self.policies[case.policy], version=UNPUBLISHED)
            return judged(case, Edition(policy, self.calendars))
        assert case.calendar is not None, "a case is one of a policy or of a calendar"
        return timed(case, self.calendars[case.calendar])


def read_cases(path: Path) -> CaseTable:
    """All cases of a file. Raises DocumentRefused for it, or for a policy that it names."""
    policies: dict[str, PolicyDocument] = {}
    shipped = shipped_by_name()
    surroundings = Surroundings(
        shipped_calendars=tuple(shipped),
        resolve=resolved,
        policy=partial(_policy, path.parent, policies),
    )
    file = read_document(read_text(path), str(path), CaseFile, surroundings)
    own = {name: compiled(name, document) for name, document in file.calendars.items()}
    return CaseTable(file.cases, {**shipped, **own}, policies)


def _policy(folder: Path, known: dict[str, PolicyDocument], name: str, calendars: Collection[str]) -> PolicyDocument:
    """The shipped one of this name, or the one in the file of this name, which may name these calendars."""
    if name in known:
        return known[name]
    shipped, path = shipped_policy(), folder / name
    if name == shipped.name:
        known[name] = shipped
    elif path.suffix in {".yaml", ".yml"} and path.is_file():
        words = Vocabulary(METRICS, REASONS, tuple(calendars))
        known[name] = read_document(read_text(path), str(path), PolicyDocument, words)
    else:
        raise unexpected(f"{shipped.name}, or the path of a YAML file beside this one", name)
    return known[name]
