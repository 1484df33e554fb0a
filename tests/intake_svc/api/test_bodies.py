"""What callers send: bounds, formats and enumerations, and that the page of the API says so."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from intake_svc.api.bodies import (
    ClassificationIn,
    ConsultationIn,
    CorrectionIn,
    CustomerMessageIn,
    WithdrawalIn,
)

ASKED = {"channel": "telephone", "content": "It does not start."}
BODIES = (ConsultationIn, ClassificationIn, CorrectionIn, CustomerMessageIn, WithdrawalIn)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"channel": "pigeon"}, ("channel",)),
        ({"content": ""}, ("content",)),
        ({"content": " \n"}, ("content",)),
        ({"content": "a\0b"}, ("content",)),
        ({"content": "x" * 20_001}, ("content",)),
        ({"content": None}, ("content",)),
        ({"contacted_at": "yesterday"}, ("contacted_at",)),
        ({"contacted_at": "2026-03-01T12:00:00"}, ("contacted_at",)),
        ({"contacted_at": "0001-01-01T00:00:00+14:00"}, ("contacted_at",)),
        ({"appointment_at": "9999-12-31T23:59:59-14:00"}, ("appointment_at",)),
        ({"language": "Chinese"}, ("language",)),
        ({"importance": "vip"}, ("importance",)),
        ({"customer_id": "c1"}, ("customer_id",)),
        ({"contact": {"name": "x" * 201}}, ("contact", "name")),
        ({"contact": {"email": "nobody"}}, ("contact", "email")),
        ({"contact": {"fax": "1"}}, ("contact", "fax")),
        ({"earlier_consultations": ["1002-0034-0"]}, ("earlier_consultations", 0)),
        ({"colour": "red"}, ("colour",)),
    ],
)
def test_a_wrong_field_is_refused_by_name(change: dict[str, Any], field: tuple[str | int, ...]) -> None:
    with pytest.raises(ValidationError) as refused:
        ConsultationIn.model_validate(ASKED | change)
    assert [error["loc"] for error in refused.value.errors()] == [field]


@pytest.mark.parametrize("language", ["zh", "en", "zh-Hant", "zh-Hant-TW", "yue"])
def test_every_language_has_a_tag(language: str) -> None:
    assert ConsultationIn.model_validate(ASKED | {"language": language}).language == language


@pytest.mark.parametrize("body", BODIES)
def test_the_page_of_the_api_describes_each_body_and_closes_it(body: type[BaseModel]) -> None:
    schema = body.model_json_schema()
    assert schema["description"]
    assert schema["additionalProperties"] is False


def test_what_can_be_chosen_is_enumerated() -> None:
    choices = {
        name for body in BODIES for name, part in body.model_json_schema().get("$defs", {}).items() if "enum" in part
    }
    assert choices == {
        "Channel",
        "Importance",
        "Category",
        "RequestKind",
        "Complexity",
        "Urgency",
        "ComplaintGrade",
    }
