"""Events of routing: the walk of a ticket through the tiers of CS/TA06-24."""

from enum import StrEnum

from shared_events.contracts.base import AgentId, CustomerId, Fact, Personal, Step, Tier


class PauseReason(StrEnum):
    """Whom the ticket waits for; a policy decides whether clocks run on."""

    CUSTOMER = "customer"
    USER = "user"
    """The person at the customer's who has the problem, where that is somebody else."""
    VENDOR = "vendor"
    IMPLEMENTATION = "implementation"
    OTHER = "other"


class DirectReason(StrEnum):
    """Why a ticket was not routed to CSE first (R8)."""

    IMPORTANT_CUSTOMER = "important_customer"
    SPECIAL_CASE = "special_case"


class AnswerException(StrEnum):
    """A way round the flow chart that is recorded as such."""

    ANSWERED_BY_RDE = "answered_by_rde"


class Resolution(StrEnum):
    """Why nothing more is to be done."""

    ACCEPTED = "accepted"
    NO_VERDICT = "no_verdict"
    NO_ANSWER_NEEDED = "no_answer_needed"
    NO_ANSWER_POSSIBLE = "no_answer_possible"


class ReopeningCause(StrEnum):
    """Why work began again."""

    DISSATISFIED = "dissatisfied"
    CUSTOMER_REQUEST = "customer_request"
    RECURRED = "recurred"
    OTHER = "other"


class ClosingCause(StrEnum):
    """How the ticket ended."""

    DONE = "done"
    WITHDRAWN = "withdrawn"


class RoutingFact(Fact):
    """`customer_id` names whose key seals the texts; `step` is the box of the flow chart, where there is one."""

    customer_id: CustomerId
    step: Step | None = None


class TicketRouted(RoutingFact):
    """The ticket entered the flow, at CSE-10 unless it went up directly (R8)."""

    tier: Tier
    team: str
    automatic: bool
    reason: Personal[str] | None = None
    direct_reason: DirectReason | None = None
    """A code, so that a reaction can give it too; `reason` holds a person's own words."""


class TicketAssigned(RoutingFact):
    """Somebody took the ticket, or was given it."""

    agent_id: AgentId
    tier: Tier
    team: str
    previous_agent_id: AgentId | None = None


class TicketReleased(RoutingFact):
    """The ticket went back into the queue of its team."""

    agent_id: AgentId
    reason: Personal[str] | None = None


class ProblemRecorded(RoutingFact):
    """CSE-10: the problem, confirmed with the customer."""

    problem: Personal[str]


class KnowledgeSearched(RoutingFact):
    """CSE-20: what was looked for, and which documents or past answers were found."""

    query: Personal[str]
    found: tuple[str, ...] = ()


class ProblemAnalysed(RoutingFact):
    """PSE-10 and RDE-10."""

    tier: Tier
    analysis: Personal[str]


class AnswerProposed(RoutingFact):
    """CSE-30 and PSE-20, answered with yes. `answer` counts the answers of a ticket from 1."""

    answer: int
    tier: Tier
    text: Personal[str]


class AnswerSubmitted(RoutingFact):
    """CSE-40 and PSE-30: the customer has the answer. An imported one may have no text and no proposal."""

    answer: int
    tier: Tier
    exception: AnswerException | None = None
    text: Personal[str] | None = None
    """Given where no proposal holds it."""


class AnswerAccepted(RoutingFact):
    """CSE-50 and PSE-40, yes."""

    answer: int
    tier: Tier


class AnswerRejected(RoutingFact):
    """CSE-50 and PSE-40, no."""

    answer: int
    tier: Tier
    reason: Personal[str] | None = None


class NoAnswerFound(RoutingFact):
    """CSE-30 and PSE-20, answered with no."""

    tier: Tier
    reason: Personal[str] | None = None


class TicketEscalated(RoutingFact):
    """One tier up, or two (R8)."""

    from_tier: Tier
    from_team: str
    tier: Tier
    team: str
    reason: Personal[str] | None = None


class TicketHandedBack(RoutingFact):
    """One tier down, or two."""

    from_tier: Tier
    from_team: str
    tier: Tier
    team: str
    reason: Personal[str] | None = None


class TicketTransferred(RoutingFact):
    """To another team of the same tier; the customer is told why (R8)."""

    tier: Tier
    from_team: str
    team: str
    reason: Personal[str] | None = None
    told_customer: Personal[str] | None = None


class TechnicalCaseOpened(RoutingFact):
    """The case for research and development. `case` counts the cases of a ticket from 1."""

    case: int
    description: Personal[str] | None = None


class TechnicalCaseAnswered(RoutingFact):
    """RDE-20: the ticket returns to the PSE with a proposed answer, `answer`, which the PSE submits (PSE-30)."""

    case: int
    answer: int
    text: Personal[str]
    from_team: str
    team: str
    """The PSE team that has the ticket now."""
    agent_id: AgentId | None = None
    """The PSE who holds the ticket; none puts it in the team's queue."""


class CustomerInformed(RoutingFact):
    """The customer was told something that is not an answer (R11)."""

    message: Personal[str]


class TicketPaused(RoutingFact):
    """The ticket waits."""

    reason: PauseReason
    note: Personal[str] | None = None


class TicketResumed(RoutingFact):
    """The wait for `reason` is over."""

    reason: PauseReason


class TicketResolved(RoutingFact):
    """Nothing more is to be done, unless it is reopened."""

    resolution: Resolution
    note: Personal[str] | None = None


class TicketReopened(RoutingFact):
    """Work begins again in the queue of this tier and team."""

    cause: ReopeningCause
    tier: Tier
    team: str
    note: Personal[str] | None = None
    callback_id: str | None = None


class TicketClosed(RoutingFact):
    """The end, unless it is reopened."""

    cause: ClosingCause


RoutingEvent = (
    TicketRouted
    | TicketAssigned
    | TicketReleased
    | ProblemRecorded
    | KnowledgeSearched
    | ProblemAnalysed
    | AnswerProposed
    | AnswerSubmitted
    | AnswerAccepted
    | AnswerRejected
    | NoAnswerFound
    | TicketEscalated
    | TicketHandedBack
    | TicketTransferred
    | TechnicalCaseOpened
    | TechnicalCaseAnswered
    | CustomerInformed
    | TicketPaused
    | TicketResumed
    | TicketResolved
    | TicketReopened
    | TicketClosed
)
