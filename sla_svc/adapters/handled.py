"""The facts of other services, and of SLA itself, by which clocks go."""

from typing import Final

from shared_events.contracts.base import Fact
from shared_events.contracts.feedback import CallbackAttempted, CallbackCompleted, CallbackScheduled
from shared_events.contracts.intake import (
    ConsultationClassified,
    ConsultationCorrected,
    ConsultationReceived,
    ConsultationWithdrawn,
    CustomerMessageReceived,
)
from shared_events.contracts.routing import (
    AnswerAccepted,
    AnswerRejected,
    AnswerSubmitted,
    CustomerInformed,
    TechnicalCaseAnswered,
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
from shared_events.contracts.sla import PolicyMigrated

HANDLES: Final[tuple[type[Fact], ...]] = (
    ConsultationReceived,
    ConsultationCorrected,
    ConsultationClassified,
    CustomerMessageReceived,
    ConsultationWithdrawn,
    TicketRouted,
    TicketAssigned,
    TicketReleased,
    TicketEscalated,
    TicketHandedBack,
    TicketTransferred,
    TechnicalCaseAnswered,
    AnswerSubmitted,
    AnswerAccepted,
    AnswerRejected,
    CustomerInformed,
    TicketPaused,
    TicketResumed,
    TicketResolved,
    TicketReopened,
    TicketClosed,
    CallbackScheduled,
    CallbackAttempted,
    CallbackCompleted,
    PolicyMigrated,
)
"""What clocks start, stop and are explained by."""
