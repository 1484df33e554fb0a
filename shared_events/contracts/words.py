"""The languages that people are answered in, and what clocks measure, in each of them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Language(StrEnum):
    """The value is the tag that an answer bears."""

    ENGLISH = "en"
    CHINESE = "zh-CN"


METRICS: Final[Mapping[str, tuple[str, str]]] = {
    "first_response": ("first response", "首次响应"),
    "next_reply": ("next reply", "再次回复"),
    "periodic_update": ("periodic update", "定期告知"),
    "reply_submission": ("submission of a reply", "提交答复"),
    "tier_cse": ("handling by CSE", "CSE 处理"),
    "tier_pse": ("handling by PSE", "PSE 处理"),
    "tier_rde": ("handling by RDE", "RDE 处理"),
    "total_resolution": ("total resolution time", "总解决时间"),
    "complaint_handling": ("handling of the complaint", "投诉处理"),
    "callback_due": ("callback visit", "回访"),
}
"""The titles of what clocks measure."""
