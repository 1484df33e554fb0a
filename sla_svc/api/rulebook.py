"""Calendars and policies: publish, list, and look before publishing (leads)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ValidationError

from shared_events.contracts.sla import RulebookEvent
from shared_events.decider import Refused
from shared_events.http import (
    COMMAND_RESPONSES,
    READ_RESPONSES,
    GatedRoute,
    Problem,
    Role,
    Write,
    reader,
    refuse_fault,
    writer,
)
from shared_events.runtime.commands import Aggregate
from sla_svc.adapters.calendars import resolved
from sla_svc.adapters.documents import DocumentRefused, read_document
from sla_svc.adapters.rulebooks import Known, Rulebooks, shipped_edition, shipped_policy, shipped_versions
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
from sla_svc.domain.calendars.document import CalendarDocument
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.policies.document import PolicyDocument
from sla_svc.domain.policies.vocabulary import Vocabulary
from sla_svc.domain.publishing import SUBJECT, Command, PublishCalendar, Published, PublishPolicy, Refusal
from sla_svc.domain.story import REASONS

Rulebook = Aggregate[Command, RulebookEvent, Published]
LeadWrite = Annotated[Write, Depends(writer(Role.LEAD, Role.ADMIN))]
WithDocuments = Annotated[bool, Query(description="With the documents themselves, which are long.")]
ANYBODY: Final = (Depends(reader("sla", *Role)),)

_FAULTS: Final[Mapping[StrEnum, str]] = {Refusal.TOO_SOON: "/effective_from", Refusal.UNKNOWN_CALENDAR: "/document"}
E = TypeVar("E")
DocumentT = TypeVar("DocumentT", CalendarDocument, PolicyDocument)


def build_router(rulebook: Rulebook, rulebooks: Rulebooks) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1", route_class=GatedRoute, tags=["sla"])
    _route_calendars(router, rulebook, rulebooks)
    _route_policies(router, rulebook, rulebooks)
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
        command = _calendar_publication(body, write)
        if body.preview:
            known = await rulebooks.known(fresh=True)
            return _answered(calendar_out(_there(_after(rulebook, command, known).calendar(body.name))))
        handled = await rulebook.handle(SUBJECT, command, write)
        return write.answer(handled, lambda done: calendar_out(_there(done.state.calendar(body.name))))


def _route_policies(router: APIRouter, rulebook: Rulebook, rulebooks: Rulebooks) -> None:
    @router.get("/policies", dependencies=ANYBODY, responses=READ_RESPONSES)
    async def list_policies() -> PoliciesOut:
        """The policies: the one that is shipped, and all versions that were published."""
        return policies_out(await rulebooks.known(fresh=True), (shipped_policy(), shipped_edition()))

    @router.post("/policies", response_model=PolicyOut, responses=COMMAND_RESPONSES)
    async def publish_policy(body: PolicyIn, write: LeadWrite) -> Response:
        """Publish a policy for the clocks that start at its moment or later; running ones keep theirs."""
        known = await rulebooks.known(fresh=True)
        document = policy_of_text(body.document, known)
        command = _policy_publication(document, body, write)
        if body.preview:
            return _answered(policy_out(_there(_after(rulebook, command, known).policy(document.name))))
        handled = await rulebook.handle(SUBJECT, command, write)
        refuse_fault(handled, _FAULTS)
        return write.answer(handled, lambda done: policy_out(_there(done.state.policy(document.name))))


def policy_of_text(text: str, known: Known) -> PolicyDocument:
    """A policy that may name what is known. Raises `Problem` with line and column of every mistake."""
    published = {each.name for each in known.published.calendars}
    names = sorted(published | {name for name, _ in shipped_versions()})
    return _document(text, PolicyDocument, Vocabulary(metrics=METRICS, pauses=REASONS, calendars=names))


def calendars_named(document: PolicyDocument) -> list[str]:
    """Each once."""
    rules = [rule for row in document.rows for rule in row.metrics.values() if rule is not None]
    return sorted({rule.calendar for rule in rules})


def _policy_publication(document: PolicyDocument, body: PolicyIn, write: Write) -> PublishPolicy:
    shipped = shipped_policy()
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
    document = _resolved(_document(body.document, CalendarDocument, None))
    return PublishCalendar(
        name=body.name,
        version=document.digest(),
        document=document.canonical(),
        zone_data=document.sources["tzdata"],
        holiday_data=document.sources.get("holidays"),
        at=write.clock.now(),
        by=write.by,
    )


def _after(rulebook: Rulebook, command: Command, known: Known) -> Published:
    """What there would be. Raises `Problem` where it would be refused."""
    try:
        events = rulebook.decider.decide(command, known.published)
    except Refused as refused:
        error = {"pointer": _FAULTS[refused.reason], "expected": refused.now}
        raise Problem(422, refused.reason.name, refused.reason.value, errors=[error]) from refused
    return rulebook.decider.fold(known.published, events)


def _there(event: E | None) -> E:
    assert event is not None, "it was published, or is now"
    return event


def _answered(body: BaseModel) -> Response:
    return Response(body.model_dump_json(), media_type="application/json")


def _resolved(document: CalendarDocument) -> CalendarDocument:
    try:
        return resolved(document)
    except ValidationError as error:
        raise _refused([{"pointer": "/document", "expected": each["msg"]} for each in error.errors()]) from error


def _document(text: str, model: type[DocumentT], context: object) -> DocumentT:
    try:
        return read_document(text, "document", model, context)
    except DocumentRefused as refused:
        raise _refused(
            [
                {
                    "pointer": "/document",
                    "line": mistake.line,
                    "column": mistake.column,
                    "expected": f"{mistake.what}: {mistake.message}" if mistake.what else mistake.message,
                }
                for mistake in refused.mistakes
            ]
        ) from refused


def _refused(errors: list[dict[str, Any]]) -> Problem:
    return Problem(422, "INVALID_DOCUMENT", "The document has mistakes; nothing was published.", errors=errors)
