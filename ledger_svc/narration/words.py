"""The words of the contracts as people say them, in English and Chinese."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from shared_events.contracts.sla import Terms
from shared_events.contracts.words import METRICS, Language

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "telephone": ("telephone", "电话"),
    "chat": ("online chat", "在线聊天"),
    "email": ("e-mail", "电子邮件"),
    "web": ("the web portal", "网站"),
    "in_person": ("a visit in person", "来访"),
    "letter": ("letter", "来信"),
    "product_information": ("product information", "产品信息"),
    "business_handling": ("business handling", "业务办理"),
    "technical_support": ("technical support", "技术支持"),
    "fees": ("fees", "费用"),
    "complaint": ("complaint", "投诉"),
    "other": ("other", "其他"),
    "new_demand": ("new demand", "新需求"),
    "in_contract_service": ("in-contract service", "合同内服务"),
    "technical_department": ("work for the technical department", "需技术部门处理"),
    "scheduled_callback": ("scheduled callback", "预约回访"),
    "simple": ("simple", "简单"),
    "complex": ("complex", "复杂"),
    "low": ("low", "低"),
    "normal": ("normal", "普通"),
    "high": ("high", "高"),
    "critical": ("critical", "紧急"),
    "important": ("important", "重要"),
    "customer": ("the customer", "客户"),
    "user": ("the user", "使用者"),
    "vendor": ("the vendor", "供应商"),
    "implementation": ("the implementation", "实施"),
    "important_customer": ("important customer", "重要客户"),
    "special_case": ("special case", "特殊情况"),
    "answered_by_rde": ("answered by RDE", "由RDE直接答复"),
    "accepted": ("the customer accepted the answer", "客户已接受答复"),
    "no_verdict": ("the customer gave no verdict", "客户未反馈"),
    "no_answer_needed": ("no answer was needed", "无需答复"),
    "no_answer_possible": ("no answer was possible", "无法答复"),
    "dissatisfied": ("the customer was dissatisfied", "客户不满意"),
    "customer_request": ("the customer asked for it", "客户要求"),
    "recurred": ("the problem came back", "问题复现"),
    "done": ("done", "已完成"),
    "withdrawn": ("withdrawn by the customer", "客户撤回"),
    "reached": ("the customer was reached", "已联系上客户"),
    "not_reached": ("the customer was not reached", "未联系上客户"),
    "awaiting_verdict": ("the customer's verdict", "客户对答复的反馈"),
    "started": ("started", "开始"),
    "paused": ("paused", "暂停"),
    "resumed": ("resumed", "恢复"),
    "retargeted": ("set anew", "调整"),
    "met": ("done", "完成"),
    "cancelled": ("ended", "终止"),
    "keep": ("the time that has elapsed still counts", "已用时间继续有效"),
    "restart": ("the time begins anew", "重新计时"),
    "from_start": ("counted again from the beginning", "从头按新规则计算"),
    "changed": ("the ticket changed", "工单变更"),
    "corrected": ("a late or corrected fact", "事实补录或更正"),
    "migrated": ("another version of the policy", "时限规则变更"),
    "resolved": ("the ticket was resolved", "工单已解决"),
    "not_applicable": ("no rule applies any more", "已无适用规则"),
    "superseded": ("it never ran", "该计时并未发生"),
}

FLAGS: Final[Mapping[tuple[str, bool], tuple[str, str]]] = {
    ("automatic", True): ("automatically", "自动"),
    ("automatic", False): ("by hand", "人工"),
    ("satisfied", True): ("satisfied", "满意"),
    ("satisfied", False): ("not satisfied", "不满意"),
    ("in_time", True): ("in time", "按时"),
    ("in_time", False): ("late", "超时"),
}

_ABSENT: Final = ("none", "无")
_NO_DEADLINE: Final = ("at no fixed time", "未定")


def in_words(name: str, value: Any, language: Language) -> str:
    """The value of the field `name` as a reader of this language expects it; a list is told by its length."""
    match name, value:
        case "metric", _:
            return _in(language, METRICS.get(value, (value, value)))
        case "deadline" | "deadline_before", None:
            return _in(language, _NO_DEADLINE)
        case "reasons", _:
            return _in(language, (", ", "、")).join(_in(language, WORDS.get(each, (each, each))) for each in value)
        case "remaining_seconds", int():
            left = _duration(abs(value), language)
            return _in(language, (f"{left} over", f"超出{left}") if value < 0 else (f"{left} left", f"剩余{left}"))
        case "elapsed_seconds", int():
            return _duration(value, language)
        case _, Terms():
            return _in(language, (f"{value.policy} ({value.row})", f"{value.policy}（{value.row}）"))
        case _:
            return _plain_in_words(name, value, language)


def _plain_in_words(name: str, value: Any, language: Language) -> str:
    if isinstance(value, bool):
        return _in(language, FLAGS.get((name, value), ("yes", "是") if value else ("no", "否")))
    if value is None:
        return _in(language, _ABSENT)
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if isinstance(value, list | tuple):
        return str(len(value))
    # A team may be called "other": only the contracts' own words are translated. Codes such as CSE have none.
    return _in(language, WORDS.get(value, (value, value))) if isinstance(value, StrEnum) else str(value)


def _duration(seconds: int, language: Language) -> str:
    """In hours and minutes, however long: a day of counted time would not be a day of the calendar."""
    if seconds < 60:
        return _in(language, (f"{seconds} s", f"{seconds}秒"))
    hours, minutes = divmod(seconds // 60, 60)
    parts = [
        _in(language, (f"{count} {english}", f"{count}{chinese}"))
        for count, english, chinese in ((hours, "h", "小时"), (minutes, "min", "分钟"))
        if count
    ]
    return _in(language, (" ", "")).join(parts)


def _in(language: Language, words: tuple[str, str]) -> str:
    english, chinese = words
    return chinese if language is Language.CHINESE else english
