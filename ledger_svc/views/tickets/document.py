"""The part of a ticket that is only read as a whole: one JSON document. Personal texts in it are still sealed.

Each list belongs to one service's events alone, so that it comes out the same however services interleave in the log.
"""

from datetime import datetime
from typing import NotRequired

from typing_extensions import TypedDict

from shared_events.contracts.base import Fact
from shared_events.contracts.intake import Contact as GivenContact


class Happening(TypedDict):
    """When something happened and who did it."""

    at: str
    by: str


class Contact(TypedDict):
    """How to reach the customer."""

    name: str | None
    phone: str | None
    email: str | None
    address: str | None


class Correction(TypedDict):
    """A fact of the record that was wrong; `sealed` says that before and after are personal texts."""

    field: str
    before: str | None
    after: str | None
    sealed: bool
    reason: str
    corrected: Happening


class Message(TypedDict):
    """Something more that the customer said."""

    channel: str
    text: str
    received: Happening


class Notice(TypedDict):
    """Something that the customer was told and that is no answer."""

    text: str
    sent: Happening


class Search(TypedDict):
    """What was looked for (CSE-20), and which documents were found."""

    query: str
    found: list[str]
    searched: Happening


class Analysis(TypedDict):
    """What a tier made of the problem (CSE-10, PSE-10, RDE-10)."""

    tier: str
    text: str
    recorded: Happening


class Answer(TypedDict):
    """One answer and what became of it."""

    answer: int
    tier: str
    text: str | None
    exception: str | None
    proposed: Happening | None
    submitted: Happening | None
    accepted: Happening | None
    rejected: Happening | None
    rejection_reason: str | None


class TechnicalCase(TypedDict):
    """A case for research and development, and the answer that it led to."""

    case: int
    description: str | None
    opened: Happening | None
    answered: Happening | None
    answer: int | None


class Pause(TypedDict):
    """Whom the ticket waits for at present."""

    reason: str
    note: str | None
    paused: Happening


class Ending(TypedDict):
    """How the ticket was resolved, closed or withdrawn; `cause` is the event's own word."""

    cause: str
    note: str | None
    ended: Happening


class Reopening(TypedDict):
    """Why work began again."""

    cause: str
    note: str | None
    callback_id: str | None
    reopened: Happening


class Attempt(TypedDict):
    """One try to reach the customer."""

    attempt: int
    result: str
    try_again_at: str | None
    note: str | None
    tried: Happening


class Callback(TypedDict):
    """A callback visit (CCE-10)."""

    callback_id: str
    answer: int | None
    due_at: str | None
    attempts: list[Attempt]
    satisfied: bool | None
    comment: str | None
    completed: Happening | None
    dissatisfaction_raised: Happening | None


class Warned(TypedDict):
    """A warning that was given, by its name in the policy."""

    warning: str
    at: str


class Clock(TypedDict):
    """A clock of SLA. `deadline` is that of now or of its end: none while it stands still.

    `remaining_seconds` are left while it stands still, or were left when it was met; less than nothing if it was late.
    `breached_at` is the last of `breaches`: there are several if it had another deadline after the first had passed.
    """

    clock_id: str
    metric: str
    cycle: int
    state: str
    policy: str | None
    policy_version: str | None
    calendar: str | None
    row: str | None
    target_seconds: int | None
    started_at: str | None
    deadline: str | None
    waiting_for: list[str]
    remaining_seconds: int | None
    warnings: list[Warned]
    breaches: list[str]
    breached: bool
    breached_at: str | None
    ended_at: str | None
    cancelled_because: str | None
    in_time: bool | None


class Document(TypedDict):
    """Everything about a ticket that no list filters by."""

    versions: dict[str, int]
    reference: str | None
    language: str | None
    product: str | None
    contact: Contact
    content: str | None
    special_needs: str | None
    requirement: str | None
    earlier_consultations: list[str]
    appointment_at: str | None
    received: Happening | None
    corrections: list[Correction]
    messages: list[Message]
    withdrawal: Ending | None
    problem: Analysis | None
    searches: list[Search]
    analyses: list[Analysis]
    answers: list[Answer]
    technical_cases: list[TechnicalCase]
    notices: list[Notice]
    pauses: list[Pause]
    resolution: Ending | None
    closing: Ending | None
    reopenings: list[Reopening]
    callbacks: list[Callback]
    clocks: NotRequired[list[Clock]]
    """Absent until there is one, as in what was kept before there were clocks."""


def empty_document() -> Document:
    """A ticket of which nothing is known yet."""
    return Document(
        versions={},
        reference=None,
        language=None,
        product=None,
        contact=Contact(name=None, phone=None, email=None, address=None),
        content=None,
        special_needs=None,
        requirement=None,
        earlier_consultations=[],
        appointment_at=None,
        received=None,
        corrections=[],
        messages=[],
        withdrawal=None,
        problem=None,
        searches=[],
        analyses=[],
        answers=[],
        technical_cases=[],
        notices=[],
        pauses=[],
        resolution=None,
        closing=None,
        reopenings=[],
        callbacks=[],
    )


def moment(at: datetime) -> str:
    """RFC 3339, as the document keeps it; all instants of events are UTC."""
    return at.isoformat().replace("+00:00", "Z")


def moment_or_none(at: datetime | None) -> str | None:
    """RFC 3339, where there is a moment."""
    return None if at is None else moment(at)


def contact_of(given: GivenContact) -> Contact:
    """The contact as the document keeps it."""
    return {"name": given.name, "phone": given.phone, "email": given.email, "address": given.address}


def happening(event: Fact) -> Happening:
    """When the event happened and who did it."""
    return {"at": moment(event.at), "by": event.by}
