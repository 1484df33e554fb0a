"""Commands of every kind with few different values, so that random walks get far and meet themselves."""

from typing import Any

from hypothesis import strategies as st

from routing_svc.domain.commands import (
    AcceptAnswer,
    AnswerTechnicalCase,
    AssignTicket,
    CloseTicket,
    Command,
    EscalateTicket,
    HandBackTicket,
    InformCustomer,
    OpenTechnicalCase,
    PauseTicket,
    ProposeAnswer,
    RecordAnalysis,
    RecordProblem,
    RecordSearch,
    RejectAnswer,
    ReleaseTicket,
    ReopenTicket,
    ReportNoAnswer,
    ResolveTicket,
    ResumeTicket,
    RouteTicket,
    SubmitAnswer,
    TransferTicket,
    WithdrawTicket,
)
from shared_events.contracts.base import Tier
from shared_events.contracts.routing import AnswerException, DirectReason, PauseReason, ReopeningCause, Resolution
from tests.routing_svc.examples import AGENT, CUSTOMER, NOON, OTHER, asked

agents = st.sampled_from([AGENT, OTHER])
teams = st.none() | st.sampled_from(["cse", "pse", "rde", "network"])
tiers = st.sampled_from(Tier)
texts = st.none() | st.just("x")
numbers = st.integers(1, 4)
yes_or_no = st.booleans()
always: dict[str, Any] = {"at": st.just(NOON), "by": agents}
somewhere: dict[str, Any] = {"tier": st.none() | tiers, "team": teams, "reason": texts}

KINDS: dict[type[Command], dict[str, Any]] = {
    RouteTicket: {
        "customer_id": st.just(CUSTOMER),
        "tier": tiers,
        "team": teams,
        "automatic": yes_or_no,
        "reason": texts,
        "direct_reason": st.none() | st.sampled_from(DirectReason),
    },
    AssignTicket: {"agent_id": agents, "by_lead": yes_or_no},
    ReleaseTicket: {"by_lead": yes_or_no},
    RecordProblem: {"problem": st.just("x")},
    RecordSearch: {"query": st.just("x")},
    RecordAnalysis: {"analysis": st.just("x")},
    ProposeAnswer: {"text": st.just("x")},
    SubmitAnswer: {
        "answer": numbers,
        "exception": st.none() | st.sampled_from(AnswerException),
        "text": texts,
        "by_lead": yes_or_no,
    },
    AcceptAnswer: {"answer": numbers},
    RejectAnswer: {"answer": numbers, "team": teams},
    ReportNoAnswer: {"team": teams},
    EscalateTicket: somewhere,
    HandBackTicket: somewhere,
    TransferTicket: {"team": st.sampled_from(["cse", "pse", "rde", "network"]), "told_customer": texts},
    OpenTechnicalCase: {},
    AnswerTechnicalCase: {"text": st.just("x"), "team": teams},
    InformCustomer: {"message": st.just("x")},
    PauseTicket: {"reason": st.sampled_from(PauseReason)},
    ResumeTicket: {},
    ResolveTicket: {"resolution": st.sampled_from(Resolution)},
    ReopenTicket: {
        "cause": st.sampled_from(ReopeningCause),
        "tier": st.none() | tiers,
        "team": teams,
        "callback_id": st.none() | st.sampled_from(["t.1", "t.2"]),
    },
    CloseTicket: {},
    WithdrawTicket: {"customer_id": st.just(CUSTOMER)},
}

commands: st.SearchStrategy[Command] = st.one_of([st.builds(kind, **always, **facts) for kind, facts in KINDS.items()])

ATTEMPTS: tuple[Command, ...] = (
    asked(RouteTicket, customer_id=CUSTOMER),
    asked(AssignTicket, agent_id=AGENT, by_lead=True),
    asked(AssignTicket, agent_id=OTHER, by_lead=True),
    asked(ReleaseTicket, by_lead=True),
    asked(RecordProblem, problem="x"),
    asked(RecordSearch, query="x"),
    asked(RecordAnalysis, analysis="x"),
    asked(ProposeAnswer, text="x"),
    asked(SubmitAnswer),
    asked(SubmitAnswer, exception=AnswerException.ANSWERED_BY_RDE, text="x", by_lead=True),
    asked(AcceptAnswer),
    asked(RejectAnswer),
    asked(ReportNoAnswer),
    asked(EscalateTicket),
    asked(HandBackTicket),
    asked(TransferTicket, team="network", told_customer="x"),
    asked(TransferTicket, team="devices", told_customer="x"),
    asked(OpenTechnicalCase),
    asked(AnswerTechnicalCase, text="x"),
    asked(InformCustomer, message="x"),
    asked(PauseTicket, reason=PauseReason.CUSTOMER),
    asked(PauseTicket, reason=PauseReason.VENDOR),
    asked(ResumeTicket),
    asked(ResolveTicket, resolution=Resolution.NO_VERDICT),
    asked(ResolveTicket, resolution=Resolution.NO_ANSWER_NEEDED),
    asked(ReopenTicket, cause=ReopeningCause.OTHER),
    asked(CloseTicket),
    asked(WithdrawTicket, customer_id=CUSTOMER),
)
"""Of every kind, the commands of which one happens if any of that kind can."""
