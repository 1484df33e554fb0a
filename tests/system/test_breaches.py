"""What a breach brings about, through the whole system: a higher tier, a higher urgency, and an end of both."""

from datetime import UTC, datetime
from typing import Any, Final

from intake_svc.domain.commands import RaiseUrgency
from intake_svc.domain.consultation import DECIDER as CONSULTATION
from shared_events.contracts.envelope import Draft
from shared_events.contracts.intake import Urgency
from shared_events.contracts.sla import OnChange, SlaBreached
from shared_events.ids import IdSource
from shared_events.runtime.commands import Call, append_of
from shared_events.store.appends import Appended
from sla_svc.domain.clocks.clock import Clock
from sla_svc.domain.clocks.deadlines import pending
from sla_svc.domain.clocks.differences import crossed, difference
from sla_svc.domain.clocks.judging import judge
from sla_svc.domain.metrics import METRICS
from sla_svc.domain.policies.rules import Rule
from sla_svc.domain.rulebook import Rulebook
from tests.intake_svc.examples import ACKNOWLEDGED, CLASSIFIED, RECEIVED
from tests.sla_svc.domain.scene import FAR, Facts, at, book, row, rule
from tests.system.journey import AT_CSE, ESCALATION, HAND_BACK, TECHNICAL, Journey, Step, received
from tests.system.serving import Centre

WORST: Final = ("first_response", "reply_submission", "total_resolution")


async def classified(centre: Centre, **said: Any) -> Journey:
    """A ticket at CSE with somebody who works on it."""
    ticket = await received(centre)
    kind = TECHNICAL | {"urgency": "normal", "requirement": "On site."} | said
    return await ticket.walk(Step(f"/v1/consultations/{ticket.ticket_id}/classification", kind), *AT_CSE)


async def breach(ticket: Journey, metric: str, deadline: datetime | None = None, **says: bool) -> datetime:
    """SLA says that a deadline, by default now, has passed."""
    centre = ticket.centre
    deadline = deadline or centre.zixun.clock.now()
    event = SlaBreached(
        at=deadline,
        by="system:sla",
        clock_id=f"by-hand-{metric}",
        metric=metric,
        cycle=1,
        deadline=deadline,
        target_seconds=3600,
        **{"raise_urgency": True, "escalate": True} | says,
    )
    await centre.settled()
    stream = await centre.zixun.stores["sla"].load(ticket.ticket_id)
    append = append_of(stream, [event], Call(correlation_id="by-hand"), ({}, IdSource(centre.zixun.clock)))
    assert isinstance(await centre.zixun.stores["sla"].append(append), Appended)
    await centre.settled()
    return deadline


async def followed(ticket: Journey, source: str) -> list[Draft]:
    """What the service did by itself because of what SLA said."""
    zixun = ticket.centre.zixun
    said = {str(event.event_id) for event in (await zixun.stores["sla"].load(ticket.ticket_id)).events}
    return [event for event in (await zixun.stores[source].load(ticket.ticket_id)).events if event.causation_id in said]


async def stands(ticket: Journey) -> tuple[str, str]:
    """At which tier, and how urgent it is."""
    shown = await ticket.shown()
    return shown["tier"], shown["urgency"]


async def test_a_breach_brings_the_ticket_to_the_next_tier_and_makes_it_more_urgent(centre: Centre) -> None:
    ticket = await classified(centre)
    before = await ticket.shown()
    await breach(ticket, "first_response")
    shown = await ticket.shown()
    assert (shown["tier"], shown["status"], shown["urgency"]) == ("PSE", "queued", "high")
    said = ("category", "complexity", "complaint_grade", "expected_reply_at", "requirement")
    assert {name: shown[name] for name in said} == {name: before[name] for name in said}
    (raised,) = await followed(ticket, "intake")
    (escalated,) = await followed(ticket, "routing")
    assert (raised.type, raised.actor) == ("ConsultationClassified", "system:intake")
    assert (escalated.type, escalated.actor) == ("TicketEscalated", "system:routing")


async def test_deadlines_that_pass_together_lead_one_tier_up_and_later_ones_no_higher_than_there_is(
    centre: Centre,
) -> None:
    ticket = await classified(centre)
    deadline = await breach(ticket, "first_response")
    for metric in ("tier_cse", "complaint_handling", "first_response"):
        await breach(ticket, metric, deadline)
        assert await stands(ticket) == ("PSE", "high")
    for metric in ("tier_pse", "next_reply", "tier_rde"):
        await breach(ticket, metric)
        assert await stands(ticket) == ("RDE", "critical")
    assert [event.type for event in await followed(ticket, "routing")] == [
        "TicketEscalated",
        "TechnicalCaseOpened",
        "TicketEscalated",
    ]
    assert [event.type for event in await followed(ticket, "intake")] == ["ConsultationClassified"] * 2


async def test_a_breach_that_is_said_late_undoes_nothing_that_people_decided_since(centre: Centre) -> None:
    ticket = await classified(centre)
    deadline = centre.zixun.clock.now()
    await ticket.walk(ESCALATION, HAND_BACK)
    await breach(ticket, "tier_cse", deadline, raise_urgency=False)
    assert await stands(ticket) == ("CSE", "normal")


async def test_a_breach_asks_for_no_more_than_the_policy_says(centre: Centre) -> None:
    ticket = await classified(centre)
    await breach(ticket, "first_response", escalate=False)
    assert await stands(ticket) == ("CSE", "high")
    await breach(ticket, "first_response", raise_urgency=False)
    assert await stands(ticket) == ("PSE", "high")


def test_urgencies_that_bring_breaches_that_raise_the_urgency_come_to_an_end() -> None:
    """The worst policy: each step of the urgency starts the clocks again, with less time, and each breach is a step."""
    rows = [
        row(urgency, *(_raising(metric, hours, row=urgency) for metric in WORST), urgency=urgency)
        for urgency, hours in ((Urgency.LOW, 8), (Urgency.NORMAL, 4), (Urgency.HIGH, 2), (Urgency.CRITICAL, 1))
    ]
    facts, rulebook = Facts(), book(*rows)
    facts.received("2026-03-02 09:00")
    facts.classified("2026-03-02 09:00", urgency=Urgency.LOW)
    low = CLASSIFIED.model_copy(update={"urgency": Urgency.LOW})
    consultation = CONSULTATION.fold(CONSULTATION.initial, [RECEIVED, ACKNOWLEDGED, low])
    clocks = _judged([], facts, rulebook)
    urgencies: list[str] = []
    breaches: list[int] = []
    while (first := _first_of(clocks)) is not None:
        moment, place = first
        _, clocks[place] = crossed(clocks[place], pending(clocks[place])[0])
        breaches.append(moment)
        passed, noticed = (datetime.fromtimestamp(each, UTC) for each in (moment, moment + 1))
        command = RaiseUrgency(overdue_since=passed, at=noticed, by="system:intake")
        raised = CONSULTATION.decide(command, consultation)
        consultation = CONSULTATION.fold(consultation, raised)
        for event in raised:
            facts.add(moment + 1, "ConsultationClassified", **event.model_dump(mode="json"))
            urgencies.append(facts.facts[-1].data["urgency"])
        clocks = _judged(clocks, facts, rulebook)
        assert len(breaches) <= len(WORST) * len(Urgency)
    assert urgencies == ["normal", "high", "critical"]
    assert max(breaches) < at("2026-03-03 09:00")


def _raising(metric: str, hours: int, *, row: str) -> Rule:
    return rule(metric, hours * 3600, row=row, raise_urgency=True, on_change=OnChange.RESTART)


def _judged(clocks: list[Clock], facts: Facts, rulebook: Rulebook) -> list[Clock]:
    return list(difference(clocks, judge(facts.facts, rulebook, METRICS, FAR), ("", FAR)).clocks)


def _first_of(clocks: list[Clock]) -> tuple[int, int] | None:
    """When the next deadline passes, and the place of its clock."""
    return min(((due[0].at, place) for place, clock in enumerate(clocks) if (due := pending(clock))), default=None)
