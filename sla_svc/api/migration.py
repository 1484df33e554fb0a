"""Moving running clocks to another version of the policy: page by page, and first as a preview."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from shared_events.contracts.sla import ClockEvent, OnChange
from shared_events.http import COMMAND_RESPONSES, GatedRoute, Problem, Role, Write, writer
from shared_events.runtime.commands import Aggregate, Handled
from sla_svc.adapters.encoding import clocks_decoded, facts_decoded
from sla_svc.adapters.rulebooks import Rulebooks
from sla_svc.api.rulebook_bodies import After
from sla_svc.domain.facts import moment, seconds
from sla_svc.domain.metrics.metric import Metric
from sla_svc.domain.migrating import MigrateClocks, Moved, Moves, is_running_otherwise, preview
from sla_svc.domain.rulebook import Rulebook
from sla_svc.ports import TicketRow, Tickets

Migrations = Aggregate[MigrateClocks, ClockEvent, Moves]
LeadWrite = Annotated[Write, Depends(writer(Role.LEAD, Role.ADMIN))]
PAGE: Final = 100

PolicyName = Annotated[
    str, Path(description="The policy's name.", min_length=1, max_length=100, examples=["CS-TA06-24"])
]
PolicyVersion = Annotated[
    str, Path(description="Its version, as it was published.", min_length=1, max_length=20, examples=["2"])
]


@dataclass(frozen=True, slots=True)
class Migrating:
    """What the route works with."""

    migrations: Migrations
    rulebooks: Rulebooks
    tickets: Tickets
    metrics: Mapping[str, Metric]


class MigrationIn(BaseModel):
    """Which tickets, and what becomes of the time that has elapsed."""

    model_config = ConfigDict(extra="forbid")

    on_change: OnChange = OnChange.KEEP
    preview: StrictBool = Field(True, description="Only say what would be moved.")
    after: After | None = Field(None, description="The `next_after` of the answer before.")


class MovedOut(BaseModel):
    """A clock that goes by other terms afterwards."""

    ticket_id: str
    clock_id: str
    metric: str
    cycle: int
    row_before: str
    row_after: str
    deadline_before: datetime | None
    deadline_after: datetime | None
    is_breached_by_it: bool = Field(description="It would be over its target at once; nobody is told of that breach.")


class MigrationOut(BaseModel):
    """A page: go on with `next_after` until there is none."""

    tickets: int = Field(description="How many this page has looked at.")
    tickets_in_all: int
    next_after: str | None
    effective_only_from: datetime | None = Field(
        description="Of a version whose effect is still to come: when. What is moved goes by it at once, and what "
        "starts until then by another."
    )
    moved: list[MovedOut]


def build_router(migrating: Migrating) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1", route_class=GatedRoute, tags=["sla"])

    @router.post("/policies/{name}/{version}/migration", responses=COMMAND_RESPONSES)
    async def migrate_clocks(
        name: PolicyName, version: PolicyVersion, body: MigrationIn, write: LeadWrite
    ) -> MigrationOut:
        """Move running clocks to this version of the policy; each ticket gets an event that says so."""
        command = MigrateClocks(
            policy=name, policy_version=version, on_change=body.on_change, at=write.clock.now(), by=write.by
        )
        return await _page(migrating, command, body, write)

    return router


async def _page(migrating: Migrating, command: MigrateClocks, body: MigrationIn, write: Write) -> MigrationOut:
    rulebook = (await migrating.rulebooks.known(fresh=True)).rulebook
    edition = rulebook.edition(command.policy, command.policy_version)
    if edition is None:
        known = ", ".join(f"{each.policy.name} {each.policy.version}" for each in rulebook.editions())
        detail = f"Expected one of {known}; found {command.policy} {command.policy_version}."
        raise Problem(404, "UNKNOWN_POLICY", "There is no such version of a policy.", detail=detail)
    page = await migrating.tickets.page(body.after or "", PAGE)
    moved: list[MovedOut] = []
    for row in page:
        found = await asyncio.to_thread(_moves, migrating, rulebook, row, command)
        if found and not body.preview:
            await _move(migrating.migrations, row.ticket_id, command, write)
        moved += [_out(row.ticket_id, each) for each in found]
    return MigrationOut(
        tickets=len(page),
        tickets_in_all=await migrating.tickets.count(),
        next_after=page[-1].ticket_id if len(page) == PAGE else None,
        effective_only_from=_ahead(edition.policy.effective_from, seconds(command.at)),
        moved=moved,
    )


def _ahead(effective_from: int | None, now: int) -> datetime | None:
    return None if effective_from is None or effective_from <= now else moment(effective_from)


def _moves(migrating: Migrating, rulebook: Rulebook, row: TicketRow, command: MigrateClocks) -> Sequence[Moved]:
    clocks = clocks_decoded(row.clocks, rulebook.terms_of)
    if not any(is_running_otherwise(clock, command.policy, command.policy_version) for clock in clocks):
        return []
    facts = facts_decoded(row.facts)
    return preview(facts, rulebook, migrating.metrics, command, now=seconds(command.at))


async def _move(migrations: Migrations, ticket_id: str, command: MigrateClocks, write: Write) -> None:
    """Without the key of the request, which is that of the whole page: a ticket that was moved is not moved again."""
    handled: Handled[Moves] = await migrations.handle(ticket_id, command, _Unkeyed(write))
    assert handled.refused is None, "the ticket has clocks"


class _Unkeyed:
    """The call of a write for one of its tickets."""

    def __init__(self, write: Write) -> None:
        self.call = replace(write.call, command_key=None)

    async def expected_version(self, _source: str) -> int | None:
        """Any."""
        return None


def _out(ticket_id: str, moved: Moved) -> MovedOut:
    return MovedOut(
        ticket_id=ticket_id,
        clock_id=moved.clock_id,
        metric=moved.metric,
        cycle=moved.cycle,
        row_before=moved.row_before,
        row_after=moved.row_after,
        deadline_before=None if moved.deadline_before is None else moment(moved.deadline_before),
        deadline_after=None if moved.deadline_after is None else moment(moved.deadline_after),
        is_breached_by_it=moved.is_breached_by_it,
    )
