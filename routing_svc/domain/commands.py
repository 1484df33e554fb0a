"""What can be asked of a ticket."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from shared_events import decider
from shared_events.contracts.base import AgentId, CustomerId, Instant, Tier
from shared_events.contracts.routing import AnswerException, DirectReason, PauseReason, ReopeningCause, Resolution


class Action(StrEnum):
    """The names of the commands, as a refusal and a ticket's `allowed` list them."""

    ROUTE = "route"
    ASSIGN = "assign"
    RELEASE = "release"
    RECORD_PROBLEM = "record_problem"
    RECORD_SEARCH = "record_search"
    RECORD_ANALYSIS = "record_analysis"
    PROPOSE_ANSWER = "propose_answer"
    SUBMIT_ANSWER = "submit_answer"
    ACCEPT_ANSWER = "accept_answer"
    REJECT_ANSWER = "reject_answer"
    REPORT_NO_ANSWER = "report_no_answer"
    ESCALATE = "escalate"
    HAND_BACK = "hand_back"
    TRANSFER = "transfer"
    OPEN_TECHNICAL_CASE = "open_technical_case"
    ANSWER_TECHNICAL_CASE = "answer_technical_case"
    INFORM_CUSTOMER = "inform_customer"
    PAUSE = "pause"
    RESUME = "resume"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCommand(decider.Command):
    """What every command to a ticket has: the name under which rules and clients know it."""

    action: ClassVar[Action]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTicket(TicketCommand):
    """Let the ticket enter the flow at CSE, or directly at a higher tier for a reason (R8)."""

    action = Action.ROUTE
    customer_id: CustomerId
    tier: Tier = Tier.CSE
    team: str | None = None
    automatic: bool = False
    reason: str | None = None
    direct_reason: DirectReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignTicket(TicketCommand):
    """Claim the ticket, or give it to somebody. `by_lead` may take it from another agent."""

    action = Action.ASSIGN
    agent_id: AgentId
    by_lead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseTicket(TicketCommand):
    """Put the ticket back into its team's queue. `by_lead` may do so for another agent."""

    action = Action.RELEASE
    reason: str | None = None
    by_lead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordProblem(TicketCommand):
    """CSE-10."""

    action = Action.RECORD_PROBLEM
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSearch(TicketCommand):
    """CSE-20."""

    action = Action.RECORD_SEARCH
    query: str
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAnalysis(TicketCommand):
    """PSE-10 and RDE-10."""

    action = Action.RECORD_ANALYSIS
    analysis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeAnswer(TicketCommand):
    """CSE-30 and PSE-20, yes. A second proposal replaces the first."""

    action = Action.PROPOSE_ANSWER
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitAnswer(TicketCommand):
    """CSE-40 and PSE-30. Without `answer`, the proposed one; text only where there is no proposal."""

    action = Action.SUBMIT_ANSWER
    answer: int | None = None
    exception: AnswerException | None = None
    text: str | None = None
    by_lead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptAnswer(TicketCommand):
    """CSE-50 and PSE-40, yes. Without `answer`, the submitted one."""

    action = Action.ACCEPT_ANSWER
    answer: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectAnswer(TicketCommand):
    """CSE-50 and PSE-40, no: the ticket goes up, to `team` of the next tier."""

    action = Action.REJECT_ANSWER
    answer: int | None = None
    reason: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportNoAnswer(TicketCommand):
    """CSE-30 and PSE-20, no: the ticket goes up, to `team` of the next tier."""

    action = Action.REPORT_NO_ANSWER
    reason: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalateTicket(TicketCommand):
    """Up to `tier`, by default the next one.

    `overdue_since`: because this deadline passed. A tier that has got the ticket since then is left to work on it.
    """

    action = Action.ESCALATE
    tier: Tier | None = None
    team: str | None = None
    reason: str | None = None
    overdue_since: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBackTicket(TicketCommand):
    """Down to `tier`, by default the next one."""

    action = Action.HAND_BACK
    tier: Tier | None = None
    team: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTicket(TicketCommand):
    """To another team of the same tier; `told_customer` is the reason in the words that the customer heard (R8)."""

    action = Action.TRANSFER
    team: str
    reason: str | None = None
    told_customer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTechnicalCase(TicketCommand):
    """Open the case for research and development; the ticket stays where it is."""

    action = Action.OPEN_TECHNICAL_CASE
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTechnicalCase(TicketCommand):
    """RDE-20: the ticket returns to the PSE who held it, or to `team`, with `text` as the proposed answer."""

    action = Action.ANSWER_TECHNICAL_CASE
    text: str
    team: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InformCustomer(TicketCommand):
    """Tell the customer something that is not an answer (R11)."""

    action = Action.INFORM_CUSTOMER
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseTicket(TicketCommand):
    """Wait for somebody; another reason ends the wait before it."""

    action = Action.PAUSE
    reason: PauseReason
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeTicket(TicketCommand):
    """The wait is over."""

    action = Action.RESUME


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveTicket(TicketCommand):
    """Nothing more is to be done, for another reason than an accepted answer."""

    action = Action.RESOLVE
    resolution: Resolution
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenTicket(TicketCommand):
    """Begin again, by default at the tier and team that had the ticket last."""

    action = Action.REOPEN
    cause: ReopeningCause
    tier: Tier | None = None
    team: str | None = None
    note: str | None = None
    callback_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseTicket(TicketCommand):
    """The end of a resolved ticket."""

    action = Action.CLOSE


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawTicket(TicketCommand):
    """The customer no longer wants an answer: the ticket is closed wherever it is, routed or not."""

    action = Action.WITHDRAW
    customer_id: CustomerId


Command = (
    RouteTicket
    | AssignTicket
    | ReleaseTicket
    | RecordProblem
    | RecordSearch
    | RecordAnalysis
    | ProposeAnswer
    | SubmitAnswer
    | AcceptAnswer
    | RejectAnswer
    | ReportNoAnswer
    | EscalateTicket
    | HandBackTicket
    | TransferTicket
    | OpenTechnicalCase
    | AnswerTechnicalCase
    | InformCustomer
    | PauseTicket
    | ResumeTicket
    | ResolveTicket
    | ReopenTicket
    | CloseTicket
    | WithdrawTicket
)
