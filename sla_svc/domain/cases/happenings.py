"""What happened to the ticket of a case: the events of the contracts, with what does not matter filled in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared_events.contracts import OWNERS
from shared_events.contracts.base import Fact
from shared_events.contracts.intake import Category, Channel, ComplaintGrade, Complexity, RequestKind, Urgency
from sla_svc.domain.cases.moments import Moment, moment_of
from sla_svc.domain.facts import Observed, moment
from sla_svc.domain.policies.refusing import KEY, one_of, refusal, refuse, unexpected

_OWNER: Final = {kind: source for source in ("intake", "routing", "feedback") for kind in OWNERS[source]}


def _word(kind: type[Fact]) -> str:
    """`TicketHandedBack` is `handed_back`: the ticket and its consultation go without saying."""
    name = re.sub(r"^(Consultation|Ticket)", "", kind.__name__)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


KINDS: Final[Mapping[str, type[Fact]]] = {_word(kind): kind for kind in _OWNER}
"""The events by the words of a case file."""

FILLED_IN: Final[Mapping[object, object]] = {
    int: 1,
    Channel: Channel.TELEPHONE,
    Category: Category.TECHNICAL_SUPPORT,
    RequestKind: RequestKind.TECHNICAL_DEPARTMENT,
    Complexity: Complexity.COMPLEX,
    Urgency: Urgency.NORMAL,
}
"""What an event must have by its contract although few cases are about it. A text is filled in with its own name.

Tiers, reasons, results and due times are not filled in, because they decide something.
"""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of a case. `recorded` is when it became known, by default when it happened."""

    at: Moment
    recorded: Moment
    by: str
    fact: Fact

    def observed(self, number: int) -> Observed:
        """As SLA keeps it; `number` is its place in the file, from 1."""
        event = type(self.fact)
        return Observed(
            at_microseconds=self.at.instant * 1_000_000,
            source=_OWNER[event],
            version=number,
            event_id=f"event {number}",
            kind=event.__name__,
            recorded_at=self.recorded.instant,
            live=True,
            by=self.by,
            data=self.fact.model_dump(mode="json", exclude={"customer_id"}, exclude_none=True),
        )


def happening_of(written: object) -> Happening:
    """From `{at, what, …}` with the fields of the event; a ValidationError with the place of each mistake."""
    if not isinstance(written, Mapping):
        raise unexpected("a mapping with at and what", written)
    kind = KINDS.get(written.get("what", ""))
    if kind is None:
        raise refusal((("what",), unexpected(one_of(tuple(KINDS)), written.get("what"))))
    at = _moment(written, "at")
    recorded = _moment(written, "recorded") if "recorded" in written else at
    by = str(written.get("by") or "agent")
    fact = kind.model_validate({**_filled_in(kind, at), **_fields(written, kind), "at": moment(at.instant), "by": by})
    return Happening(at, recorded, by, fact)


HappeningField = Annotated[Happening, PlainValidator(happening_of), WithJsonSchema({"type": "object"})]


def _moment(written: Mapping[str, Any], name: str) -> Moment:
    try:
        return moment_of(written.get(name))
    except PydanticCustomError as error:
        raise refusal(((name,), error)) from None


def _fields(written: Mapping[str, Any], kind: type[Fact]) -> dict[str, Any]:
    """Those of the event's contract, where the complaint grade may be called as policies call it."""
    fields = {name: value for name, value in written.items() if name not in {"at", "what", "recorded", "by"}}
    names = [name for name in kind.model_fields if name not in {"at", "by"}]
    if "complaint_grade" in names:
        names.append("grade")
    refuse(((name, KEY), unexpected(one_of(names), name)) for name in fields if name not in names)
    if "grade" in fields:
        grade = fields.pop("grade")
        if grade not in set(ComplaintGrade):
            raise refusal((("grade",), unexpected(one_of(tuple(ComplaintGrade)), grade)))
        fields = {"category": Category.COMPLAINT, **fields, "complaint_grade": grade}
    return fields


def _filled_in(kind: type[Fact], at: Moment) -> dict[str, object]:
    filled: dict[str, object] = {}
    for name, field in kind.model_fields.items():
        if name == "contacted_at" and field.is_required():
            filled[name] = moment(at.instant)
        elif name == "automatic":
            filled[name] = False
        elif field.is_required() and field.annotation is str:
            filled[name] = name
        elif field.is_required() and field.annotation in FILLED_IN:
            filled[name] = FILLED_IN[field.annotation]
    return filled
