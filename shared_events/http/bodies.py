"""The pieces that request bodies and paths are made of."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

TEXT_CHARACTERS_MAX: Final = 20_000
CLOCK_TOLERANCE: Final = timedelta(minutes=2)
"""How far a caller's clock may be ahead of ours before a moment counts as future."""


_RFC_3339: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def _written_out(value: Any) -> Any:
    # Anything else may be read as seconds since 1970: 20260301 would be a day in August 1970.
    if not isinstance(value, str) or _RFC_3339.fullmatch(value) is None:
        raise ValueError("a moment with its offset from UTC is expected, as 2026-03-01T08:00:00Z")
    return value


def _clean(value: str) -> str:
    if "\x00" in value:
        raise ValueError("text without the NUL character is expected")
    if not value.strip():
        raise ValueError("text that is not blank is expected")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("valid Unicode is expected, without lone surrogates") from None
    return value


Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_CHARACTERS_MAX), AfterValidator(_clean)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_clean)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")]
TicketPath = Annotated[
    str,
    Path(
        description="The id of the ticket, as `POST /v1/consultations` gave it.",
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        examples=["0199e4a2-7c1b-7d3e-9f00-5b1c2d3e4f50"],
    ),
]


Moment = Annotated[
    AwareDatetime,
    Field(
        ge=datetime(1970, 1, 1, tzinfo=UTC),
        lt=datetime(2200, 1, 1, tzinfo=UTC),
        description="A moment with its offset from UTC (RFC 3339).",
        examples=["2026-03-01T08:00:00Z"],
    ),
    BeforeValidator(_written_out),
]


class CommandBody(BaseModel):
    """What every command's body may say."""

    model_config = ConfigDict(extra="forbid")

    occurred_at: Moment | None = Field(
        None, description="When it happened, if that was not just now. Not in the future."
    )
