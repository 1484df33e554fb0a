"""What a date is called, in Chinese and English."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class DayName(BaseModel):
    """The name of a holiday or of a special day, in the two languages of the centre."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


def _in_both(written: Any) -> Any:
    """A name that is written once stands for both languages."""
    return {"zh": written, "en": written} if isinstance(written, str) else written


Name = Annotated[DayName, BeforeValidator(_in_both, json_schema_input_type=DayName | str)]

HOLIDAY = DayName(zh="节假日", en="Holiday")
PARTIAL_DAY = DayName(zh="特殊时间", en="Special hours")
EXTRA_DAY = DayName(zh="加开日", en="Extra day")
