"""Appends the decided cases, one append per case and service, so that a second run finds what the first has done."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final

from intake_svc.adapters.serials import Serials
from intake_svc.domain.consultation import DECIDER as CONSULTATION
from routing_svc.domain.ticket import DECIDER as TICKET
from services.importing.deciding import RefusedRow, decide_intake, decide_routing
from services.importing.incident_file import Case
from services.importing.incident_mapping import ticket_id_of
from services.wiring import Zixun
from shared_events.contracts.base import Fact, Origin
from shared_events.runtime.commands import Aggregate, Call
from shared_events.store.appends import Appended, CommandKey, Conflict, Outcome, Stream

SCOPE: Final = "import:incidents"
GROUP: Final = 256
"""Cases that are decided and appended together: enough for full batches, few enough for a lively progress bar."""


@dataclass(frozen=True, slots=True)
class SkippedCase:
    """A case that was left as it is here, and why."""

    case_id: str
    line: int
    reason: str


@dataclass(slots=True)
class ImportResult:
    """What an import came to. `events` counts what this run appended, by type."""

    cases: int = 0
    rows: int = 0
    imported: int = 0
    completed: int = 0
    """Cases of which an interrupted import had brought in a part."""
    repeated: int = 0
    """Cases that were all here already."""
    events: Counter[str] = field(default_factory=Counter)
    refused: list[RefusedRow] = field(default_factory=list)
    changed: list[SkippedCase] = field(default_factory=list)


class Importer:
    """Imports cases into the stores of intake and routing; relaying and reading them is others' work."""

    def __init__(self, zixun: Zixun, *, group: int = GROUP) -> None:
        self._group = group
        self._pool = zixun.pool
        self._serials = Serials(zixun.pool)
        self._intake = Aggregate(CONSULTATION, zixun.stores["intake"], zixun.ring, zixun.ids)
        self._routing = Aggregate(TICKET, zixun.stores["routing"], zixun.ring, zixun.ids)
        self._aggregates: Sequence[Aggregate[Any, Any, Any]] = (self._intake, self._routing)

    async def run(self, cases: Sequence[Case], report: Callable[[int, int], None]) -> ImportResult:
        """Import the cases in their order; `report` is told after each group how many of how many are done."""
        result = ImportResult()
        for group in _groups(cases, self._group):
            await self._import_group(group, result)
            report(result.cases, len(cases))
        result.refused.sort(key=attrgetter("line"))
        return result

    async def _import_group(self, group: Sequence[Case], result: ImportResult) -> None:
        in_intake, in_routing = [await self._known(aggregate, group) for aggregate in self._aggregates]
        wanted = []
        for case in group:
            digests = {seen[case.case_id] for seen in (in_intake, in_routing) if case.case_id in seen}
            if digests <= {case.digest}:
                wanted.append(case)
            else:
                result.changed.append(_skipped(case, "its rows differ from those that were imported before"))
        result.cases += len(group)
        result.rows += sum(len(case.rows) for case in group)
        # Only a new case takes a number, and all of a group before it starts, so that it is appended as one.
        serials = {case.case_id: await self._serials.next() for case in wanted if case.case_id not in in_intake}
        await asyncio.gather(
            *(
                self._import_case(case, serials.get(case.case_id), walked=case.case_id in in_routing, result=result)
                for case in wanted
            )
        )

    async def _import_case(self, case: Case, serial: int | None, *, walked: bool, result: ImportResult) -> None:
        """Intake first, where `serial` is for a new consultation: routing's events alone would be a ticket without."""
        walk = decide_routing(case)
        result.refused += walk.refused
        outcomes: list[Outcome] = []
        if serial is not None:
            outcomes.append(await self._append(self._intake, case, decide_intake(case, serial), result.events))
        if not walked:
            outcomes.append(await self._append(self._routing, case, walk.events, result.events))
        self._count(case, outcomes, result)

    def _count(self, case: Case, outcomes: Sequence[Outcome], result: ImportResult) -> None:
        conflict = next((outcome for outcome in outcomes if isinstance(outcome, Conflict)), None)
        appended = [outcome for outcome in outcomes if isinstance(outcome, Appended)]
        if conflict is not None:
            reason = f"its ticket has {conflict.version} events here that were not imported"
            result.changed.append(_skipped(case, reason))
        elif not appended:
            result.repeated += 1
        elif len(appended) == len(self._aggregates):
            result.imported += 1
        else:
            result.completed += 1

    async def _append(
        self, aggregate: Aggregate[Any, Any, Any], case: Case, events: Sequence[Fact], counts: Counter[str]
    ) -> Outcome:
        call = Call(
            correlation_id=ticket_id_of(case),
            command_key=CommandKey(SCOPE, case.case_id, case.digest),
            origin=Origin.IMPORT,
        )
        outcome = await aggregate.store.append(await aggregate.append_of(Stream(ticket_id_of(case)), events, call))
        if isinstance(outcome, Appended):
            counts.update(type(event).__name__ for event in events)
        return outcome

    async def _known(self, aggregate: Aggregate[Any, Any, Any], group: Sequence[Case]) -> dict[str, bytes]:
        """The digests of the cases that were imported before, by case id."""
        rows = await self._pool.fetch(
            f"select key, fingerprint from {aggregate.store.source}.command where scope = $1 and key = any($2)",
            SCOPE,
            [case.case_id for case in group],
        )
        return {row["key"]: row["fingerprint"] for row in rows}


def _groups(cases: Sequence[Case], size: int) -> Iterator[Sequence[Case]]:
    return (cases[start : start + size] for start in range(0, len(cases), size))


def _skipped(case: Case, reason: str) -> SkippedCase:
    return SkippedCase(case.case_id, case.rows[0].line, reason)
