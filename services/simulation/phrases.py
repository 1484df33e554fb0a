"""What people in the simulated centre say besides questions and answers, by language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """One line for each occasion."""

    message: str
    correction: str
    transfer: str
    told_customer: str
    release: str
    no_answer: str
    escalation: str
    hand_back: str
    technical_case: str
    notice: str
    pause: str
    rejection: str
    withdrawal: str
    no_answer_needed: str
    no_answer_possible: str
    not_reached: str
    satisfied: str
    dissatisfied: str
    reopening: str


PHRASES: Final[Mapping[str, Phrases]] = {
    "zh": Phrases(
        message="请问有进展了吗？",
        correction="客户更正了产品信息。",
        transfer="该产品由另一组负责。",
        told_customer="您的问题由专门的小组处理，我们已为您转过去，不用重复说明。",
        release="下班交回队列。",
        no_answer="资料里没有相同的情况。",
        escalation="客户现场影响较大，需要上一级直接处理。",
        hand_back="属于配置问题，请按知识库步骤处理。",
        technical_case="可以稳定复现，日志和配置已附上，请研发分析。",
        notice="问题还在分析，最迟明天给您答复。",
        pause="等对方提供设备序列号和照片。",
        rejection="按说明试过了，问题还在。",
        withdrawal="问题自己好了，不用处理了。",
        no_answer_needed="客户重启后已恢复，不需要答复。",
        no_answer_possible="该型号已停止支持，没有可行的办法。",
        not_reached="无人接听。",
        satisfied="很满意，谢谢。",
        dissatisfied="好了两天又坏了。",
        reopening="客户来电说问题又出现了。",
    ),
    "en": Phrases(
        message="Is there any news?",
        correction="The customer named another product.",
        transfer="Another team looks after this product.",
        told_customer="A team that knows this product takes over; you need not explain it again.",
        release="End of shift, back to the queue.",
        no_answer="Nothing like it in the material.",
        escalation="It stops the customer's whole site; the next tier should take it at once.",
        hand_back="It is a matter of configuration; the steps are in the knowledge base.",
        technical_case="Can be reproduced; log and configuration are attached.",
        notice="We are still looking into it and will answer tomorrow at the latest.",
        pause="Waiting for the serial number and photographs.",
        rejection="I tried that; it is the same as before.",
        withdrawal="It works again by itself, never mind.",
        no_answer_needed="A restart helped; the customer needs no answer.",
        no_answer_possible="This model is no longer supported; there is no way to do it.",
        not_reached="No answer.",
        satisfied="Very good, thank you.",
        dissatisfied="It worked for two days, then it broke again.",
        reopening="The customer called: it has happened again.",
    ),
}
