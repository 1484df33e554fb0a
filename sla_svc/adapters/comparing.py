"""Where the rows of a ticket are not what they have to be, in words."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from shared_events.contracts.sla import ClockFact
from sla_svc.adapters.deriving import Derived, Evidence
from sla_svc.adapters.encoding import clocks_decoded, facts_decoded, facts_encoded
from sla_svc.domain.clocks.clock import Clock, Turn
from sla_svc.domain.clocks.differences import Said
from sla_svc.domain.clocks.published import FindTerms
from sla_svc.domain.facts import in_order, moment
from sla_svc.ports import ClockRow, TicketRow

NOTHING: Final = "nothing"

Differing = tuple[str, str, str]
"""What, as it has to be, as it is."""

_UNREADABLE: Final = (ValueError, TypeError, LookupError, OverflowError)
"""What bytes lead to that nobody has encoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One thing about a ticket that is not as it has to be."""

    ticket_id: str
    what: str
    expected: str
    found: str
    in_rows: bool = True
    """Else the rows are as SLA has said, but that is not what follows from the ticket's events."""


def mismatches(evidence: Evidence, derived: Derived, find: FindTerms) -> Iterator[Mismatch]:
    """None of a ticket that is as it has to be."""
    clock_rows = () if derived.row is None else derived.row.rows
    differing = (
        *_differing_rows(derived.row, evidence.row, find),
        *_differing_clocks(_by_id(clock_rows), _by_id(evidence.clock_rows)),
    )
    for what, wanted, found in differing:
        yield Mismatch(ticket_id=evidence.ticket_id, what=what, expected=wanted, found=found)
    for said in derived.unsaid:
        what, wanted = _unsaid_text(said)
        yield Mismatch(ticket_id=evidence.ticket_id, what=what, expected=wanted, found="not said", in_rows=False)


def unreadable(evidence: Evidence, error: Exception) -> Mismatch:
    """Of a ticket whose events cannot be folded again."""
    found = f"{type(error).__name__}: {error}"
    expected = "events that can be read"
    return Mismatch(ticket_id=evidence.ticket_id, what="events", expected=expected, found=found, in_rows=False)


def _differing_rows(expected: TicketRow | None, found: TicketRow | None, find: FindTerms) -> Iterator[Differing]:
    if expected is None or found is None:
        if expected is not found:
            yield "sla.ticket", "a row" if expected else NOTHING, "a row" if found else NOTHING
        return
    # Nearly all are the same to the byte; the others may still say the same.
    if replace(expected, rows=()) != replace(found, rows=()):
        yield from _differing(_row_texts(expected, find), _row_texts(found, find))


def _differing(expected: Mapping[str, str], found: Mapping[str, str]) -> Iterator[Differing]:
    for what in dict.fromkeys((*expected, *found)):
        pair = expected.get(what, NOTHING), found.get(what, NOTHING)
        if pair[0] != pair[1]:
            yield what, *pair


def _by_id(rows: Iterable[ClockRow]) -> dict[str, ClockRow]:
    return {row.clock_id: row for row in rows}


def _differing_clocks(expected: Mapping[str, ClockRow], found: Mapping[str, ClockRow]) -> Iterator[Differing]:
    for clock_id in dict.fromkeys((*expected, *found)):
        wanted, there = expected.get(clock_id), found.get(clock_id)
        if wanted == there:
            continue
        name = f"sla.clock {clock_id}"
        if wanted is None or there is None:
            texts = [NOTHING if each is None else f"a row, {each.state}" for each in (wanted, there)]
            yield name, texts[0], texts[1]
            continue
        columns = [
            {f"{name}, {column}": _value(value) for column, value in asdict(each).items()} for each in (wanted, there)
        ]
        yield from _differing(*columns)


def _row_texts(row: TicketRow, find: FindTerms) -> dict[str, str]:
    """Everything of a row under a name, as text."""
    return {
        "partition": str(row.partition),
        "stream": f"version {row.stream_version}, digest {row.stream_digest.hex()}",
        "horizon": str(row.horizon),
        **_decoded("facts", lambda: _fact_texts(row.facts)),
        **_decoded("clocks", lambda: _clock_texts(clocks_decoded(row.clocks, find) if row.clocks else [])),
        "due_at": _value(row.due_at),
    }


def _decoded(what: str, texts: Callable[[], dict[str, str]]) -> dict[str, str]:
    try:
        return texts()
    except _UNREADABLE as error:
        return {what: f"cannot be read: {type(error).__name__}: {error}"}


def _fact_texts(raw: bytes) -> dict[str, str]:
    """Each once, and in whatever order they arrived: to read some again changes nothing."""
    facts = in_order(facts_decoded(raw)) if raw else []
    return {f"fact {fact.kind} {fact.event_id}": facts_encoded([fact]).decode() for fact in facts}


def _clock_texts(clocks: list[Clock]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for clock in clocks:
        name = f"clock {clock.clock_id}"
        texts[name] = f"{clock.metric}, cycle {clock.cycle}"
        texts |= {f"{name}, turn {place}": _turn_text(turn) for place, turn in enumerate(clock.turns, 1)}
        marks = sorted((mark.at, mark.name) for mark in clock.marks)
        texts[f"{name}, said"] = ", ".join(f"{mark} at {_value(moment(at))}" for at, mark in marks) or NOTHING
    return texts


def _turn_text(turn: Turn) -> str:
    terms = turn.terms
    by = "" if terms is None else f" by {terms.policy} {terms.policy_version}, row {terms.rule.row}"
    why = f" ({', '.join(turn.why)})" if turn.why else ""
    return f"{turn.kind.value} at {_value(moment(turn.at))} after {turn.elapsed} s{by}{why}, because of {turn.cause}"


def _unsaid_text(said: Said) -> tuple[str, str]:
    event = said.event
    assert isinstance(event, ClockFact), "the difference of clocks is about clocks"
    return f"clock {event.clock_id}, judged again", f"{type(event).__name__} at {_value(event.at)}"


def _value(value: Any) -> str:
    if value is None:
        return NOTHING
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else str(value)
