"""One sentence per type of event. Personal texts stay out of them: they are shown beside, to whom may see them."""

from collections.abc import Mapping
from typing import Any, Final

from ledger_svc.narration.words import in_words
from shared_events.contracts.base import Fact
from shared_events.contracts.feedback import (
    CallbackAttempted,
    CallbackCompleted,
    CallbackScheduled,
    DissatisfactionRaised,
)
from shared_events.contracts.intake import (
    ConsultationAcknowledged,
    ConsultationClassified,
    ConsultationCorrected,
    ConsultationReceived,
    ConsultationWithdrawn,
    CustomerMessageReceived,
)
from shared_events.contracts.routing import (
    AnswerAccepted,
    AnswerProposed,
    AnswerRejected,
    AnswerSubmitted,
    CustomerInformed,
    KnowledgeSearched,
    NoAnswerFound,
    ProblemAnalysed,
    ProblemRecorded,
    TechnicalCaseAnswered,
    TechnicalCaseOpened,
    TicketAssigned,
    TicketClosed,
    TicketEscalated,
    TicketHandedBack,
    TicketPaused,
    TicketReleased,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketRouted,
    TicketTransferred,
)
from shared_events.contracts.sla import (
    CalendarPublished,
    ClockCancelled,
    ClockMet,
    ClockPaused,
    ClockResumed,
    ClockRetargeted,
    ClockStarted,
    PolicyMigrated,
    PolicyPublished,
    SlaBreached,
    SlaBreachRetracted,
    SlaWarned,
    SlaWarningRetracted,
)
from shared_events.contracts.words import Language

SENTENCES: Final[Mapping[type[Fact], tuple[str, str]]] = {
    ConsultationReceived: (
        "The consultation {number} was received by {channel}.",
        "通过{channel}受理咨询，编号{number}。",
    ),
    ConsultationAcknowledged: (
        "The customer was told to expect a reply by {expected_reply_at}.",
        "已告知客户预计答复时间：{expected_reply_at}。",
    ),
    ConsultationCorrected: ("Facts of the record were corrected.", "更正了咨询记录。"),
    ConsultationClassified: (
        "Classified as {category} ({request_kind}), {complexity}, urgency {urgency}.",
        "分类为{category}（{request_kind}），{complexity}问题，紧急程度：{urgency}。",
    ),
    CustomerMessageReceived: (
        "The customer added a message by {channel}.",
        "客户通过{channel}补充了信息。",
    ),
    ConsultationWithdrawn: ("The customer withdrew the consultation.", "客户撤回了咨询。"),
    TicketRouted: ("Routed {automatic} to {tier}, team {team}.", "{automatic}分派至{tier}，团队{team}。"),
    TicketAssigned: (
        "Assigned to {agent_id} ({tier}, team {team}).",
        "已指派给{agent_id}（{tier}，团队{team}）。",
    ),
    TicketReleased: ("{agent_id} put the ticket back into the queue.", "{agent_id}将工单退回队列。"),
    ProblemRecorded: ("The problem was confirmed and recorded.", "已确认并记录问题。"),
    KnowledgeSearched: (
        "The material was searched; documents found: {found}.",
        "已查找资料，找到{found}条。",
    ),
    ProblemAnalysed: ("{tier} analysed the problem.", "{tier}分析了问题。"),
    AnswerProposed: ("{tier} proposed answer {answer}.", "{tier}提出了答复意见（第{answer}次）。"),
    AnswerSubmitted: (
        "{tier} submitted answer {answer} to the customer.",
        "{tier}向客户提交了答复意见（第{answer}次）。",
    ),
    AnswerAccepted: ("The customer accepted answer {answer}.", "客户接受了答复（第{answer}次）。"),
    AnswerRejected: ("The customer refused answer {answer}.", "客户不接受答复（第{answer}次）。"),
    NoAnswerFound: ("{tier} found no answer.", "{tier}未找到答案。"),
    TicketEscalated: (
        "Escalated from {from_tier} (team {from_team}) to {tier} (team {team}).",
        "由{from_tier}（团队{from_team}）升级至{tier}（团队{team}）。",
    ),
    TicketHandedBack: (
        "Handed back from {from_tier} (team {from_team}) to {tier} (team {team}).",
        "由{from_tier}（团队{from_team}）退回至{tier}（团队{team}）。",
    ),
    TicketTransferred: (
        "Transferred within {tier} from team {from_team} to team {team}.",
        "在{tier}内由团队{from_team}转派至团队{team}。",
    ),
    TechnicalCaseOpened: (
        "Technical case {case} was opened for research and development.",
        "已开立技术案例（第{case}个），提交研发。",
    ),
    TechnicalCaseAnswered: (
        "Research and development answered technical case {case}; team {team} has answer {answer} to submit.",
        "研发已答复技术案例（第{case}个），由团队{team}提交答复意见（第{answer}次）。",
    ),
    CustomerInformed: ("The customer was told how it stands.", "已向客户通报进展。"),
    TicketPaused: ("The ticket waits for: {reason}.", "工单暂停，等待：{reason}。"),
    TicketResumed: ("The wait is over: {reason}.", "等待结束：{reason}。"),
    TicketResolved: ("Resolved: {resolution}.", "已解决：{resolution}。"),
    TicketReopened: (
        "Reopened at {tier}, team {team}: {cause}.",
        "已重新打开，由{tier}（团队{team}）处理：{cause}。",
    ),
    TicketClosed: ("The ticket was closed: {cause}.", "工单已关闭：{cause}。"),
    ClockStarted: (
        "The clock runs: {metric} {cycle}, due {deadline}, by {terms}.",
        "开始计时：{metric}（第{cycle}次），到期时间：{deadline}，依据：{terms}。",
    ),
    ClockPaused: (
        "The clock stands still: {metric} {cycle}, waiting for {reasons}, {remaining_seconds}.",
        "暂停计时：{metric}（第{cycle}次），等待：{reasons}，{remaining_seconds}。",
    ),
    ClockResumed: (
        "The clock runs again: {metric} {cycle}, {remaining_seconds}, due {deadline}.",
        "恢复计时：{metric}（第{cycle}次），{remaining_seconds}，到期时间：{deadline}。",
    ),
    ClockMet: (
        "Done {in_time}: {metric} {cycle}, after {elapsed_seconds}.",
        "{in_time}完成：{metric}（第{cycle}次），用时{elapsed_seconds}。",
    ),
    ClockCancelled: (
        "The clock ended: {metric} {cycle}, {reason}.",
        "终止计时：{metric}（第{cycle}次），原因：{reason}。",
    ),
    ClockRetargeted: (
        "The clock was set anew: {metric} {cycle}, {reason}; due {deadline} instead of {deadline_before}, by {terms}.",
        "调整时限：{metric}（第{cycle}次），{reason}，到期时间由{deadline_before}改为{deadline}，依据：{terms}。",
    ),
    SlaWarned: (
        "Warning {warning}: {metric} {cycle} is due {deadline}.",
        "时限预警（{warning}）：{metric}（第{cycle}次），到期时间：{deadline}。",
    ),
    SlaBreached: (
        "Overdue: {metric} {cycle}, which was due {deadline}.",
        "超时：{metric}（第{cycle}次），到期时间：{deadline}。",
    ),
    SlaWarningRetracted: (
        "Warning {warning} of {warned_at} was wrong: {metric} {cycle}.",
        "撤销{warned_at}的时限预警（{warning}）：{metric}（第{cycle}次）。",
    ),
    SlaBreachRetracted: (
        "Not overdue after all: {metric} {cycle}, which was said to be so since {breached_at}.",
        "撤销{breached_at}的超时：{metric}（第{cycle}次）。",
    ),
    PolicyMigrated: (
        "The running clocks go by {policy}, version {policy_version}, now: {on_change}.",
        "进行中的计时改用时限规则{policy}（版本{policy_version}）：{on_change}。",
    ),
    CalendarPublished: (
        "Version {version} of the calendar {name} was published.",
        "发布了日历{name}的版本{version}。",
    ),
    PolicyPublished: (
        "Version {version} of the policy {name} was published, for what begins from {effective_from} on.",
        "发布了时限规则{name}的版本{version}，适用于{effective_from}起开始的计时。",
    ),
    CallbackScheduled: ("A callback visit is due at {due_at}.", "已安排回访，时间：{due_at}。"),
    CallbackAttempted: ("Callback, attempt {attempt}: {result}.", "第{attempt}次回访：{result}。"),
    CallbackCompleted: (
        "The callback visit is done: the customer is {satisfied}.",
        "回访完成，客户{satisfied}。",
    ),
    DissatisfactionRaised: (
        "The customer is dissatisfied; the ticket is to be reopened.",
        "客户不满意，工单需重新打开。",
    ),
}

UNKNOWN: Final = (
    "An event of type {type} that this release does not know.",
    "本版本无法识别的事件，类型：{type}。",
)


def sentence(event: Fact, language: Language) -> str:
    """What happened."""
    values = {name: in_words(name, value, language) for name, value in event}
    return _template(SENTENCES[type(event)], language).format_map(values)


def sentence_of_unknown(type_name: str, language: Language) -> str:
    """That something happened."""
    values: Mapping[str, Any] = {"type": type_name}
    return _template(UNKNOWN, language).format_map(values)


def _template(templates: tuple[str, str], language: Language) -> str:
    english, chinese = templates
    return chinese if language is Language.CHINESE else english
