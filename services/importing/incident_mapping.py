"""What the rows of an incident log mean: from a status change to the commands that a live centre would have given."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid5

from intake_svc.domain import commands as intake
from routing_svc.domain import commands as routing
from services.importing.incident_file import Case, Row, State
from shared_events.contracts.base import Origin, Tier
from shared_events.contracts.intake import Category, Channel, Complexity, RequestKind
from shared_events.contracts.routing import PauseReason, ReopeningCause

NAMESPACE: Final = UUID("5b1f8e0a-8f0e-5d0c-9a55-3f2f0f6a7c11")
"""Fixed for ever: the same case has the same ticket id in every import, here and elsewhere."""

CHANNEL: Final = Channel.TELEPHONE
LANGUAGE: Final = "en"
"""The log names neither; a service desk is called, and this one writes English."""

WAITS: Final[Mapping[State, PauseReason]] = {
    State.WAIT: PauseReason.OTHER,
    State.WAIT_USER: PauseReason.USER,
    State.WAIT_CUSTOMER: PauseReason.CUSTOMER,
    State.WAIT_VENDOR: PauseReason.VENDOR,
    State.WAIT_IMPLEMENTATION: PauseReason.IMPLEMENTATION,
}
QUEUES: Final = frozenset({State.QUEUED, State.UNMATCHED})
ENDS: Final = frozenset({State.CLOSED, State.IN_CALL})
COMPLETIONS: Final = ENDS | {State.RESOLVED, State.CANCELLED}

_HEIGHTS: Final[Mapping[Tier, int]] = {tier: height for height, tier in enumerate(Tier)}


def ticket_id_of(case: Case) -> str:
    """The ticket of a case."""
    return str(uuid5(NAMESPACE, f"case:{case.case_id}"))


def customer_id_of(case: Case) -> str:
    """The log names no person: the customer is the part of the organisation in which the case began."""
    first = case.rows[0]
    return str(uuid5(NAMESPACE, f"customer:{first.organisation_line}/{first.function_division}/{first.country}"))


def intake_commands(case: Case, serial: int) -> list[intake.Command]:
    """Received and classified with the first row; withdrawn where the log says cancelled."""
    first = case.rows[0]
    received = intake.ReceiveConsultation(
        customer_id=customer_id_of(case),
        serial=serial,
        channel=CHANNEL,
        contacted_at=first.changed_at,
        language=LANGUAGE,
        product=first.product or None,
        reference=case.case_id,
        at=first.changed_at,
        by=first.agent,
        origin=Origin.IMPORT,
    )
    classified = intake.ClassifyConsultation(
        category=Category.TECHNICAL_SUPPORT,
        request_kind=RequestKind.TECHNICAL_DEPARTMENT,
        complexity=Complexity.COMPLEX,
        urgency=first.urgency,
        at=first.changed_at,
        by=first.agent,
        origin=Origin.IMPORT,
    )
    return [received, classified]


def withdrawal(row: Row) -> intake.Command:
    """Intake's part of a cancelled case."""
    return intake.WithdrawConsultation(at=row.changed_at, by=row.agent, origin=Origin.IMPORT)


def routing_commands(row: Row, before: Row | None, customer_id: str) -> list[routing.Command]:
    """What the row says happened since the row before it."""
    return _RowOfCase(row, before, customer_id).commands()


class _RowOfCase:
    """A row beside the one before it; the methods are the lines of the mapping in `docs/import.md`."""

    def __init__(self, row: Row, before: Row | None, customer_id: str) -> None:
        self._row = row
        self._before = before
        self._customer_id = customer_id

    def commands(self) -> list[routing.Command]:
        row, before = self._row, self._before
        if before is None:
            return [self._route(), *self._arrive()]
        if before.state in COMPLETIONS and row.state in COMPLETIONS:
            return [] if before.state in ENDS and row.state in ENDS else self._arrive()
        return [*self._begin_again(before), *self._end_wait(before), *self._move(before), *self._arrive()]

    def _route(self) -> routing.Command:
        row = self._row
        return routing.RouteTicket(
            customer_id=self._customer_id,
            tier=row.tier,
            team=row.team,
            at=row.changed_at,
            by=row.agent,
            origin=Origin.IMPORT,
        )

    def _begin_again(self, before: Row) -> list[routing.Command]:
        row = self._row
        if before.state is State.RESOLVED:
            return [routing.RejectAnswer(at=row.changed_at, by=row.agent, origin=Origin.IMPORT)]
        if before.state not in COMPLETIONS:
            return []
        # Where somebody of another team completed the case, work begins again with that team.
        return [
            routing.ReopenTicket(
                cause=ReopeningCause.OTHER,
                tier=before.tier,
                team=before.team,
                at=row.changed_at,
                by=row.agent,
                origin=Origin.IMPORT,
            )
        ]

    def _end_wait(self, before: Row) -> list[routing.Command]:
        row = self._row
        if before.state not in WAITS or row.state in WAITS:
            return []
        return [routing.ResumeTicket(at=row.changed_at, by=row.agent, origin=Origin.IMPORT)]

    def _move(self, before: Row) -> list[routing.Command]:
        row = self._row
        climb = _HEIGHTS[row.tier] - _HEIGHTS[before.tier]
        if climb == 0:
            return [] if row.team == before.team else [self._transfer()]
        kind = routing.EscalateTicket if climb > 0 else routing.HandBackTicket
        return [kind(tier=row.tier, team=row.team, at=row.changed_at, by=row.agent, origin=Origin.IMPORT)]

    def _transfer(self) -> routing.Command:
        row = self._row
        return routing.TransferTicket(team=row.team, at=row.changed_at, by=row.agent, origin=Origin.IMPORT)

    def _arrive(self) -> list[routing.Command]:
        """What the row's own status says; one that only repeats what is so is decided to nothing."""
        row = self._row
        at, by, origin = row.changed_at, row.agent, Origin.IMPORT
        match row.state:
            case State.QUEUED | State.UNMATCHED:
                return [routing.ReleaseTicket(at=at, by=by, origin=origin)]
            case State.ASSIGNED | State.IN_PROGRESS:
                return [routing.AssignTicket(agent_id=row.agent, at=at, by=by, origin=origin)]
            case State.RESOLVED:
                return [routing.SubmitAnswer(at=at, by=by, origin=origin)]
            case State.CLOSED:
                return self._accepted()
            case State.IN_CALL:
                return [routing.SubmitAnswer(at=at, by=by, origin=origin), *self._accepted()]
            case State.CANCELLED:
                return [routing.WithdrawTicket(customer_id=self._customer_id, at=at, by=by, origin=origin)]
            case _:
                return [routing.PauseTicket(reason=WAITS[row.state], at=at, by=by, origin=origin)]

    def _accepted(self) -> list[routing.Command]:
        at, by, origin = self._row.changed_at, self._row.agent, Origin.IMPORT
        return [routing.AcceptAnswer(at=at, by=by, origin=origin), routing.CloseTicket(at=at, by=by, origin=origin)]
