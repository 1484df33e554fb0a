"""What people say or wrote, and how to reach them, is marked as personal in every contract."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

import pytest
from pydantic import BaseModel, ValidationError

from shared_events.contracts import OWNERS, REGISTRY
from shared_events.contracts.base import Fact, Personal
from shared_events.contracts.intake import ConsultationCorrected, ConsultationReceived, Contact
from shared_events.contracts.personal import has_personal, personal_paths, replace_personal

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
KINDS = [pytest.param(kind, id=kind.__name__) for kinds in OWNERS.values() for kind in kinds]

NOT_PERSONAL = {
    "CalendarPublished.document": "what an administrator wrote into a file",
    "CalendarPublished.name": "the name of a calendar",
    "PolicyPublished.document": "what an administrator wrote into a file",
    "PolicyPublished.name": "the name of a policy",
    "agent_id": "an id",
    "by": "an id",
    "calendar": "the name of a calendar",
    "calendar_version": "a version",
    "calendars.name": "the name of a calendar",
    "callback_id": "an id",
    "caused_by": "the id of an event",
    "clock_id": "an id",
    "condition": "what a policy may ask about a ticket",
    "customer_id": "an id",
    "earlier_consultations": "ids of tickets",
    "expected": "codes that a policy lists",
    "found": "ids of documents and past answers",
    "from_team": "the code of a team",
    "holiday_data": "a version",
    "language": "the code of a language",
    "metric": "the name of a metric",
    "number": "a number that the centre gave",
    "passed.found": "the ticket's code",
    "pauses": "reasons of routing",
    "policy": "the name of a policy",
    "policy_version": "a version",
    "previous_agent_id": "an id",
    "product": "the code of a product",
    "reasons": "reasons of routing",
    "reference": "a number that an older system gave",
    "row": "the name of a policy's row",
    "start": "the name of an anchor",
    "stop": "the name of an anchor",
    "team": "the code of a team",
    "version": "a version",
    "warning": "a percentage or a duration",
    "warnings.name": "a percentage or a duration",
    "zone_data": "a version",
}
"""Every str field that is not personal, by the end of its path, and why: none holds what a person wrote."""


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_is_personal_unless_it_is_known_to_be_an_id_or_a_code(kind: type[Fact]) -> None:
    unmarked = {path for path in text_paths(kind) if path not in personal_paths(kind)}
    unknown = {path for path in unmarked if not known_not_to_be_personal(kind, path)}

    assert unknown == set(), "mark it as Personal[str], or say in NOT_PERSONAL why it holds no words"


def test_what_is_known_not_to_be_personal_is_in_some_event() -> None:
    known = (known_not_to_be_personal(kind, path) for kind in REGISTRY.values() for path in text_paths(kind))

    assert NOT_PERSONAL.keys() == set().union(*known)


@pytest.mark.parametrize("kind", KINDS)
def test_every_event_with_personal_fields_says_whose_they_are(kind: type[Fact]) -> None:
    if personal_paths(kind):
        assert kind.model_fields["customer_id"].is_required()


@pytest.mark.parametrize("kind", KINDS)
def test_what_may_be_none_is_none_by_default_since_bodies_leave_none_out(kind: type[Fact]) -> None:
    may_be_none = [field for field in kind.model_fields.values() if NoneType in get_args(field.annotation)]

    assert {repr(field.default) for field in may_be_none} <= {"None"}


def test_the_paths_lead_into_groups() -> None:
    contact = [("contact", name) for name in ("name", "phone", "email", "address")]

    assert personal_paths(ConsultationReceived) == (*contact, ("content",), ("special_needs",))
    assert personal_paths(ConsultationCorrected) == (("reason",), *contact, ("content",), ("special_needs",))


def test_every_personal_value_is_replaced_and_nothing_else() -> None:
    raw = {"customer_id": "c", "reason": "r", "contact": {"phone": "p", "pager": "q"}, "product": "x"}

    replace_personal(ConsultationCorrected, raw, lambda path, value: f"<{path} {value}>")

    assert raw == {
        "customer_id": "c",
        "reason": "<reason r>",
        "contact": {"phone": "<contact.phone p>", "pager": "q"},
        "product": "x",
    }


@pytest.mark.parametrize(
    ("contact", "reason", "personal"),
    [(None, "r", True), (Contact(), "", True), (Contact(phone="p"), "r", True)],
)
def test_an_event_with_a_personal_value_has_personal(contact: Contact | None, reason: str, personal: bool) -> None:
    event = ConsultationCorrected(customer_id="c", reason=reason, contact=contact, at=NOON, by="a")

    assert has_personal(event) is personal


def test_an_event_without_personal_values_has_none() -> None:
    received = ConsultationReceived(
        customer_id="c", number="1", channel="letter", contacted_at=NOON, contact=Contact(), at=NOON, by="a"
    )

    assert not has_personal(received)
    assert has_personal(received.model_copy(update={"contact": Contact(email="e")}))


def test_a_contract_that_does_not_say_whose_words_it_holds_is_refused() -> None:
    class Anonymous(Fact):
        words: Personal[str]

    with pytest.raises(TypeError, match=r"^Anonymous has the personal fields .*'words'.* but no customer_id"):
        personal_paths(Anonymous)


def test_a_contract_whose_personal_fields_are_no_texts_is_refused() -> None:
    class Aged(Fact):
        customer_id: str
        age: Personal[int]

    with pytest.raises(TypeError, match=r"^Aged.age: expected a personal field to be a str, found <class 'int'>"):
        personal_paths(Aged)


def test_a_contract_with_a_list_of_personal_texts_is_refused() -> None:
    class Quoted(Fact):
        customer_id: str
        quotes: tuple[Personal[str], ...] = ()

    with pytest.raises(TypeError, match=r"^Quoted.quotes: expected a personal field to be a str, found tuple"):
        personal_paths(Quoted)


def test_a_contract_with_a_list_of_groups_with_personal_texts_is_refused() -> None:
    class Reached(Fact):
        customer_id: str
        contacts: tuple[Contact, ...] = ()

    with pytest.raises(TypeError, match=r"^Reached.contacts: expected personal fields in no list or choice"):
        personal_paths(Reached)


def known_not_to_be_personal(kind: type[Fact], path: tuple[str, ...]) -> set[str]:
    """The entries that are about this field."""
    dotted = ".".join(("", kind.__name__, *path))
    return {name for name in NOT_PERSONAL if dotted.endswith(f".{name}")}


def text_paths(model: type[BaseModel]) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        for part in parts(field.annotation):
            if part is str:
                yield (name,)
            elif isinstance(part, type) and issubclass(part, BaseModel):
                yield from ((name, *path) for path in text_paths(part))


def parts(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        yield from parts(get_args(annotation)[0])
    elif get_args(annotation):
        for part in get_args(annotation):
            yield from parts(part)
    else:
        yield annotation


def test_a_fact_that_cannot_be_made_does_not_tell_what_a_person_said() -> None:
    with pytest.raises(ValidationError) as caught:
        ConsultationReceived.model_validate({"content": "Call me at 555-0100."})

    assert "555-0100" not in str(caught.value)
