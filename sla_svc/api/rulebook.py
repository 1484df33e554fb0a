"""Calendars and policies: publish, list, and look before publishing (leads)."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, RootModel

from shared_events.clock import Clock
from shared_events.contracts.sla import RulebookEvent
from shared_events.decider import Refused
from shared_events.http import (
    COMMAND_RESPONSES,
    READ_RESPONSES,
    GatedRoute,
    Role,
    Write,
    reader,
    refuse_fault,
    writer,
)
from shared_events.runtime.commands import Aggregate, Handled
from sla_svc.adapters.rulebooks import Known, Rulebooks, shipped_edition, shipped_policy, shipped_versions
from sla_svc.api.documents import Documents
from sla_svc.api.rulebook_bodies import (
    CalendarIn,
    CalendarOut,
    CalendarsOut,
    PoliciesOut,
    PolicyIn,
    PolicyOut,
    calendar_out,
    calendars_out,
    policies_out,
    policy_out,
)
from sla_svc.domain.policies.document import PolicyDocument
from sla_svc.domain.publishing import SUBJECT, Command, PublishCalendar, Published, PublishPolicy, Refusal

Rulebook = Aggregate[Command, RulebookEvent, Published]
LeadWrite = Annotated[Write, Depends(writer(Role.LEAD, Role.ADMIN))]
WithDocuments = Annotated[bool, Query(description="With the documents themselves, which are long.")]
ANYBODY: Final = (Depends(reader("sla", *Role)),)

_FAULTS: Final[Mapping[StrEnum, str]] = {Refusal.TOO_SOON: "/effective_from", Refusal.UNKNOWN_CALENDAR: "/document"}
T = TypeVar("T")


def build_router(rulebook: Rulebook, rulebooks: Rulebooks, clock: Clock) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1", route_class=GatedRoute, tags=["sla"])
    _route_calendars(router, rulebook, rulebooks)
    _route_policies(router, rulebook, rulebooks, clock)
    return router


def _route_calendars(router: APIRouter, rulebook: Rulebook, rulebooks: Rulebooks) -> None:
    @router.get("/calendars", dependencies=ANYBODY, responses=READ_RESPONSES)
    async def list_calendars(documents: WithDocuments = False) -> CalendarsOut:
        """The calendars: those that are shipped, and all versions that were published."""
        known = await rulebooks.known(fresh=True)
        return calendars_out(known, list(shipped_versions().values()), documents=documents)

    @router.post("/calendars", response_model=CalendarOut, responses=COMMAND_RESPONSES)
    async def publish_calendar(body: CalendarIn, write: LeadWrite) -> Response:
        """Publish a calendar. Policies use it once they are published after it."""
        command = await asyncio.to_thread(_calendar_publication, body, write)
        if body.preview:
            handled = _previewed(rulebook, command, await rulebooks.known(fresh=True))
        else:
            handled = await rulebook.handle(SUBJECT, command, write)
        return write.answer(handled, lambda done: _shown(calendar_out, done.state.calendar(body.name)))


def _route_policies(router: APIRouter, rulebook: Rulebook, rulebooks: Rulebooks, clock: Clock) -> None:
    @router.get("/policies", dependencies=ANYBODY, responses=READ_RESPONSES)
    async def list_policies() -> PoliciesOut:
        """The policies: the one that is shipped, and all versions that were published."""
        return policies_out(await rulebooks.known(fresh=True), (shipped_policy(), shipped_edition()), clock.now())

    @router.post("/policies", response_model=PolicyOut, responses=COMMAND_RESPONSES)
    async def publish_policy(body: PolicyIn, write: LeadWrite) -> Response:
        """Publish a policy for the clocks that start at its moment or later; running ones keep theirs."""
        known = await rulebooks.known(fresh=True)
        # Beside the loop that answers others, and fires what falls due: a long document is seconds' work.
        command = await asyncio.to_thread(_policy_publication, body, write, known)
        if body.preview:
            handled = _previewed(rulebook, command, known)
        else:
            handled = await rulebook.handle(SUBJECT, command, write)
        refuse_fault(handled, _FAULTS)
        return write.answer(handled, lambda done: _shown(policy_out, done.state.published_as(command)))


def calendars_named(document: PolicyDocument) -> list[str]:
    """Each once."""
    rules = [rule for row in document.rows for rule in row.metrics.values() if rule is not None]
    return sorted({rule.calendar for rule in rules})


def _policy_publication(body: PolicyIn, write: Write, known: Known) -> PublishPolicy:
    documents = Documents()
    read = documents.policy(body.document, known.calendars_by_name().keys())
    documents.refuse_mistakes("published")
    document, shipped = _there(read), shipped_policy()
    return PublishPolicy(
        name=document.name,
        document=document.canonical(),
        calendars=calendars_named(document),
        effective_from=body.effective_from,
        shipped=dict(shipped_versions().keys()),
        version_before=(shipped.version or 1) if shipped.name == document.name else 0,
        at=write.clock.now(),
        by=write.by,
    )


def _calendar_publication(body: CalendarIn, write: Write) -> PublishCalendar:
    documents = Documents()
    read = documents.calendar(body.document)
    documents.refuse_mistakes("published")
    document = _there(read)
    return PublishCalendar(
        name=body.name,
        version=document.digest(),
        document=document.canonical(),
        zone_data=document.sources["tzdata"],
        holiday_data=document.sources.get("holidays"),
        at=write.clock.now(),
        by=write.by,
    )


def _previewed(rulebook: Rulebook, command: Command, known: Known) -> Handled[Published]:
    """What would come of the command. The version is that of now, so that the answer's ETag fits the publication."""
    now = Handled(source=rulebook.store.source, subject=SUBJECT, state=known.published, version=known.version)
    try:
        events = rulebook.decider.decide(command, known.published)
    except Refused as refused:
        return replace(now, refused=refused)
    return replace(now, state=rulebook.decider.fold(known.published, events))


def _shown(out: Callable[[T], BaseModel], found: T | None) -> BaseModel:
    """Nothing for who is out of date and names what was never published."""
    return RootModel[None](None) if found is None else out(found)


def _there(found: T | None) -> T:
    assert found is not None, "what is missing was refused before"
    return found
