"""What an explanation says, in English and Chinese."""

from collections.abc import Mapping
from typing import Final

from shared_events.contracts.sla import CancelReason, OnChange, Passed
from shared_events.contracts.words import METRICS, Language
from sla_svc.domain.attribution import Holder, Party
from sla_svc.domain.explaining.segments import Reason, Segment


def title_of(metric: str, language: Language) -> str:
    """What a clock measures; one that has no title goes by its name."""
    return _in(language, METRICS.get(metric, (metric, metric)))


def text_of(segment: Segment, language: Language) -> str:
    """Why a segment counts or does not."""
    match segment.reason:
        case Reason.PAUSED:
            waits_for = _in(language, (", ", "、")).join(reason_of(each, language) for each in segment.waits_for)
            text = _in(language, (f"waits for {waits_for}", f"暂停：等待{waits_for}"))
        case Reason.BEFORE_START:
            text = _in(language, ("before its start", "尚未开始计时"))
        case Reason.SUPERSEDED:
            text = text_of_end(CancelReason.SUPERSEDED, language)
        case _:
            assert segment.calendar_says is not None, "the calendar was asked"
            text = segment.calendar_says.text("zh" if language is Language.CHINESE else "en")
    if segment.change is None:
        return text
    return _in(language, ("; ", "；")).join([text, _in(language, _CHANGES[segment.change.on_change])])


def reason_of(waits_for: str, language: Language) -> str:
    """For what a ticket waits."""
    return _in(language, _WAITS.get(waits_for, (waits_for, waits_for)))


def text_of_passed(passed: Passed, language: Language) -> str:
    """Why a row of the policy did not match."""
    condition = _in(language, _CONDITIONS.get(passed.condition, (passed.condition, passed.condition)))
    expected = _in(language, (" or ", " 或 ")).join(passed.expected)
    found = _in(language, ("nothing", "未知")) if passed.found is None else passed.found
    english = f"{passed.row}: expected {condition} {expected}, found {found}"
    return _in(language, (english, f"{passed.row}：{condition}应为 {expected}，实为 {found}"))


def text_of_end(cancelled: CancelReason | None, language: Language) -> str:
    """Why a clock ended."""
    return _in(language, _ENDS[cancelled])


def text_of_holder(holder: Holder, language: Language) -> str:
    """Whose time it was."""
    party = _in(language, _PARTIES[holder.party])
    where = " ".join(part for part in (holder.tier, holder.team, holder.agent) if part)
    return _in(language, (f"{party}, {where}", f"{party}：{where}")) if where else party


_WAITS: Final[Mapping[str, tuple[str, str]]] = {
    "customer": ("the customer", "客户"),
    "user": ("the user", "使用者"),
    "vendor": ("the vendor", "供应商"),
    "implementation": ("the implementation", "实施"),
    "other": ("another reason", "其他原因"),
    "awaiting_verdict": ("the customer's verdict", "客户对答复的反馈"),
}

_CHANGES: Final[Mapping[OnChange, tuple[str, str]]] = {
    OnChange.KEEP: ("carried over to the next rule", "计入其后的规则"),
    OnChange.RESTART: ("not counted by the next rule, which began anew", "其后的规则重新计时，不再计入"),
    OnChange.FROM_START: ("counted again by the rule that took over", "按接替的规则从头重新计算"),
}

_ENDS: Final[Mapping[CancelReason | None, tuple[str, str]]] = {
    None: ("met", "已完成"),
    CancelReason.WITHDRAWN: ("the consultation was withdrawn", "咨询已撤回"),
    CancelReason.RESOLVED: ("the ticket was resolved without it", "工单已解决，不再需要"),
    CancelReason.NOT_APPLICABLE: ("no rule applies any more", "已无适用规则"),
    CancelReason.SUPERSEDED: ("never ran, as a later fact showed", "后来的事实表明未曾计时"),
}

_CONDITIONS: Final[Mapping[str, tuple[str, str]]] = {
    "category": ("category", "咨询类别"),
    "request_kind": ("kind of request", "需求类型"),
    "grade": ("grade", "投诉等级"),
    "urgency": ("urgency", "紧急程度"),
    "channel": ("channel", "渠道"),
    "tier": ("tier", "支持层级"),
    "importance": ("importance", "客户重要性"),
    "language": ("language", "语言"),
    "product": ("product", "产品"),
}

_PARTIES: Final[Mapping[Party, tuple[str, str]]] = {
    Party.TIER: ("in work", "处理中"),
    Party.QUEUE: ("in the queue", "排队中"),
    Party.HAND_OVER: ("handed over, not yet taken", "已移交，尚未接手"),
    Party.CUSTOMER: ("the customer", "客户"),
    Party.VENDOR: ("the vendor", "供应商"),
    Party.IMPLEMENTATION: ("the implementation", "实施"),
    Party.OTHER: ("another reason", "其他原因"),
    Party.RECEPTION: ("reception", "受理中"),
    Party.CLOSED: ("after the end", "结束之后"),
}


def _in(language: Language, texts: tuple[str, str]) -> str:
    return texts[language is Language.CHINESE]
