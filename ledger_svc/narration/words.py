"""The words of the contracts as people say them, in English and Chinese."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final


class Language(StrEnum):
    """The languages that the ledger speaks; the value is the tag that it answers with."""

    ENGLISH = "en"
    CHINESE = "zh-CN"


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
}

FLAGS: Final[Mapping[tuple[str, bool], tuple[str, str]]] = {
    ("automatic", True): ("automatically", "自动"),
    ("automatic", False): ("by hand", "人工"),
    ("satisfied", True): ("satisfied", "满意"),
    ("satisfied", False): ("not satisfied", "不满意"),
}

_ABSENT: Final = ("none", "无")


def in_words(name: str, value: Any, language: Language) -> str:
    """The value of the field `name` as a reader of this language expects it; a list is told by its length."""
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


def _in(language: Language, words: tuple[str, str]) -> str:
    english, chinese = words
    return chinese if language is Language.CHINESE else english
