"""What happened to a ticket, step by step, in the reader's language."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Request, Response

from ledger_svc.api.bodies import StepOut, TimelineOut
from ledger_svc.api.reading import AnyReader, Page, PageQuery, Sources, TicketReference, next_page, ticket_of
from ledger_svc.api.texts import reveal
from ledger_svc.narration.sentences import sentence, sentence_of_unknown
from ledger_svc.ports import KeptLog
from ledger_svc.views.timeline import TimelinePlace, TimelineStep, timeline
from shared_events.contracts.base import Fact
from shared_events.contracts.personal import personal_paths
from shared_events.contracts.words import Language
from shared_events.http import READ_RESPONSES, GatedRoute
from shared_events.http.languages import language_of

_ENVELOPE: Final = {"customer_id", "step"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page of which ticket's timeline."""

    reference: str
    page: PageQuery
    request: Request


def build_router(sources: Sources, log: KeptLog) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1/tickets", route_class=GatedRoute, tags=["ledger"])

    @router.get("/{ticket_id}/timeline", response_model=TimelineOut, responses=READ_RESPONSES)
    async def read_timeline(
        asked: Annotated[Asked, Depends(_asked)],
        principal: AnyReader,
        accept_language: Annotated[str | None, Header(description="`en` or `zh`; English if absent.")] = None,
    ) -> Response:
        """Every step of a ticket: what, by whom, when it happened and when it was recorded."""
        language = language_of(accept_language)
        out, headers = await _page(sources, log, asked, language)
        body = await reveal(out.model_dump_json(), sources.ring, principal.role)
        headers |= {"Content-Language": language, "Vary": "Accept-Language, Authorization", "Cache-Control": "private"}
        return Response(body, headers=headers, media_type="application/json")

    return router


async def _asked(ticket_id: TicketReference, page: Page, request: Request) -> Asked:
    return Asked(ticket_id, page, request)


async def _page(sources: Sources, log: KeptLog, asked: Asked, language: Language) -> tuple[TimelineOut, dict[str, str]]:
    page = asked.page
    ticket = await ticket_of(sources, asked.reference)
    headers = {"Zixun-Behind": "true"} if ticket.behind else {}
    bound = {"list": "timeline", "ticket": ticket.ticket_id}
    after = None if page.cursor is None else _place(sources.cursors.verify(bound, page.cursor))
    found = await timeline(log, ticket.ticket_id, after, page.limit + 1)
    steps, cursor = found[: page.limit], None
    if len(found) > len(steps):
        last = steps[-1].place
        cursor, headers["Link"] = next_page(
            asked.request, sources.cursors, bound, [last.occurred_at.isoformat(), last.offset]
        )
    items = [_step(step, language) for step in steps]
    return TimelineOut(ticket_id=ticket.ticket_id, items=items, next_cursor=cursor), headers


def _step(step: TimelineStep, language: Language) -> StepOut:
    stored, event = step.stored, step.event
    details, texts = ({}, {}) if event is None else _parts(event)
    return StepOut(
        service=stored.source,
        version=stored.version,
        type=stored.type,
        step=getattr(event, "step", None),
        occurred_at=stored.occurred_at,
        recorded_at=stored.recorded_at,
        by=stored.actor,
        origin=stored.origin,
        sentence=sentence_of_unknown(stored.type, language) if event is None else sentence(event, language),
        details=details,
        texts=texts,
    )


def _parts(event: Fact) -> tuple[dict[str, Any], dict[str, str]]:
    """What the event says, and its personal texts, by dotted names, still sealed."""
    raw = event.model_dump(mode="json", exclude_none=True, exclude=_ENVELOPE)
    texts: dict[str, str] = {}
    for path in personal_paths(type(event)):
        holder: Any = raw
        for name in path[:-1]:
            holder = holder.get(name, {})
        if path[-1] in holder:
            texts[".".join(path)] = holder.pop(path[-1])
    return {name: value for name, value in raw.items() if value not in ({}, [])}, texts


def _place(key: list[Any]) -> TimelinePlace:
    occurred_at, offset = key
    return TimelinePlace(datetime.fromisoformat(occurred_at), offset)
