"""What every event has in common, and the words that several owners use."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

type_parameter = TypeVar("type_parameter")


class PersonalMark:
    """Marks a field that is encrypted under the key of the person whom `customer_id` names (D18)."""

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Readers of the schema learn that they get an opaque token, or `ERASED`."""
        return {**handler(core_schema), "x-personal": True}


PERSONAL: Final = PersonalMark()
Personal = Annotated[type_parameter, PERSONAL]

ERASED: Final = "[erased]"
"""What a personal field reads as once its person's key is gone."""


def _to_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
TicketId = str
CustomerId = str
AgentId = str
ActorId = str


class Origin(StrEnum):
    """Whether an event was recorded as it happened or brought in from an older system (D10)."""

    LIVE = "live"
    IMPORT = "import"


class Tier(StrEnum):
    """The three support tiers of CS/TA06-24, lowest first."""

    CSE = "CSE"
    PSE = "PSE"
    RDE = "RDE"


class Step(StrEnum):
    """The step codes of the flow chart CS/TA06-24."""

    CSE_10 = "CSE-10"
    CSE_20 = "CSE-20"
    CSE_30 = "CSE-30"
    CSE_40 = "CSE-40"
    CSE_50 = "CSE-50"
    PSE_10 = "PSE-10"
    PSE_20 = "PSE-20"
    PSE_30 = "PSE-30"
    PSE_40 = "PSE-40"
    TECHNICAL_CASE = "technical-case"
    RDE_10 = "RDE-10"
    RDE_20 = "RDE-20"
    CCE_10 = "CCE-10"


class Fact(BaseModel):
    """One thing that happened. Stored for ever: fields are added with defaults, never renamed or re-typed.

    `at` (when it happened) and `by` (whose id did it) are kept in the envelope of the stored event, not in its body.
    """

    # The errors of pydantic show what they found, and end up in logs: here that may be what a person said.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    schema_version: ClassVar[int] = 1

    at: Instant = Field(exclude=True)
    by: ActorId = Field(exclude=True)
